"""Runs and agents: how a run went on, its graph, its earlier states."""
