"""A stub resolver (RFC 1034 section 5.3.1) that tells apart what most of them call "not found".

It asks the given servers, or one server that a question names, and follows aliases. It believes the AD bit (RFC 4035
section 3.2.3) only of a resolver on this machine: on any other path somebody could have set it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from ipaddress import ip_address

import dns.name

from audit.model.probe import Answer, DnsStatus, Question
from audit.network import wire
from audit.network.dial import Dialer, Refusal
from audit.network.exchange import Exchange, Heard, without_reply
from audit.network.options import DNS_PORT, Endpoint, NetworkOptions
from audit.network.silence import Silence


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
        self._options, self._dialer, self._now, self._sent = options, dialer, now, sent
        self._silence = Silence()

    async def answer(self, question: Question) -> Answer:
        """What comes back for a question; whatever goes wrong out there is a status."""
        loop = asyncio.get_running_loop()
        asked_at, began = self._now(), loop.time()
        try:
            asked = wire.asking(question.name, question.rdtype)
        except wire.Unaskable:
            return Answer(status=DnsStatus.MALFORMED, asked_at=asked_at, elapsed_ms=0.0)
        servers = self._servers(question)
        if isinstance(servers, Refusal):
            return Answer(status=DnsStatus.GUARD_REFUSED, server=question.server, asked_at=asked_at, elapsed_ms=0.0)
        heard, aliases, proof = await self._follow(asked, question, servers, began + self._options.question_timeout)
        reading = heard.reading
        return Answer(
            status=reading.status,
            records=reading.records,
            aliases=tuple(alias.to_text(omit_final_dot=True) for alias in aliases),
            authority=reading.authority,
            signatures=reading.signatures,
            proof=tuple(sorted(proof)),
            glue=reading.glue,
            flags=believed(reading.flags, heard.server),
            ttl=reading.ttl,
            ede=reading.ede,
            rcode=reading.rcode,
            wire_size=reading.size,
            edns=heard.edns and reading.edns,
            transport=heard.transport if heard.reading.size is not None else None,
            server=_shown(heard.server),
            asked_at=asked_at,
            elapsed_ms=round((loop.time() - began) * 1000, 1),
        )

    def _servers(self, question: Question) -> tuple[Endpoint, ...] | Refusal:
        """The run's resolvers, which the user named, or the one server that the world named, which is judged."""
        if question.server is None:
            return self._options.nameservers
        endpoint = self._dialer.resolve(question.server, DNS_PORT)
        return endpoint if isinstance(endpoint, Refusal) else (endpoint,)

    async def _follow(
        self, asked: wire.Asking, question: Question, servers: tuple[Endpoint, ...], deadline: float
    ) -> tuple[Heard, tuple[dns.name.Name, ...], set[str]]:
        """The answer at the end of the chain of aliases, asking again wherever a message leaves it open.

        A circle is shown whole: its last name stands before, or is the one that was asked for.
        """
        aliases: tuple[dns.name.Name, ...] = ()
        proof: set[str] = set()
        first = asked.name
        while True:
            heard = await self._ask(asked, question, servers, deadline)
            aliases += heard.reading.aliases
            proof |= set(heard.reading.proof)
            if wire.is_circle(first, aliases) or len(aliases) > wire.ALIASES_FOLLOWED:
                end = without_reply(DnsStatus.CNAME_CHAIN, heard.server)
                return end, aliases[: wire.ALIASES_FOLLOWED + 1], proof
            if heard.reading.onward is None:
                return heard, aliases, proof
            asked = wire.Asking(heard.reading.onward, asked.rdtype)

    async def _ask(
        self, asked: wire.Asking, question: Question, servers: tuple[Endpoint, ...], deadline: float
    ) -> Heard:
        name = asked.name.to_text(omit_final_dot=True)
        once = self._silence.reigns(question.server, name)
        patience = self._options.first_timeout
        heard = await Exchange(
            asked,
            question,
            servers,
            deadline=min(deadline, asyncio.get_running_loop().time() + patience) if once else deadline,
            patience=patience,
            once=once,
            sent=self._sent,
        ).run()
        status = heard.reading.status
        if status is not DnsStatus.UNREACHABLE:  # that costs no time
            lost = status in (DnsStatus.TIMEOUT, DnsStatus.TRUNCATED)  # half an answer is none, and cost as much time
            self._silence.note(question.server, name, replied=not lost)
        return heard


def believed(flags: tuple[str, ...], server: Endpoint | None) -> tuple[str, ...]:
    """The flags that the path to a server lets us believe: AD only over loopback (RFC 6840 section 5.8)."""
    on_this_machine = server is not None and ip_address(server[0]).is_loopback
    return tuple(flag for flag in flags if flag != "ad" or on_this_machine)


def _shown(server: Endpoint | None) -> str | None:
    if server is None:
        return None
    host, port = server
    if port == DNS_PORT:
        return host
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
