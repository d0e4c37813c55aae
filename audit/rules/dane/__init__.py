"""Rules on DANE (RFC 7672): TLSA records of mail hosts, and the certificates that fit them."""
