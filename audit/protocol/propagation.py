"""What becomes of a change: every server that holds the zone, and resolvers that have copies (RFC 1034 section 4.3.5).

A zone's own servers are the truth. A resolver keeps a copy for as long as its TTL says, a denial for as long as the
SOA says (RFC 2308 section 5), and asks anew afterwards. Many resolvers are several machines with a cache each, so each
is asked more than once. What it says of a name that nobody has registered tells a resolver that invents answers, or
refuses everybody, from one that has something against the name.

At an alias stands no record of another type (RFC 1034 section 3.6.2), so what is compared there is where it leads.
"""

from __future__ import annotations

from audit.model.fact import Fact, Unknown
from audit.model.probe import Answer
from audit.model.value import dataclass


@dataclass(frozen=True, slots=True)
class ServerHeld:
    """What one address of a name server said in the last round, each time that it was asked, and the zone's serial as
    it has it. `earlier`: what it held in rounds before."""

    host: str
    address: str
    said: tuple[Fact[Answer], ...]
    serial: int | None = None
    earlier: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Truth:
    """What the servers of a zone hold of a name. `hole`: there may be a server that is not among them. `denial_ttl`:
    for how many seconds the zone lets denials be kept; None where no server said so."""

    rdtype: str
    apex: str
    servers: tuple[ServerHeld, ...]
    hole: Unknown | None = None
    denial_ttl: int | None = None


@dataclass(frozen=True, slots=True)
class Copies:
    """What a resolver said: the answers of each round, the last one last; `canary` is its answer for the address of a
    name that does not exist."""

    resolver: str
    address: str
    rounds: tuple[tuple[Answer, ...], ...]
    canary: Answer | None = None


def data_of(got: Answer) -> tuple[str, ...]:
    """What an answer holds, to be compared: its records, or where the alias leads that stands at the name."""
    return (f"CNAME {got.aliases[0]}.",) if got.aliases else got.records
