"""Who reads: signing in, preferences, keys, language and time zone."""
