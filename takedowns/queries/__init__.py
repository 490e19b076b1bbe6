"""Reads of complaints for pages and the API: the rights holder's own, and the desk's."""
