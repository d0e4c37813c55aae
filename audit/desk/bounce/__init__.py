"""Mails that came back (RFC 3464): what a bounce says of each recipient, explained by the engine for replies."""
