"""The only code of an audit that opens a socket: DNS, SMTP and TLS, within limits, politely, and under guard."""
