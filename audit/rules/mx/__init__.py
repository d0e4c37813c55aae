"""Rules on MX records and what stands behind them (RFC 5321 section 5.1, RFC 7505)."""
