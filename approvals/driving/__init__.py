"""What moves a graph: who may, what is missing, what its pass produced, what nothing explains."""
