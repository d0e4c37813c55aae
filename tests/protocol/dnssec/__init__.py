"""Tests of the walk along the chain of trust."""
