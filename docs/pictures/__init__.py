"""What `make screenshots` takes pictures of, and how."""
