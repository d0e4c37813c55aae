"""Tests of audit/cli."""
