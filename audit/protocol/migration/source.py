"""A server that sends as a domain, as a receiver meets its mail: SPF, DKIM, and DMARC by the one or the other.

SPF speaks of the domain after MAIL FROM (RFC 7208), DKIM of the one that signs (RFC 6376). DMARC passes when either
does and is aligned with the From: domain: the same domain, or where that is not asked for strictly, one of the same
organization (RFC 9989 section 4.4). Big receivers want both, a DMARC record, and an address whose name leads back to
it.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable

from audit.catalog.suffixes import registry_domain
from audit.model.fact import Fact, Known, Unknown, any_of, need
from audit.model.probe import Question
from audit.model.subject import Domain
from audit.model.value import dataclass
from audit.protocol.dkim.discovery import joined, only_key
from audit.protocol.dmarc.walk import applied_dmarc
from audit.protocol.inquiry import Steps, attempt, inquiry, lookup, records, settle
from audit.protocol.spf.check_host import check_host
from audit.protocol.spf.outcome import SpfOutcome, SpfQuery, SpfResult
from audit.syntax.names import canonical

MAX_POINTERS = 4


@dataclass(frozen=True, slots=True)
class Source:
    """A server that somebody says sends as the domain. `mail_from` is a mailbox or a domain; `selectors` are those by
    which it signs as the domain."""

    ip: str
    mail_from: str
    selectors: tuple[str, ...]

    @property
    def domain(self) -> str:
        return self.mail_from.rpartition("@")[2].lower()


@dataclass(frozen=True, slots=True)
class Met:
    """What a receiver finds of a source's mail. `keys`: of each selector, whether there is a usable key; `pointer`: the
    name of the address that leads back to it, None where none does."""

    spf: Fact[SpfOutcome]
    aligned: Fact[bool]  # of the domain that SPF speaks of
    keys: tuple[tuple[str, Fact[bool]], ...]
    dmarc: Fact[str | None]  # the policy of the record that applies
    pointer: Fact[str | None]

    @property
    def passes_spf(self) -> Fact[bool]:
        return self.spf if isinstance(self.spf, Unknown) else Known(self.spf.value.result is SpfResult.PASS)

    @property
    def signed(self) -> Fact[bool]:
        """Whether it can sign so that receivers can verify it; where no selector was named, nobody knows."""
        if not self.keys:
            return Unknown("not_gathered")
        return any_of(fact for _, fact in self.keys)

    @property
    def passes(self) -> Fact[bool]:
        """Whether its mail passes DMARC by SPF, or by a signature where it signs."""
        return any_of((_both(self.passes_spf, self.aligned), self.signed))


def _both(one: Fact[bool], other: Fact[bool]) -> Fact[bool]:
    if Known(False) in (one, other):
        return Known(False)
    return other if isinstance(one, Known) else one


@inquiry
def met(domain: Domain, source: Source) -> Steps[Met]:
    """Meet a source's mail as a receiver does."""
    path = source.mail_from if "@" in source.mail_from else f"postmaster@{source.mail_from}"
    spf = yield from settle(check_host(SpfQuery(source.ip, path)))
    names = tuple(f"{s}._domainkey.{domain.name}" for s in source.selectors)
    keys = yield from attempt(_usable(name) for name in names)
    dmarc = yield from settle(applied_dmarc(domain))
    record = dmarc.value.record if isinstance(dmarc, Known) else None
    strict = record is not None and record.aspf == "s"
    same = source.domain == domain.name
    related = same or (not strict and registry_domain(source.domain) == registry_domain(domain.name))
    aligned: Fact[bool] = Known(related) if same or isinstance(dmarc, Known) or not related else dmarc
    asked = record.effective if record is not None else None
    policy: Fact[str | None] = dmarc if isinstance(dmarc, Unknown) else Known(str(asked) if asked else None)
    pointer = yield from settle(_pointer(source.ip))
    return Met(spf, aligned, tuple(zip(source.selectors, keys, strict=True)), policy, pointer)


def _usable(name: str) -> Steps[bool]:
    key = only_key(joined((yield from lookup(Question(name=name, rdtype="TXT")))))
    return key is not None and key.usable


def _pointer(ip: str) -> Steps[str | None]:
    """The name of an address that leads back to it (RFC 8601 section 2.7.3)."""
    address = ipaddress.ip_address(ip)
    kind = "A" if address.version == 4 else "AAAA"
    found = yield from records(Question(name=address.reverse_pointer, rdtype="PTR"))
    names = tuple(map(canonical, found[:MAX_POINTERS]))
    there = yield from attempt(records(Question(name=name, rdtype=kind)) for name in names)
    back = [_leads(fact, str(address)) for fact in there]
    good = next((name for name, fact in zip(names, back, strict=True) if fact == Known(True)), None)
    if good is None:
        _known(back)
    return good


def _leads(fact: Fact[tuple[str, ...]], address: str) -> Fact[bool]:
    return fact if isinstance(fact, Unknown) else Known(address in fact.value)


def _known(facts: Iterable[Fact[bool]]) -> None:
    for fact in facts:
        need(fact)
