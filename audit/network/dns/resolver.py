"""A stub resolver (RFC 1034 section 5.3.1) that tells apart what most of them call "not found".

It asks the given servers, or one server that a question names, and follows aliases. It believes the AD bit (RFC 4035
section 3.2.3) only of a resolver on this machine: on any other path somebody could have set it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from ipaddress import ip_address

import dns.name

from audit.model.probe import Answer, DnsStatus, Question
from audit.network.dial import Dialer, Refusal
from audit.network.dns import wire
from audit.network.dns.exchange import Exchange, Heard, Means, without_reply
from audit.network.dns.reading import ALIASES_FOLLOWED, is_circle
from audit.network.dns.silence import Silence
from audit.network.dns.tcp import Connections
from audit.network.dns.udp import Sockets
from audit.network.dns.wheel import Wheel
from audit.network.options import DNS_PORT, Endpoint, NetworkOptions

Done = Callable[[Answer], None]
Failed = Callable[[Exception], None]

AUTHORITIES_KEPT = 1024
ONCE = 2  # times the patience of a first datagram, where no second one is sent


class Resolver:
    """Answers questions, each anew: it has no cache.

    `now` gives the time of day for `asked_at`; `sent` is told of each datagram and connection.
    """

    def __init__(
        self,
        options: NetworkOptions,
        dialer: Dialer,
        now: Callable[[], datetime],
        sent: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.options, self.now = options, now
        self.silence = Silence()
        self.means = Means(Sockets(options.dns_pool if options.pools else 0), Connections(), Wheel(), sent)
        self._dialer = dialer
        self._under_way: set[_Lookup] = set()
        self._authorities: dict[tuple[str, ...], tuple[str, ...]] = {}

    def ask(self, question: Question, done: Done, failed: Failed) -> None:
        """Find what comes back for a question; whatever goes wrong out there is a status. `done` gets it, perhaps at
        once; or `failed` a fault of our own. After `close` neither is called."""
        asked_at = self.now()
        try:
            asked = wire.asking(question.name, question.rdtype)
        except wire.Unaskable:
            done(Answer(status=DnsStatus.MALFORMED, asked_at=asked_at, elapsed_ms=0.0))
            return
        servers = self._servers(question)
        if isinstance(servers, Refusal):
            refused = DnsStatus.GUARD_REFUSED
            done(Answer(status=refused, server=question.server, asked_at=asked_at, elapsed_ms=0.0))
            return
        lookup = _Lookup(self, question, servers, asked_at=asked_at, done=done, failed=failed)
        self._under_way.add(lookup)
        lookup.ask(asked)

    def close(self) -> None:
        """Give up all questions, without an answer."""
        for lookup in self._under_way:
            lookup.drop()
        self._under_way.clear()
        self.means.sockets.close()
        self.means.connections.close()
        self.means.wheel.close()

    async def closed(self) -> None:
        """Wait until all connections are closed after `close`."""
        await self.means.connections.closed()

    def over(self, lookup: _Lookup) -> None:
        self._under_way.discard(lookup)

    def shared(self, authority: tuple[str, ...]) -> tuple[str, ...]:
        """One object for equal texts: all names of a zone that are not there have the same SOA record."""
        if len(self._authorities) >= AUTHORITIES_KEPT:
            self._authorities.clear()
        return self._authorities.setdefault(authority, authority)

    def _servers(self, question: Question) -> tuple[Endpoint, ...] | Refusal:
        """The run's resolvers, which the user named, or the one server that the world named, which is judged."""
        if question.server is None:
            return self.options.nameservers
        endpoint = self._dialer.resolve(question.server, DNS_PORT)
        return endpoint if isinstance(endpoint, Refusal) else (endpoint,)


