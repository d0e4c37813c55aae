"""Tests of audit/desk."""
