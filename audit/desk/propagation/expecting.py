"""What somebody expects to find at a name, however it is written (RFC 1035 section 5.1, RFC 4034 section 6.2).

Names differ in no case and may lack their last dot, a TXT record may be one string or several, an address may be
written in many ways: records are compared in canonical wire form, TXT records joined.
"""

from __future__ import annotations

from functools import lru_cache

import dns.exception
import dns.name
import dns.rdata
import dns.rdataclass
import dns.rdatatype

from audit.model.probe import Answer
from audit.syntax import txt

JOINED = frozenset({"TXT", "SPF"})


def met(expect: tuple[str, ...], rdtype: str, got: Answer) -> bool:
    """Whether all that is expected is among the records of an answer."""
    held = {_comparable(rdtype, record) for record in got.records}
    if got.aliases:
        held.add(_comparable("CNAME", f"{got.aliases[0]}."))
    return all(_wanted(rdtype, text) in held for text in expect)


def readable(rdtype: str, text: str) -> bool:
    """Whether a text can be a record of a type at all."""
    return rdtype in JOINED or _comparable(rdtype, text) is not None


def _wanted(rdtype: str, text: str) -> bytes | str | None:
    """As above; what is expected of a TXT record is its text, also without quotes around it."""
    if rdtype in JOINED:
        return txt.joined(text) if text.startswith('"') else text
    return _comparable(rdtype, text)


@lru_cache(maxsize=1024)
def _comparable(rdtype: str, text: str) -> bytes | str | None:
    if rdtype in JOINED:
        return txt.joined(text)
    try:
        kind = dns.rdatatype.from_text(rdtype)
        data = dns.rdata.from_text(dns.rdataclass.IN, kind, text, origin=dns.name.root, relativize=False)
        return data.to_wire(canonicalize=True)
    except (dns.exception.DNSException, ValueError):
        return None
