"""Runs agents: which graphs exist, how their pauses speak, one pass through a graph."""
