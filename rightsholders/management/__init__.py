"""Command-line entry points and demo data of rights holders."""
