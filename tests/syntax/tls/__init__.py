"""Tests of audit/syntax/tls."""
