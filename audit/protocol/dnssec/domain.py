"""How a domain stands by DNSSEC, and what its zone is signed with.

Two questions tell an unsigned domain: for its SOA with signatures, and for the DS in the zone above. Of a signed one
its MX, its TXT and that of its DMARC record, its keys and the parameters of its denials are looked at as well.
"""

from __future__ import annotations

import re

from audit.model.evidence import Settings
from audit.model.fact import Fact, Known, Unestablished, Unknown, first_hole
from audit.model.probe import Question
from audit.model.subject import Domain
from audit.model.value import dataclass
from audit.protocol.circumstances import Circumstances
from audit.protocol.dnssec.chain import delegation, keys_in, see
from audit.protocol.dnssec.security import Security, security
from audit.protocol.dnssec.trust import Trust, trust_of
from audit.protocol.inquiry import Steps, answer, attempt, inquiry, settle
from audit.protocol.vantage import Vantage
from audit.syntax.dnssec.keys import Vouching, ZoneKey, read_ds, read_keys
from audit.syntax.dnssec.records import name
from audit.syntax.dnssec.state import Lifetime, State

DMARC = "_dmarc.{}"  # RFC 9989 section 4.1
PARAMETERS = re.compile(r"[0-9]{1,3} [0-9]{1,3} ([0-9]{1,5}) ([0-9A-Fa-f]{1,510}|-)")


@dataclass(frozen=True, slots=True)
class Hashing:
    """How the names of a zone are hashed in its denials (RFC 5155 section 4): rounds beyond the first, salt in hex."""

    iterations: int
    salt: str


@dataclass(frozen=True, slots=True)
class DomainSecurity:
    """How a domain stands. `own` is the state of the domain's SOA or its denial, `mx`, `txt` and `dmarc` that of its MX
    records, of its TXT records and of those at its `_dmarc` name; the rest is of the zone that holds the domain, empty
    where that has no signatures."""

    own: Security
    mx: Fact[Security]
    txt: Fact[Security]
    dmarc: Fact[Security]
    ds: Fact[tuple[Vouching, ...]]
    keys: Fact[tuple[ZoneKey, ...]]
    hashing: Fact[Hashing | None]
    lifetimes: Fact[tuple[tuple[str, Lifetime], ...]]  # of the zone's signatures over SOA, MX and TXT that hold

    @property
    def state(self) -> State:
        return self.own.state

    @property
    def gone(self) -> bool:
        """Whether all of the zone is bogus, and not one of its records alone."""
        same = isinstance(self.mx, Known) and self.mx.value.standing == self.own.standing
        return self.state is State.BOGUS and same


@inquiry
def domain_security(
    domain: Domain, settings: Settings, circumstances: Circumstances, vantage: Vantage
) -> Steps[DomainSecurity]:
    """Establish how a domain stands."""
    trust = yield from trust_of(domain, settings, circumstances, vantage)
    own = yield from security(domain.name, "SOA", trust)
    dmarc_name = DMARC.format(domain.name)
    mx = yield from settle(_stands(domain, domain.name, "MX", own, trust))
    txt = yield from settle(_stands(domain, domain.name, "TXT", own, trust))
    dmarc = yield from settle(_stands(domain, dmarc_name, "TXT", own, trust))
    apex = own.zone
    if not own.signed or apex is None:
        return DomainSecurity(own, mx, txt, dmarc, Known(()), Known(()), Known(None), Known(()))
    return DomainSecurity(
        own,
        mx,
        txt,
        dmarc,
        (yield from settle(_vouching(apex, own, trust))),
        (yield from settle(_keys(apex))),
        (yield from settle(_hashing(apex))),
        _lifetimes(own, mx, txt, dmarc),
    )


def _stands(domain: Domain, of: str, rdtype: str, own: Security, trust: Trust) -> Steps[Security]:
    """The state of records of a domain: that of the domain where it is unsigned, if no alias leads elsewhere."""
    if own.state is State.INDETERMINATE:
        return own
    if own.state is State.INSECURE:
        plain = yield from attempt(answer(Question(name=n, rdtype=rdtype)) for n in dict.fromkeys((domain.name, of)))
        if all(isinstance(fact, Known) and not fact.value.aliases for fact in plain):
            return own
    return (yield from security(of, rdtype, trust))


def _vouching(apex: str, own: Security, trust: Trust) -> Steps[tuple[Vouching, ...]]:
    if own.state is State.INDETERMINATE or trust.of(name(apex)):
        return ()
    return read_ds((yield from delegation(apex, trust)).ds)


def _keys(apex: str) -> Steps[tuple[ZoneKey, ...]]:
    seen = yield from see(apex, "DNSKEY")
    found = seen.proof.at(name(apex), "DNSKEY")
    return read_keys(keys_in(found, seen.question)) if found else ()


def _hashing(apex: str) -> Steps[Hashing | None]:
    seen = yield from see(apex, "NSEC3PARAM")
    read = [PARAMETERS.fullmatch(r) for r in seen.answer.records]
    if not all(read):
        raise Unestablished(Unknown("dns.malformed", (seen.question,)))
    found = [Hashing(int(m[1]), "" if m[2] == "-" else m[2].lower()) for m in read if m]
    return max(found, key=lambda h: (h.iterations, h.salt), default=None)


def _lifetimes(
    own: Security, mx: Fact[Security], txt: Fact[Security], dmarc: Fact[Security]
) -> Fact[tuple[tuple[str, Lifetime], ...]]:
    if own.state is not State.SECURE:
        return Known(())
    facts = {"SOA": Known(own), "MX": mx, "TXT": txt, "_dmarc TXT": dmarc}
    found = [(of, fact.value) for of, fact in facts.items() if isinstance(fact, Known)]
    lasting = tuple((of, s.lifetime) for of, s in found if s.lifetime is not None and s.zone == own.zone)
    return first_hole(*facts.values()) or Known(lasting)
