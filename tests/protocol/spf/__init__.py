"""SPF inquiries."""
