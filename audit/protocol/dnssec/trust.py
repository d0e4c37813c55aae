"""What is believed without a signature, and the time by which signatures are judged."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache

import dns.exception
import dns.name

from audit.catalog.anchors import load_anchors
from audit.model.evidence import Settings
from audit.model.fact import Unestablished, Unknown
from audit.model.subject import Domain
from audit.model.value import dataclass
from audit.protocol.circumstances import Circumstances, moment
from audit.protocol.inquiry import Steps
from audit.protocol.vantage import Vantage
from audit.syntax.dnssec.anchors import Anchor, anchors
from audit.syntax.dnssec.records import name


@dataclass(frozen=True, slots=True)
class Trust:
    """`anchors` as text: they are part of what names an inquiry."""

    anchors: tuple[str, ...]
    now: datetime

    def closest(self, to: str) -> str | None:
        """The zone with an anchor that is closest at or above a name; None where there is none.

        Raises:
            Unestablished: it is no name.
        """
        return _closest(self.anchors, to)

    def of(self, zone: dns.name.Name) -> tuple[Anchor, ...]:
        """The anchors of a zone itself."""
        return tuple(a for a in _parsed(self.anchors) if a.owner == zone)


def _askable(text: str) -> dns.name.Name:
    try:
        if text and text != "@" and text.isascii():
            return name(text)
    except (dns.exception.DNSException, ValueError):
        pass
    raise Unestablished(Unknown("dns.malformed"))


def trust_of(domain: Domain, settings: Settings, circumstances: Circumstances, vantage: Vantage) -> Steps[Trust]:
    """The anchors of a run, at the time when a domain was observed.

    Raises:
        Unestablished: our clock is wrong, so that no signature can be judged.
    """
    at = yield from moment(domain, circumstances, vantage)
    return Trust(settings.trust_anchors or tuple(a.record for a in load_anchors()), at.now)


@lru_cache(maxsize=1024)  # it is asked of each host and server that domains share
def _closest(texts: tuple[str, ...], to: str) -> str | None:
    wanted = _askable(to)
    owners = [a.owner for a in _parsed(texts) if wanted.is_subdomain(a.owner)]
    return max(owners, key=len).to_text(omit_final_dot=True) if owners else None


@lru_cache(maxsize=16)
def _parsed(texts: tuple[str, ...]) -> tuple[Anchor, ...]:
    """Anchors of evidence that are none leave nothing to trust."""
    read = anchors("\n".join(texts))
    return read if isinstance(read, tuple) else ()
