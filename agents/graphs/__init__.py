"""What a compiled graph is made of, and a name for the code of each step."""
