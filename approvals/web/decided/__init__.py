"""What somebody has just decided, and taking it back."""
