"""Tests of audit/network."""
