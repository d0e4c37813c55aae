"""Tests of audit/pipeline."""
