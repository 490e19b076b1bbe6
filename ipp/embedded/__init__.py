"""Runs the whole system on one machine: PostgreSQL and Valkey from wheels, and every process of ours under one supervisor. No Django here."""
