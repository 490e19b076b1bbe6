"""Runs the whole system on one machine: PostgreSQL and Valkey from wheels, and all our processes under one supervisor. No Django."""
