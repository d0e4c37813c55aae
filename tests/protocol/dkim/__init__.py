"""DKIM inquiries."""
