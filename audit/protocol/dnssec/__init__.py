"""DNSSEC: the walk from the trust anchors to a name (RFC 4035 section 5), through any resolver that passes it on."""
