"""Rules on DKIM (RFC 6376): which keys can be found, their records, the keys in them, and who shares them."""
