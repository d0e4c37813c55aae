"""Rules on what a zone's servers, and a resolver before them, have of the domain (RFC 1034 section 4.3.5, RFC 2308)."""

from __future__ import annotations

from audit.desk.propagation.lifetime import gone_at, told
from audit.model.fact import Known, any_of, need
from audit.model.report import Severity
from audit.model.subject import Domain
from audit.protocol.circumstances import Moment
from audit.protocol.zone.contents import Copy, View, Views, ZoneContents, ZoneCopies, ZoneSerials
from audit.rules.rule import Verdict, fail, not_applicable, ok, rule
from audit.syntax.escape import visible

SHOWN = 100  # characters of a record in a message
MAIL, ADDRESS = ("MX", "TXT"), "A"


@rule(
    "DNS-INCONSISTENT",
    severity={"mail": Severity.HIGH, "address": Severity.INFO},
    reference="RFC 1034 section 4.3.5; RFC 1912 section 2.2",
    message="the name servers differ on {rdtype} of {domain}: {views}",
    supersedes=("SOA-SERIAL",),
)
def dns_inconsistent(domain: Domain, contents: ZoneContents) -> Verdict:
    """The zone's servers give different records of the domain.

    ## Why it matters
    Which mail servers, senders and keys a receiver sees depends on the server that it happens to ask, so that mail
    fails now and then. Each was asked twice. Addresses alone may differ on purpose, by where the question comes from.
    ## What to do
    Find the server that has old data, and mend the zone transfer: its serial, its NOTIFY, what the primary lets it
    fetch. With two DNS providers, make both change at once.
    """
    for kind in (*MAIL, ADDRESS):
        views = contents.of(kind)
        if views.differ == Known(True):
            return fail("address" if kind == ADDRESS else "mail", domain=domain.name, rdtype=kind, views=_told(views))
        if kind == MAIL[-1]:
            need(any_of(contents.of(k).differ for k in MAIL))
    need(contents.of(ADDRESS).differ)
    return ok() if any(len(v.seen) > 1 for v in contents.views) else not_applicable()


@rule(
    "SOA-SERIAL",
    severity=Severity.LOW,
    reference="RFC 1912 section 2.2; RFC 1996",
    message="the name servers have different serials: {serials}",
)
def soa_serial(serials: ZoneSerials) -> Verdict:
    """The zone's servers have different versions of it.

    ## Why it matters
    What changes in the zone does not reach all its servers, or does late. It was asked for twice, moments apart: right
    after a change that is nothing, and it should be over in a minute.
    ## What to do
    Run the audit again. If it stays so, look at the zone transfer of the server with the older serial.
    """
    if need(serials.views.differ):
        return fail(serials=tuple(f"{v.host} {' '.join(v.records)}" for v in serials.views.seen))
    return ok() if len(serials.views.seen) > 1 else not_applicable()


@rule(
    "PROP-PENDING",
    severity=Severity.INFO,
    reference="RFC 1035 section 7; RFC 8767",
    message="the resolver still has old {rdtype} records of {domain}, until {until} at the latest",
)
def prop_pending(domain: Domain, copies: ZoneCopies, moment: Moment) -> Verdict:
    """A resolver has other records than all servers of the zone: a change is on its way.

    ## Why it matters
    It is no fault. Resolvers keep what they were told as long as the record's TTL says, so that a part of the world
    still sees the old records, and so do the other findings here.
    ## What to do
    Wait, and run the audit again afterwards. Before the next change lower the TTL, as long ahead as the old TTL lasts.
    """
    return _copied(domain, [c for c in copies.copies if c.rdtype in MAIL], moment, denied=False)


@rule(
    "PROP-NEGCACHE",
    severity=Severity.INFO,
    reference="RFC 2308 section 5",
    message="the resolver still denies {rdtype} records of {domain}, until {until} at the latest",
)
def prop_negcache(domain: Domain, copies: ZoneCopies, moment: Moment) -> Verdict:
    """A resolver denies records that all servers of the zone have: they are new.

    ## Why it matters
    It is no fault. Resolvers keep a denial as long as the zone's SOA says, by its last number or its TTL, whichever is
    less; until then a part of the world does not see the new records, and the other findings here don't either.
    ## What to do
    Wait, and run the audit again afterwards. Don't look a new name up before it is published.
    """
    return _copied(domain, list(copies.copies), moment, denied=True)


def _copied(domain: Domain, copies: list[Copy], moment: Moment, *, denied: bool) -> Verdict:
    if all(c.held == Known(None) for c in copies):
        return not_applicable()
    for copy in copies:
        if (copy.denied if denied else copy.stale) == Known(True) and isinstance(copy.copied, Known):
            until = told(gone_at(moment.now, copy.copied.value.ttl))
            return fail(domain=domain.name, rdtype=copy.rdtype, until=until)
    need(any_of(c.denied if denied else c.stale for c in copies))
    for copy in copies:
        need(copy.held)
    return ok()


def _told(views: Views) -> tuple[str, ...]:
    """What each server says, of the servers that say the same the first."""
    first: dict[tuple[str, ...], View] = {}
    for view in views.seen:
        first.setdefault(view.records, view)
    common = set.intersection(*(set(records) for records in first))
    return tuple(f"{v.host} {_records([r for r in v.records if r not in common])}" for v in first.values())


def _records(records: list[str]) -> str:
    return " and ".join(visible(r, SHOWN) for r in records[:3]) or "nothing more"
