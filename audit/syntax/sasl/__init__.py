"""SASL as SMTP carries it (RFC 4422, RFC 4954): what a client says to prove who it is, without any input or output.

A mechanism is a dialogue of octets: the client may speak first (the initial response), then answers each challenge.
SMTP carries both in base64, after `AUTH NAME` and in replies with the code 334. PLAIN and LOGIN hand over the password
itself, and are for encrypted links alone; CRAM-MD5 and SCRAM prove that it is known; XOAUTH2 and OAUTHBEARER carry a
token in its place.
"""
