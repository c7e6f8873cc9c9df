"""The whole protocol against a model of it in plain Python, driven by Hypothesis.

The short form runs with the suite; `python -m tests.chaos protocol --long` runs 300 histories of
forty steps.
"""
