"""Commands of complaints, and their part of the demo data."""
