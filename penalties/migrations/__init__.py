"""Schema changes of penalties."""
