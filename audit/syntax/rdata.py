"""Whether the text of a record has the form of its type (RFC 1035 section 3.3, RFC 3596).

Records come from evidence, which may have been written by anything. What has not the form of its type is no record.
"""

from __future__ import annotations

import ipaddress
import re
from functools import lru_cache

LONGEST = 45  # characters of an address, in any of its forms
PREFERENCE = re.compile(r"[0-9]{1,5}")


def well_formed(rdtype: str, text: str) -> bool:
    """Whether a record can be read. Types of which nothing but the text is used are always well formed."""
    match rdtype:
        case "A":
            return len(text) <= LONGEST and _is(ipaddress.IPv4Address, text)
        case "AAAA":
            return len(text) <= LONGEST and "%" not in text and _is(ipaddress.IPv6Address, text)
        case "MX":
            words = text.split()
            return len(words) == 2 and PREFERENCE.fullmatch(words[0]) is not None
        case _:
            return True


@lru_cache(maxsize=1024)  # the addresses of a domain's hosts are read by many protocols
def _is(kind: type[ipaddress.IPv4Address] | type[ipaddress.IPv6Address], text: str) -> bool:
    try:
        kind(text)
    except ValueError:
        return False
    return True
