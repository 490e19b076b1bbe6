"""Schema changes of the ground floor."""
