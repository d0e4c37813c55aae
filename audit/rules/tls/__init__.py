"""Rules on STARTTLS and TLS of mail servers, a module a question."""
