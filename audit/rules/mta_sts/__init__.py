"""Rules on MTA-STS (RFC 8461): what is announced, what is served, and what it means for the mail hosts."""
