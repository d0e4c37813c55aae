"""How mail programs find their servers: SRV records, autodiscover, autoconfig."""
