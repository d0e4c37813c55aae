"""TLSA records as they come (RFC 6698 section 2.1), also those whose digest has the wrong length.

dnspython refuses a message for one such record. Senders pass over the record, and heed the others.
"""

from __future__ import annotations

from dns.rdtypes.ANY.TLSA import TLSA


def read_any_length() -> None:
    """Let dnspython read TLSA records whatever the length of their data."""
    TLSA._cert_length_by_mtype = {}  # noqa: SLF001 -- there is no other way to have it read the message
