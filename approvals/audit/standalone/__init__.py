"""Sent with every export: must run where nothing of this project is."""
