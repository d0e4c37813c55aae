"""Tests of audit/lab."""
