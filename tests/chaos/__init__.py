"""Proof under violence: what must hold when workers, web processes and PostgreSQL are killed.

    python -m tests.chaos                  every scenario, short
    python -m tests.chaos --long           every scenario at full length (make chaos)
    python -m tests.chaos worker-kills --seed 7 --size 200

Each scenario runs on a database of its own, prints its seed and one JSON line, and ends with an
error when a promise was broken.
"""
