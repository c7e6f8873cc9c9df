"""What waits, as a list: its views, its filter language, many questions at once."""
