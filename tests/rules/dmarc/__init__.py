"""Tests of the rules on DMARC."""
