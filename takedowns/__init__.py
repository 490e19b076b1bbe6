"""Complaints: filing, triage, review, decisions, takedown, and what follows."""
