"""Use cases of the ground floor, one module per root record."""
