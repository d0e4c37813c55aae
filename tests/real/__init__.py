"""Tests of audit/real."""
