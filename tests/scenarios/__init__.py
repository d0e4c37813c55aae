"""Whole runs, as golden files."""
