"""Tests of what is established of TLS."""
