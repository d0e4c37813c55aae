"""Whether port 53 of others can be reached from here: silence may be ours.

It counts only beside a server that answers us as an authority by the same transport and family of addresses: one of the
zone, or one of its parent. A network that keeps port 53 to itself looks as if everybody were silent, or everybody a
resolver (RFC 9499).
"""

from __future__ import annotations

from audit.model.evidence import Settings
from audit.model.fact import Fact, Known, Unestablished, Unknown, all_of, any_of
from audit.model.probe import Question
from audit.model.subject import Domain
from audit.model.value import dataclass
from audit.protocol.inquiry import Steps, answer, ask, attempt, inquiry, settle
from audit.protocol.vantage import Vantage
from audit.protocol.zone.delegation import Delegation, delegation
from audit.protocol.zone.service import Service, Voice, ZoneService, heard, says, zone_service

BLOCKED = "vantage.dns53_blocked"
IPV4, IPV6 = "ipv4", "ipv6"


@dataclass(frozen=True, slots=True)
class Port53:
    """Whether authorities elsewhere answer us directly, by transport and family of addresses."""

    udp4: Fact[bool]
    tcp4: Fact[bool]
    udp6: Fact[bool]
    tcp6: Fact[bool]

    def udp(self, address: str) -> Fact[bool]:
        return self.udp6 if ":" in address else self.udp4

    def tcp(self, address: str) -> Fact[bool]:
        return self.tcp6 if ":" in address else self.tcp4


@inquiry
def port53(domain: Domain, settings: Settings, vantage: Vantage) -> Steps[Port53]:
    """See whether port 53 of others can be reached at all: by the zone's servers, else by the parent's."""
    table = yield from zone_service(domain, settings, vantage)
    told = yield from settle(delegation(domain))
    sure = {key: _answered(table, *key) for key in ((f, t) for f in (IPV4, IPV6) for t in ("udp", "tcp"))}
    if isinstance(told, Known) and told.value.shown and told.value.told_by and not told.value.recursive:
        sure[IPV6 if ":" in told.value.told_by else IPV4, "udp"] = Known(True)
    for (family, transport), fact in sure.items():
        if fact != Known(True) and _wanted(table, family):
            sure[family, transport] = yield from settle(_parent_answers(told, family, transport))
    return Port53(sure[IPV4, "udp"], sure[IPV4, "tcp"], sure[IPV6, "udp"], sure[IPV6, "tcp"])


def _wanted(table: ZoneService, family: str) -> bool:
    """Whether a server of the zone was asked by a family of addresses at all."""
    return any((":" in address) == (family == IPV6) for _, address, f in table.services if isinstance(f, Known))


def _answered(table: ZoneService, family: str, transport: str) -> Fact[bool]:
    """True when a server of the zone answered as an authority; nobody's answer says nothing."""
    for _, address, fact in table.services:
        if (":" in address) == (family == IPV6) and isinstance(fact, Known):
            said = fact.value.udp if transport == "udp" else fact.value.tcp
            if says(said, Voice.AUTHORITY) == Known(True):
                return Known(True)
    return Unknown(BLOCKED)


def _parent_answers(told: Fact[Delegation], family: str, transport: str) -> Steps[bool]:
    """Ask the parent's servers for their own SOA.

    Raises:
        Unestablished: none answers as an authority.
    """
    if isinstance(told, Unknown):
        raise Unestablished(told)
    parent = told.value.parent
    if parent is None:
        raise Unestablished(Unknown(BLOCKED))
    addresses = parent.addresses
    if (":" in addresses[0]) != (family == IPV6):
        rdtype = "AAAA" if family == IPV6 else "A"
        found = yield from attempt(answer(Question(name=h, rdtype=rdtype)) for h in parent.zone.hosts[:2])
        addresses = tuple(a for f in found if isinstance(f, Known) for a in f.value.records[:1])
    asked: list[Question] = []
    for address in addresses[:2]:
        by = "tcp" if transport == "tcp" else None
        asked.append(Question(name=parent.zone.apex, rdtype="SOA", server=address, recurse=False, transport=by))
        said = heard(asked[-1], (yield from ask(asked[-1])))
        if says(said, Voice.AUTHORITY) == Known(True):
            return True
    raise Unestablished(Unknown(BLOCKED, tuple(asked)))


def is_lame(found: Service, port: Port53) -> Fact[bool]:
    """Whether an address that should serve a zone does not. What was said by one transport is certain; silence is so
    only when both were tried, and port 53 is not closed to us."""
    serves = found.serves
    if isinstance(serves, Unknown):
        return serves
    if serves.value:
        return Known(False)
    udp, tcp = port.udp(found.address), port.tcp(found.address)
    spoke = any(says(f, Voice.ASTRAY) == Known(True) for f in (found.udp, found.tcp))
    return any_of((udp, tcp)) if spoke else all_of((udp, tcp))