class _Lookup:
    """A question under way to the end of its chain of aliases, asking again wherever a message leaves it open.

    A circle is shown whole: its last name stands before, or is the one that was asked for.
    """

    __slots__ = (
        "_aliases",
        "_asked_at",
        "_began",
        "_done",
        "_exchange",
        "_failed",
        "_name",
        "_proof",
        "_question",
        "_resolver",
        "_servers",
    )

    def __init__(
        self,
        resolver: Resolver,
        question: Question,
        servers: tuple[Endpoint, ...],
        *,
        asked_at: datetime,
        done: Done,
        failed: Failed,
    ) -> None:
        self._resolver, self._question, self._servers, self._asked_at = resolver, question, servers, asked_at
        self._done, self._failed = done, failed
        self._began = asyncio.get_running_loop().time()
        self._aliases: tuple[dns.name.Name, ...] = ()
        self._proof: set[str] = set()
        self._name = question.name
        self._exchange: Exchange | None = None

    def ask(self, asked: wire.Asking) -> None:
        resolver, options = self._resolver, self._resolver.options
        once = resolver.silence.reigns(self._question.server, self._name)
        deadline, patience = self._began + options.question_timeout, options.first_timeout
        if once:
            patience *= ONCE
            deadline = min(deadline, asyncio.get_running_loop().time() + patience)
        self._exchange = Exchange(
            asked,
            self._question,
            self._servers,
            deadline=deadline,
            patience=patience,
            once=once,
            means=resolver.means,
            done=self._heard,
            failed=self._broke,
        )
        self._exchange.begin()

    def drop(self) -> None:
        if self._exchange is not None:
            self._exchange.drop()

    def _heard(self, heard: Heard) -> None:
        try:
            asked = self._next(heard)
            answer = self._answer(heard) if asked is None else None
        except Exception as fault:  # noqa: BLE001 -- a fault of ours must not leave the question without an end
            self._broke(fault)
            return
        self._exchange = None  # each knows the other: let go, so that both end here
        if asked is not None:
            self.ask(asked)
        elif answer is not None:
            self._resolver.over(self)
            self._done(answer)

    def _broke(self, fault: Exception) -> None:
        self._resolver.over(self)
        self._failed(fault)

    def _next(self, heard: Heard) -> wire.Asking | None:
        """What to ask next, if anything."""
        said = heard.reading
        if said.status is not DnsStatus.UNREACHABLE:  # that costs no time
            lost = said.status in (DnsStatus.TIMEOUT, DnsStatus.TRUNCATED)  # half an answer is none, and cost as much
            self._resolver.silence.note(self._question.server, self._name, replied=not lost)
        if said.proof:
            self._proof.update(said.proof)
        if not said.aliases:
            return None  # without an alias nothing leads onward
        first = wire.asking(self._question.name, self._question.rdtype)
        self._aliases += said.aliases
        if is_circle(first.name, self._aliases) or len(self._aliases) > ALIASES_FOLLOWED:
            heard.reading, heard.edns = without_reply(DnsStatus.CNAME_CHAIN).reading, True
            self._aliases = self._aliases[: ALIASES_FOLLOWED + 1]
            return None
        if said.onward is None:
            return None
        self._name = said.onward.to_text(omit_final_dot=True)
        return wire.Asking.of(said.onward, first.kind)

    def _answer(self, heard: Heard) -> Answer:
        said = heard.reading
        return Answer(
            status=said.status,
            records=said.records,
            aliases=tuple([alias.to_text(omit_final_dot=True) for alias in self._aliases]),
            authority=self._resolver.shared(said.authority) if said.authority else (),
            signatures=said.signatures,
            proof=tuple(sorted(self._proof)),
            glue=said.glue,
            flags=believed(said.flags, heard.server),
            ttl=said.ttl,
            ede=said.ede,
            rcode=said.rcode,
            wire_size=said.size,
            edns=heard.edns and said.edns,
            transport=heard.transport if said.size is not None else None,
            server=_shown(heard.server),
            asked_at=self._asked_at,
            elapsed_ms=round((asyncio.get_running_loop().time() - self._began) * 1000, 1),
        )


def believed(flags: tuple[str, ...], server: Endpoint | None) -> tuple[str, ...]:
    """The flags that the path to a server lets us believe: AD only over loopback (RFC 6840 section 5.8)."""
    if "ad" not in flags or (server is not None and ip_address(server[0]).is_loopback):
        return flags
    return tuple(flag for flag in flags if flag != "ad")


@lru_cache(maxsize=256)
def _shown(server: Endpoint | None) -> str | None:
    if server is None:
        return None
    host, port = server
    if port == DNS_PORT:
        return host
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
