"""Whether what a resolver denies is held by a server of the zone after all (RFC 1034 section 4.3.5).

A resolver asks one server of a zone, and passes on what it is told: also the denial of one whose copy is old or empty,
and for as long as the SOA says (RFC 2308 section 5). So where the records of a domain's mail are denied, the servers
that serve the zone are asked themselves. One that holds such a record is enough for the denial to be in doubt: what is
there, nobody may be told to publish.

A server that serves the zone and does not answer this may hold the record as well. One that is lame or silent for the
whole zone says nothing, and the resolver's word stands without it.
"""

from __future__ import annotations

from collections.abc import Callable

from audit.model.evidence import Settings
from audit.model.fact import Fact, Known, Unknown, first_hole
from audit.model.probe import Answer, DnsStatus, Question
from audit.model.subject import Domain
from audit.model.value import dataclass
from audit.protocol.authority import AUTHORITATIVE
from audit.protocol.inquiry import Steps, answer, ask, attempt, inquiry, lookup, settle, silence
from audit.protocol.vantage import Vantage
from audit.protocol.zone.contents import speakers_of
from audit.protocol.zone.service import ZoneService, zone_service
from audit.syntax import dmarc, spf, txt

DISAGREE = "dns.servers_disagree"
UNASKED = frozenset({"not_gathered", "budget"})  # a server that nobody asked may be any server


@dataclass(frozen=True, slots=True)
class SpfDenial:
    """Why it is in doubt that the domain has no SPF record; None where it is not, or where there is one."""

    doubt: Unknown | None


@dataclass(frozen=True, slots=True)
class DmarcDenial:
    """Why it is in doubt that the domain has no DMARC record of its own, and none at the apex of its zone."""

    doubt: Unknown | None


@dataclass(frozen=True, slots=True)
class MxDenial:
    """Why it is in doubt that the domain has no MX record."""

    doubt: Unknown | None


@inquiry
def spf_denial(domain: Domain, settings: Settings, vantage: Vantage) -> Steps[SpfDenial]:
    """Where the resolver has no SPF record of the domain, ask the zone's servers."""
    copy = yield from settle(answer(Question(name=domain.name, rdtype="TXT")))
    if not _denied(copy, _has_spf):
        return SpfDenial(None)
    table = yield from settle(zone_service(domain, settings, vantage))
    return SpfDenial((yield from _doubt(table, domain.name, "TXT", _has_spf)))


@inquiry
def mx_denial(domain: Domain, settings: Settings, vantage: Vantage) -> Steps[MxDenial]:
    """Where the resolver has no MX record of the domain, ask the zone's servers."""
    copy = yield from settle(answer(Question(name=domain.name, rdtype="MX")))
    if not _denied(copy, _has_any):
        return MxDenial(None)
    table = yield from settle(zone_service(domain, settings, vantage))
    return MxDenial((yield from _doubt(table, domain.name, "MX", _has_any)))


@inquiry
def dmarc_denial(domain: Domain, settings: Settings, vantage: Vantage) -> Steps[DmarcDenial]:
    """Where the resolver has no DMARC record of the domain, ask the zone's servers, also for that of the apex."""
    copy = yield from settle(lookup(Question(name=f"_dmarc.{domain.name}", rdtype="TXT")))
    if not _denied(copy, _has_dmarc):
        return DmarcDenial(None)
    table = yield from settle(zone_service(domain, settings, vantage))
    doubt = yield from _doubt(table, f"_dmarc.{domain.name}", "TXT", _has_dmarc)
    if doubt is None and isinstance(table, Known) and table.value.apex != domain.name:
        doubt = yield from _doubt(table, f"_dmarc.{table.value.apex}", "TXT", _has_dmarc)
    return DmarcDenial(doubt)


def _denied(copy: Fact[Answer], holds: Callable[[Answer], bool]) -> bool:
    """Whether the resolver was heard, and has no such record."""
    return isinstance(copy, Known) and not holds(copy.value)


def _doubt(found: Fact[ZoneService], name: str, rdtype: str, holds: Callable[[Answer], bool]) -> Steps[Unknown | None]:
    """Why the absence of a record is not certain: a server holds it, or serves the zone and was not heard."""
    if isinstance(found, Unknown):
        return found if found.reason in UNASKED else None
    speakers, hole = speakers_of(found.value)
    asked = [Question(name=name, rdtype=rdtype, server=address, recurse=False) for _, address in speakers]
    said = yield from attempt(map(ask, asked))
    answered = [(q, f.value) for q, f in zip(asked, said, strict=True) if isinstance(f, Known)]
    holding = tuple(q for q, got in answered if got.speaks and AUTHORITATIVE in got.flags and holds(got))
    if holding:
        return Unknown(DISAGREE, holding)
    silent = (silence(q, got) for q, got in answered if not got.speaks and got.status is not DnsStatus.LAME)
    return first_hole(*silent) or (hole if hole and hole.reason in UNASKED else None)


def _has_any(got: Answer) -> bool:
    return bool(got.records)


def _has_spf(got: Answer) -> bool:
    return any(spf.is_spf(txt.joined(r)) for r in got.records)


def _has_dmarc(got: Answer) -> bool:
    return any(dmarc.is_dmarc(txt.joined(r)) for r in got.records)
