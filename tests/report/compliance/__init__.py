"""Tests of audit/report/compliance."""
