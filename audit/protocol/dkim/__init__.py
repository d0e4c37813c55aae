"""DKIM keys (RFC 6376): the selectors that can be found, and what is known of their keys."""
