"""Remembers: every table, job, page, API and socket of the site."""
