"""The TLSA records that a host should have, where they follow from its certificates.

Records of one name and type are published together, so that there is one proposal: those that can be used, and one more
for each key that was seen and that none of them names. Old ones stay: they may name the next key.
"""

from __future__ import annotations

from audit.protocol.dane import HostKeys, HostTlsa
from audit.protocol.dnssec.host import TLSA
from audit.syntax import dane, zonefile
from audit.syntax.dane import EE, FULL, KEY, Tlsa

SHOWN = 16  # of the hexadecimal digits of a record, in a message
UNSEEN = "the certificate at {} was not seen: if its key is another, it needs a record as well"


def short(record: Tlsa) -> str:
    """A record in a message, which nobody copies from there."""
    text = str(record)
    head = len(text) - 2 * len(record.data) + SHOWN
    return text if len(text) <= head else f"{text[:head]}…"


def mended(host: str, tlsa: HostTlsa, keys: HostKeys) -> tuple[str, ...]:
    """All TLSA records of a host, mended; none where no certificate was seen, or nothing signs them."""
    if not keys.leaves or not tlsa.able:
        return ()
    kept = tlsa.usable
    # Of several digests senders heed the strongest alone (RFC 7671 section 9), so a new one must be no weaker.
    matching = max([1, *(r.matching for r in kept if (r.usage, r.selector) == (EE, KEY) and r.matching != FULL)])
    pins = [pin for leaf in keys.leaves if (pin := dane.pin(leaf, matching)) is not None]
    records = dict.fromkeys((*kept, *pins))
    name = TLSA.format(tlsa.base or host)
    lines = (zonefile.line(name, "TLSA", str(record)) for record in records)
    return (*lines, *(zonefile.comment(UNSEEN.format(address)) for address in keys.unseen))
