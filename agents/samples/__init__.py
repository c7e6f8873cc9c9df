"""Agents to try the site with. They need no network and no model, and do the same every time."""
