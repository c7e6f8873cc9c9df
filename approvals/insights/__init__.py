"""Numbers about the queue: how long questions wait, how they are answered, where it is heading."""
