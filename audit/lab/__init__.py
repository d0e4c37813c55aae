"""An internet of mail in one process, on loopback: the demo and the fast tests audit it."""
