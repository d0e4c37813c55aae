"""Tests of audit/report."""
