"""Command-line entry points of the ground floor."""
