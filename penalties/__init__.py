"""Violations, strikes and sanctions: what upheld complaints mean for a shop."""
