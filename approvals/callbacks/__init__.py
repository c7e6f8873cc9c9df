"""Telling askers what became of their requests: signed, at least once, to no address within."""
