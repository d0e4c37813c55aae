"""A move of a domain's mail, held against its plan: what is done, and what is not (RFC 1035 section 7)."""
