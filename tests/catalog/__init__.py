"""Tests of audit/catalog."""
