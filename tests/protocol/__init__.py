"""Tests of audit/protocol."""
