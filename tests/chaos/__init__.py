"""Chaos: the house is killed in parts while it works, and nothing accepted may be lost or happen twice."""
