"""MTA-STS: what a domain announces, what its web server gives, and which mail hosts that binds."""
