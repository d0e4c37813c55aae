"""DMARC inquiries."""
