"""What a reviewer types: forms, drafts, and the way to an answer."""
