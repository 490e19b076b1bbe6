"""Marketplaces, their sellers and listings, and the connectors that carry commands to them."""
