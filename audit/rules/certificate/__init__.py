"""Rules on the certificates of mail servers: whether the chain holds, and what the certificates are made of."""
