"""Authorities that TLSA records name and a server does not send (RFC 7672 section 3.1.2, RFC 7671 section 5.2).

Senders know an authority from a digest only when they see its certificate, so it must be in the chain as sent, although
TLS lets a server leave out the root. What was not sent can be told where it is a public root: those are known.
"""

from __future__ import annotations

from datetime import datetime

from cryptography.hazmat.primitives.serialization import Encoding

from audit.model.value import dataclass
from audit.syntax.certpath import Search, TrustStore, read_link
from audit.syntax.chain import MAX_CERTIFICATES
from audit.syntax.dane import TA, Fit, Misfit, Tlsa, names


@dataclass(frozen=True, slots=True)
class Unsent:
    """The records that name the public root above a chain, which is not in it; and whether the chain stops below any
    authority that could be the one: then an authority is missing in it for certain."""

    roots: tuple[Tlsa, ...] = ()
    short: bool = False


def unsent(fits: tuple[Fit, ...], chain: tuple[bytes, ...], at: datetime, store: TrustStore) -> Unsent:
    """Look for the authorities that records name, above a chain as sent. Never raises."""
    named = tuple(f.record for f in fits if f.record.usage == TA and f.why is Misfit.NOT_ISSUER)
    links = tuple(link for link in map(read_link, chain[:MAX_CERTIFICATES]) if link)
    leaf = read_link(chain[0]) if chain else None
    if not named or leaf is None:
        return Unsent()
    search = Search(links, store, at)
    path, anchored = search.path(leaf)
    top = path[-1]
    if not anchored:
        return Unsent(short=search.why_not(top, leaf)[0] == "issuer-not-sent")
    if any(link.sha256 == top.sha256 for link in links):
        return Unsent()
    root = top.raw.public_bytes(Encoding.DER)
    return Unsent(tuple(r for r in named if names(r, root)))
