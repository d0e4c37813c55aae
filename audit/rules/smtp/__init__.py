"""Rules on what a mail server offers, and on what it lets strangers do."""
