"""Tests of audit/syntax."""
