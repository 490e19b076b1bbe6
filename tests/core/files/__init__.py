"""Tests of the file pipeline; they need no database."""
