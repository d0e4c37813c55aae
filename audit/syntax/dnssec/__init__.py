"""DNSSEC (RFC 4033, 4034, 4035): what records prove, and what they do not. Pure: the time is an argument."""
