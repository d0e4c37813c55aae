"""A zone with two servers, and resolvers with copies of all kinds, on loopback for as long as it takes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from functools import partial

import dns.edns
import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

from audit.lab.authority import Authority, NameServer
from audit.lab.dns_server import Respond, open_dns, open_server
from audit.lab.listeners import Listeners
from audit.lab.signing import SignedZones
from audit.lab.zone import parse
from tests.cli.command import NOW, beside, endpoint

NAME, TYPE = "story.example", "MX"
NEW, OLD = "10 new.example.", "10 old.example."
FIRST, SECOND, PARENT = "192.0.2.53", "192.0.2.54", "192.0.2.1"
COM = "com. 900 IN SOA a.gtld-servers.example. nstld.example. 1 2 3 4 900"
OWN = "story.example. {ttl} IN SOA ns1.story.example. admin.story.example. 7 2 3 4 300"


def zone(*records: str, serial: int = 7) -> str:
    """The zone as a server holds it, with what stands above it."""
    return "\n".join(
        (
            ". SOA a.root.example. admin.root.example. 1 1800 900 604800 86400",
            "example. SOA ns.example. admin.example. 1 2 3 4 5",
            "example. NS ns.example.",
            f"ns.example. A {PARENT}",
            f"story.example. SOA ns1.story.example. admin.story.example. {serial} 2 3 4 300",
            "story.example. NS ns1.story.example.",
            "story.example. NS ns2.story.example.",
            f"ns1.story.example. A {FIRST}",
            f"ns2.story.example. A {SECOND}",
            *(f"{NAME}. {TYPE} {record}" for record in records),
        )
    )


def _reply(query: dns.message.Message, *answer: str, authority: str = "", rcode: int = 0) -> dns.message.Message:
    made = dns.message.make_response(query, recursion_available=True)
    made.set_rcode(dns.rcode.Rcode(rcode))
    if answer:
        made.answer.append(dns.rrset.from_text_list(query.question[0].name, int(answer[0]), "IN", TYPE, answer[1:]))
    if authority:
        owner, ttl, _, kind, data = authority.split(None, 4)
        made.authority.append(dns.rrset.from_text(owner, int(ttl), "IN", kind, data))
    return made


def _asked_for_it(query: dns.message.Message) -> bool:
    return query.question[0].name.to_text() == f"{NAME}."


def copying(*records: str, ttl: int, ede: int | None = None) -> Respond:
    """A resolver with a copy that has so long to live."""

    def respond(query: dns.message.Message) -> dns.message.Message:
        if not _asked_for_it(query):
            return _reply(query, authority=COM, rcode=3)
        made = _reply(query, str(ttl), *records)
        if ede is not None:
            made.use_edns(0, options=[dns.edns.EDEOption(dns.edns.EDECode(ede))])
        return made

    return respond


def denying(*, ttl: int) -> Respond:
    """A resolver that asked before the record was there."""

    def respond(query: dns.message.Message) -> dns.message.Message:
        if _asked_for_it(query):
            return _reply(query, authority=OWN.format(ttl=ttl))
        return _reply(query, authority=COM, rcode=3)

    return respond


def refusing(query: dns.message.Message) -> dns.message.Message:
    """A resolver that has something against the name alone."""
    return _reply(query, rcode=5) if _asked_for_it(query) else _reply(query, authority=COM, rcode=3)


def inventing(query: dns.message.Message) -> dns.message.Message:
    """A resolver that knows an address for everything that does not exist, and nothing else."""
    made = _reply(query)
    if query.question[0].rdtype == dns.rdatatype.A:
        made.answer.append(dns.rrset.from_text(query.question[0].name, 60, "IN", "A", "203.0.113.9"))
    return made


def silent(_: dns.message.Message) -> None:
    """A resolver that says nothing."""


@asynccontextmanager
async def _open(servers: Mapping[str, str | Respond], resolvers: Mapping[str, Respond]) -> AsyncIterator[list[str]]:
    listeners = Listeners()
    try:
        texts = {at: text for at, text in servers.items() if isinstance(text, str)}
        signed = {at: SignedZones(parse(text.splitlines()), NOW) for at, text in texts.items()}
        first = next(iter(signed.values()))
        words = ["--nameserver", endpoint(*await open_dns(first, listeners)), "--allow-net", "192.0.2.0/24"]
        for number, (at, text) in enumerate(servers.items(), 1):
            name = f"ns{number}.story.example"
            held = Authority.of(NameServer(name=name, addresses=(at,)), signed[at]).answer if at in signed else text
            assert callable(held)
            words += _dialled(at, await open_server(held, listeners))
        above = Authority.of(NameServer(name="ns.example", addresses=(PARENT,)), first)
        words += _dialled(PARENT, await open_server(above.answer, listeners))
        for at, respond in resolvers.items():
            words += [*_dialled(at, await open_server(partial(respond), listeners)), "--resolver", at]
        yield words
    finally:
        await listeners.close()


def _dialled(address: str, real: tuple[str, int]) -> list[str]:
    return ["--connect-to", f"{address}:53:{endpoint(*real)}"]


@contextmanager
def spread(servers: Mapping[str, str | Respond], resolvers: Mapping[str, Respond]) -> Iterator[list[str]]:
    """The options that lead to servers and resolvers, by the addresses that they are asked at."""
    with beside(_open(servers, resolvers)) as words:
        yield words
