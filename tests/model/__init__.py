"""Tests of audit/model."""
