"""Agents, and the gates in their graphs."""
