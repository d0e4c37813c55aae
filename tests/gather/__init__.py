"""Tests of audit/gather."""
