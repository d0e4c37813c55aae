"""DMARC (RFC 9989): the record that applies, the policies that follow, and where reports go (RFC 9990)."""
