"""Schema changes of rights holders."""
