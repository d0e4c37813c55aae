"""Rules on SPF (RFC 7208): the record itself, what it leads to, what it costs, and whom it lets send."""
