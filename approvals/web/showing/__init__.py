"""Values, texts, times and statuses in words, the same on every page."""
