"""A small local marketplace of invented shops, a program of its own that speaks only the HTTP contract of its README."""
