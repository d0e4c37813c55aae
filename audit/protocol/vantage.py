"""The vantage: what can be seen from where we stand, established once, before anything is said of a domain.

A resolver that invents answers hides absence; a network that lets nothing out to port 25 hides every mail server; a
clock that is wrong makes every certificate look expired. Each of these is ours, not the domain's.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from audit.model.evidence import Settings
from audit.model.fact import Fact, Known, Unestablished, Unknown, any_of
from audit.model.probe import (
    Answer,
    Depth,
    DnsStatus,
    Outcome,
    Probe,
    Question,
    RouteCheck,
    SmtpVisit,
    StageName,
)
from audit.model.subject import Run
from audit.model.value import dataclass
from audit.protocol.drive import World
from audit.protocol.inquiry import Steps, ask, attempt, inquiry, records, silence
from audit.syntax.names import canonical

CLOCK_TOLERANCE = timedelta(minutes=5)
UNTESTED, UNTESTED_BY_IPV6 = "vantage.port25_untested", "vantage.port25_ipv6_untested"
UNTRIED = frozenset({Outcome.PAUSED, Outcome.GUARD_REFUSED, Outcome.BUDGET, Outcome.NOT_GATHERED})
ROOT_SOA = Question(name=".", rdtype="SOA", dnssec=True)


@dataclass(frozen=True, slots=True)
class Vantage:
    """What we can see. `invented` are the addresses that the resolver gives to names that do not exist. Port 25 may be
    open by one family of addresses and closed by the other."""

    answering: Fact[bool]
    rewriting: Fact[bool]
    invented: tuple[str, ...]
    validating: Fact[bool]
    port25: Fact[bool]
    ipv4: Fact[bool]
    ipv6: Fact[bool]
    clock: Fact[bool]
    port25_ipv6: Fact[bool]

    def __hash__(self) -> int:
        return len(self.invented)  # a run has one, which is in the identity of dozens of inquiries a domain


@dataclass(frozen=True, slots=True)
class RunMoment:
    """When the run began."""

    observed_at: datetime


@inquiry
def vantage(_: Run, settings: Settings, moment: RunMoment) -> Steps[Vantage]:
    """Look at ourselves before we look at others."""
    root = yield from ask(ROOT_SOA)
    absent = Question(name=settings.absent_name, rdtype="A")
    canary = yield from ask(absent)
    ipv4 = yield from ask(RouteCheck(family="ipv4"))
    ipv6 = yield from ask(RouteCheck(family="ipv6"))
    hosts = settings.canaries if settings.smtp else ()
    ports = yield from attempt(_port_open(h, "A", settings.smtp_port, canary.records) for h in hosts)
    hosts = hosts if ipv6.available else ()
    by_ipv6 = yield from attempt(_port_open(h, "AAAA", settings.smtp_port, canary.records) for h in hosts)
    return Vantage(
        answering=Known(True) if root.speaks else silence(ROOT_SOA, root),
        rewriting=Known(canary.status is DnsStatus.NOERROR) if canary.speaks else silence(absent, canary),
        invented=canary.records,
        validating=_validating(root, settings),
        port25=_port25(ports, settings, UNTESTED),
        ipv4=Known(ipv4.available),
        ipv6=Known(ipv6.available),
        clock=_clock(root, moment.observed_at),
        port25_ipv6=_port25(by_ipv6, settings, UNTESTED_BY_IPV6),
    )


def believed(world: World, seen_from: Vantage) -> World:
    """The world as it may be believed from a vantage: through a resolver that invents answers, absence says nothing."""
    if seen_from.rewriting != Known(True):
        return world

    def through(probe: Probe[Any], done: Any) -> None:
        world(probe, lambda came: done(_doubted(came, seen_from.invented) if isinstance(came, Answer) else came))

    return through


def _doubted(came: Answer, invented: tuple[str, ...]) -> Answer:
    absent = came.status in (DnsStatus.NODATA, DnsStatus.NXDOMAIN)
    made_up = bool(came.records) and set(came.records) <= set(invented)
    return replace(came, status=DnsStatus.REWRITTEN, records=()) if absent or made_up else came


def _port_open(host: str, rdtype: str, port: int, invented: tuple[str, ...]) -> Steps[bool]:
    """Connect to a well-run host and close: no word is said.

    Raises:
        Unestablished: the host has no address but an invented one, or nobody tried to connect.
    """
    question = Question(name=canonical(host), rdtype=rdtype)
    found = yield from records(question)
    address = next((a for a in found if a not in invented), None)
    if address is None:
        raise Unestablished(Unknown(UNTESTED, (question,)))
    visit = SmtpVisit(host=canonical(host), address=address, port=port, depth=Depth.CONNECT)
    connect = (yield from ask(visit)).at(StageName.CONNECT)
    if connect is None or connect.outcome in UNTRIED:
        raise Unestablished(Unknown(UNTESTED, (visit,)))
    return connect.outcome is Outcome.OK


def _port25(ports: tuple[Fact[bool], ...], settings: Settings, untested: str) -> Fact[bool]:
    """Closed only if two hosts or more could be found and none let us in: one host may have closed its door to us."""
    if not settings.smtp:
        return Unknown("not_selected")
    if any_of(ports) == Known(True):
        return Known(True)
    tried = sum(isinstance(p, Known) for p in ports)
    return Known(False) if tried >= 2 else Unknown(untested)


def _validating(root: Answer, settings: Settings) -> Fact[bool]:
    """AD on the signed root zone, believed only over loopback (RFC 4035 section 4.9.3)."""
    if not root.speaks:
        return silence(ROOT_SOA, root)
    if settings.resolver_kind != "loopback":
        return Unknown("vantage.resolver_not_local", (ROOT_SOA,))
    return Known("ad" in root.flags)


def _clock(root: Answer, now: datetime) -> Fact[bool]:
    """The root zone is signed anew each day: a clock outside the validity of that signature is wrong."""
    for text in root.signatures:
        fields = text.split()
        if len(fields) > 5 and fields[0] == "SOA":
            until, since = _stamp(fields[4]), _stamp(fields[5])
            if until and since:
                return Known(since - CLOCK_TOLERANCE <= now <= until + CLOCK_TOLERANCE)
    return Unknown("vantage.clock_untested", (ROOT_SOA,))


def _stamp(text: str) -> datetime | None:
    """A time in RRSIG presentation form: YYYYMMDDHHMMSS in UTC (RFC 4034 section 3.2)."""
    try:
        return datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return None
