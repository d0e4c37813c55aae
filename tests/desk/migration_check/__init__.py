"""Tests of audit/desk/migration_check."""
