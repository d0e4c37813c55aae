"""How the servers of a zone stand to each other (RFC 1034 section 4.3.5, RFC 1912 section 2.2).

Where they differ, the serial tells which has the newer zone, by the arithmetic of RFC 1982. Servers that differ with
the same serial were not copied from each other: they have two masters, or they answer by where the question comes
from, as is done with addresses on purpose.
"""

from __future__ import annotations

from dataclasses import dataclass

from audit.desk.propagation.expecting import met
from audit.desk.propagation.verdict import ServerState, ServerVerdict
from audit.model.fact import Known, Unknown
from audit.model.probe import Answer
from audit.protocol.propagation import ServerHeld, Truth, data_of

ADDRESSED = frozenset({"A", "AAAA", "HTTPS", "SVCB"})  # what is chosen by the place of who asks
HALF = 1 << 31
RIGHT = frozenset({ServerState.CURRENT, ServerState.VARIES})
ALIAS = "dns.alias"

Data = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Standing:
    """The servers, judged; what counts as right, what servers that are behind still say, and what the zone held."""

    verdicts: tuple[ServerVerdict, ...]
    right: frozenset[Data]
    wrong: tuple[tuple[Data, str], ...]  # with the server that says so
    former: frozenset[Data]
    ttl: int | None  # of what is right, the longest

    @property
    def varies(self) -> bool:
        return any(v.state is ServerState.VARIES for v in self.verdicts)

    def source_of(self, data: Data) -> str | None:
        """The server that still says so."""
        return next((host for held, host in self.wrong if held == data), None)


def stand(truth: Truth, expect: tuple[str, ...]) -> Standing:
    """Hold the servers of a zone against each other, and against what is expected."""
    heard = [(server, tuple(f.value for f in server.said if isinstance(f, Known))) for server in truth.servers]
    field = _Field(truth.rdtype, expect, tuple(each for each in heard if each[1]))
    states = [field.state(server, said) if said else _unheard(server) for server, said in heard]
    both = [(server, said, state in RIGHT) for (server, said), (state, _) in zip(heard, states, strict=True) if said]
    right = frozenset(data_of(a) for _, said, good in both if good for a in field.counting(said))
    ttls = [a.ttl for _, said, good in both if good for a in field.counting(said) if a.ttl is not None]
    wrong = ((data_of(said[-1]), server.host) for server, said, good in both if not good)
    return Standing(
        tuple(_verdict(*each, *state) for each, state in zip(heard, states, strict=True)),
        right,
        tuple(each for each in wrong if each[0] not in right),
        frozenset(data for server in truth.servers for data in server.earlier) - right,
        max(ttls, default=None),
    )


@dataclass(frozen=True, slots=True)
class _Field:
    """The servers that were heard, each with what it said."""

    rdtype: str
    expect: tuple[str, ...]
    heard: tuple[tuple[ServerHeld, tuple[Answer, ...]], ...]

    def counting(self, said: tuple[Answer, ...]) -> tuple[Answer, ...]:
        """Of what a server said the last word; of addresses, each."""
        return said if self.rdtype in ADDRESSED else said[-1:]

    def state(self, server: ServerHeld, said: tuple[Answer, ...]) -> tuple[ServerState, str | None]:
        """The state of a server, and the reason if it cannot be told."""
        if self.expect:
            return self._by_what_is_expected(server, said)
        if len(self._held(None)) == 1:
            return ServerState.CURRENT, None
        newest = _newest([s for s, _ in self.heard])
        if newest is not None and server.serial != newest:
            fresh = data_of(said[-1]) in self._held(newest)
            return ServerState.CURRENT if fresh else ServerState.BEHIND, None
        if len(self._held(newest)) == 1:
            return ServerState.CURRENT, None
        return (ServerState.VARIES if self.rdtype in ADDRESSED else ServerState.DIFFERS), None

    def _by_what_is_expected(self, server: ServerHeld, said: tuple[Answer, ...]) -> tuple[ServerState, str | None]:
        if self._has_it(said):
            return ServerState.CURRENT, None
        if said[-1].aliases and self.rdtype != "CNAME":
            return ServerState.UNKNOWN, ALIAS
        newest = _newest([s for s, others in self.heard if self._has_it(others)])
        older = newest is not None and server.serial is not None and _is_newer(newest, server.serial)
        return ServerState.BEHIND if older else ServerState.UNPUBLISHED, None

    def _has_it(self, said: tuple[Answer, ...]) -> bool:
        return all(met(self.expect, self.rdtype, a) for a in self.counting(said))

    def _held(self, serial: int | None) -> set[Data]:
        """What is held with a serial, or with any."""
        return {data_of(a) for s, said in self.heard if serial in {None, s.serial} for a in self.counting(said)}


def _newest(servers: list[ServerHeld]) -> int | None:
    """The newest serial of some servers; None where one is not known."""
    known = [s.serial for s in servers if s.serial is not None]
    if len(known) < len(servers):
        return None
    return next((one for one in known if not any(_is_newer(other, one) for other in known)), None)


def _is_newer(one: int, other: int) -> bool:
    return one != other and (one - other) % (1 << 32) < HALF


def _unheard(server: ServerHeld) -> tuple[ServerState, str | None]:
    return ServerState.UNKNOWN, next((f.reason for f in server.said if isinstance(f, Unknown)), "not_gathered")


def _verdict(server: ServerHeld, said: tuple[Answer, ...], state: ServerState, reason: str | None) -> ServerVerdict:
    last = said[-1] if said else None
    return ServerVerdict(
        host=server.host,
        address=server.address or None,
        state=state,
        status=last.status if last else None,
        records=data_of(last) if last else (),
        ttl=last.ttl if last else None,
        serial=server.serial,
        reason=reason,
    )
