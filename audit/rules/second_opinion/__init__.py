"""Where another tool judges the same evidence differently (see docs/second-opinion.md)."""
