"""Tests of what DNSSEC records prove."""
