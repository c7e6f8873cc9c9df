"""The shapes of what the API says and hears."""
