"""Tests of the protocols on zones and their name servers."""
