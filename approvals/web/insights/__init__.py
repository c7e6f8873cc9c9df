"""The numbers, and the pictures drawn of them."""
