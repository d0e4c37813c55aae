"""What the findings of a domain, and of all, come to: answers, records as found, coverage, what to mend once."""
