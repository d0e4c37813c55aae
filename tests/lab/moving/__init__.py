"""Tests of audit/lab/moving."""
