"""Schema changes of marketplaces."""
