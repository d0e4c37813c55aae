"""Rules on DMARC (RFC 9989, 9990, 9991): the record, the policies that it asks for, reports, and its roll-out."""
