"""Rules on how mail programs find their servers."""
