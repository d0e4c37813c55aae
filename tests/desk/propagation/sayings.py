"""Answers of servers and resolvers, as short as a table of cases needs them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from audit.model.fact import Fact, Known, Unknown
from audit.model.probe import Answer, DnsStatus, ExtendedError, Question
from audit.protocol.propagation import Copies, ServerHeld, Truth

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)
NEW, OLD, OTHER = "10 new.example.", "10 old.example.", "10 other.example."
SOA = "story.example. 300 SOA ns.story.example. admin.story.example. 1 2 3 4 300"
COM = "com. 900 SOA a.gtld-servers.example. nstld.example. 1 2 3 4 900"
ASKED = Question(name="story.example", rdtype="MX")


def later(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def says(*records: str, ttl: int | None = 300, at: float = 0, flags: str = "ra", ede: int | None = None) -> Answer:
    """Records; without any, that there are none."""
    return Answer(
        status=DnsStatus.NOERROR if records else DnsStatus.NODATA,
        records=tuple(sorted(records)),
        authority=() if records else (SOA,),
        ttl=ttl,
        flags=tuple(flags.split()),
        ede=() if ede is None else (ExtendedError(code=ede, text=""),),
        asked_at=later(at),
        elapsed_ms=0.0,
    )


def denies(*, ttl: int | None = 300, at: float = 0, soa: str = SOA, ede: int | None = None) -> Answer:
    """A name that does not exist."""
    return Answer(
        status=DnsStatus.NXDOMAIN,
        authority=(soa,) if soa else (),
        ttl=ttl,
        ede=() if ede is None else (ExtendedError(code=ede, text=""),),
        asked_at=later(at),
        elapsed_ms=0.0,
    )


def fails(status: DnsStatus, *, authority: tuple[str, ...] = (), ede: int | None = None, at: float = 0) -> Answer:
    found = () if ede is None else (ExtendedError(code=ede, text=""),)
    return Answer(status=status, authority=authority, ede=found, asked_at=later(at), elapsed_ms=0.0)


def leads_to(target: str, *records: str, ttl: int = 300) -> Answer:
    """An alias."""
    status = DnsStatus.NOERROR if records else DnsStatus.NODATA
    return Answer(status=status, aliases=(target,), records=records, ttl=ttl, asked_at=NOON, elapsed_ms=0.0)


def server(number: int, *said: Answer | None, serial: int | None = 1, earlier: tuple[str, ...] = ()) -> ServerHeld:
    """A server of the zone; None: it was silent."""
    facts: tuple[Fact[Answer], ...] = tuple(Known(a) if a else Unknown("dns.timeout", (ASKED,)) for a in said)
    return ServerHeld(f"ns{number}.story.example", f"192.0.2.{number}", facts, serial, (earlier,) if earlier else ())


def truth(*servers: ServerHeld, rdtype: str = "MX", hole: str | None = None) -> Truth:
    return Truth(rdtype, "story.example", servers, Unknown(hole) if hole else None, 300)


GONE = denies(soa=COM, ttl=900)  # a name that nobody has, as an honest resolver says it


def resolver(*last: Answer, before: tuple[Answer, ...] = (), canary: Answer | None = GONE) -> Copies:
    """A resolver that was asked so often in the last round; `before`: once in each of the rounds before."""
    return Copies("Public DNS", "198.51.100.53", (*((a,) for a in before), last), canary)
