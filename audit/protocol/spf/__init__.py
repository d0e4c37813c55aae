"""SPF (RFC 7208): a domain's record with all that it includes, what it costs, and what it makes of one client."""
