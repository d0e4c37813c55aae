"""MX (RFC 5321, RFC 7505): the hosts that take mail, and what the zone's own server says of them."""
