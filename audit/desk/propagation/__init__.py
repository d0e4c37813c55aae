"""How far a change in the DNS has come: who holds what, why it differs, and until when (RFC 1035 section 7)."""
