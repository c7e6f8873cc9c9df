"""The order of an agent's steps."""
