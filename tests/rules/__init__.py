"""Tests of audit/rules."""
