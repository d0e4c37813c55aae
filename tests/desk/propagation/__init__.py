"""How far a change in the DNS has come."""
