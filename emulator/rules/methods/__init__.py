"""What can be called on a value, and the functions that need none. One file for each family of types."""
