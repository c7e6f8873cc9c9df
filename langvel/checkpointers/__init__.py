"""Where paused threads are kept."""
