"""What of a TLS handshake is spoken in clear (RFC 5246, RFC 8446): offers by hand, and what servers say to them."""
