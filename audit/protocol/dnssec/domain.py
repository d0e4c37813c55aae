"""How a domain stands by DNSSEC, and what its zone is signed with.

Two questions tell an unsigned domain: for its SOA with signatures, and for the DS in the zone above. Of a signed one
its MX, TXT, keys and the parameters of its denials are looked at as well.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from audit.model.evidence import Settings
from audit.model.fact import Fact, Known, Unestablished, Unknown
from audit.model.probe import Question
from audit.model.subject import Domain
from audit.protocol.circumstances import Circumstances
from audit.protocol.dnssec.chain import delegation, see
from audit.protocol.dnssec.security import Security, security
from audit.protocol.dnssec.trust import Trust, trust_of
from audit.protocol.inquiry import Steps, answer, inquiry, settle
from audit.protocol.vantage import Vantage
from audit.syntax.dnssec.keys import Vouching, ZoneKey, read_ds, read_keys
from audit.syntax.dnssec.records import DNSKEY, name
from audit.syntax.dnssec.state import Lifetime, State

PARAMETERS = re.compile(r"[0-9]{1,3} [0-9]{1,3} ([0-9]{1,5}) ([0-9A-Fa-f]{1,510}|-)")


@dataclass(frozen=True, slots=True)
class Hashing:
    """How the names of a zone are hashed in its denials (RFC 5155 section 4): rounds beyond the first, salt in hex."""

    iterations: int
    salt: str


@dataclass(frozen=True, slots=True)
class DomainSecurity:
    """How a domain stands. `own` is the state of the domain's SOA or its denial, `mx` that of its MX records; the rest
    is of the zone that holds the domain, empty where that has no signatures."""

    own: Security
    mx: Fact[Security]
    ds: Fact[tuple[Vouching, ...]]
    keys: Fact[tuple[ZoneKey, ...]]
    hashing: Fact[Hashing | None]
    lifetimes: Fact[tuple[tuple[str, Lifetime], ...]]  # of the signatures over SOA, MX and TXT that hold

    @property
    def state(self) -> State:
        return self.own.state


@inquiry
def domain_security(
    domain: Domain, settings: Settings, circumstances: Circumstances, vantage: Vantage
) -> Steps[DomainSecurity]:
    """Establish how a domain stands."""
    trust = yield from trust_of(domain, settings, circumstances, vantage)
    own = yield from security(domain.name, "SOA", trust)
    mx = yield from settle(_mail_security(domain, own, trust))
    apex = own.zone
    if not own.signed or apex is None:
        return DomainSecurity(own, mx, Known(()), Known(()), Known(None), Known(()))
    return DomainSecurity(
        own,
        mx,
        (yield from settle(_vouching(apex, own, trust))),
        (yield from settle(_keys(apex))),
        (yield from settle(_hashing(apex))),
        (yield from settle(_lifetimes(domain, own, mx, trust))),
    )


def _mail_security(domain: Domain, own: Security, trust: Trust) -> Steps[Security]:
    """The state of the MX records: that of the zone, but where the zone is secure, or where they stand elsewhere."""
    if own.state is not State.SECURE:
        plain = yield from settle(answer(Question(name=domain.name, rdtype="MX")))
        elsewhere = not isinstance(plain, Known) or bool(plain.value.aliases)
        if own.state is not State.INSECURE or not elsewhere:
            return own
    return (yield from security(domain.name, "MX", trust))


def _vouching(apex: str, own: Security, trust: Trust) -> Steps[tuple[Vouching, ...]]:
    if own.state is State.INDETERMINATE or trust.of(name(apex)):
        return ()
    return read_ds((yield from delegation(apex, trust)).ds)


def _keys(apex: str) -> Steps[tuple[ZoneKey, ...]]:
    found = (yield from see(apex, "DNSKEY")).proof.at(name(apex), "DNSKEY")
    return read_keys(r for r in found.rrset if isinstance(r, DNSKEY)) if found else ()


def _hashing(apex: str) -> Steps[Hashing | None]:
    seen = yield from see(apex, "NSEC3PARAM")
    read = [PARAMETERS.fullmatch(r) for r in seen.answer.records]
    if not all(read):
        raise Unestablished(Unknown("dns.malformed", (seen.question,)))
    found = [Hashing(int(m[1]), "" if m[2] == "-" else m[2].lower()) for m in read if m]
    return max(found, key=lambda h: (h.iterations, h.salt), default=None)


def _lifetimes(
    domain: Domain, own: Security, mx: Fact[Security], trust: Trust
) -> Steps[tuple[tuple[str, Lifetime], ...]]:
    if own.state is not State.SECURE:
        return ()
    if isinstance(mx, Unknown):
        raise Unestablished(mx)
    txt = yield from security(domain.name, "TXT", trust)
    found = (("SOA", own), ("MX", mx.value), ("TXT", txt))
    return tuple((rdtype, s.lifetime) for rdtype, s in found if s.lifetime is not None)
