"""The company that moves, on loopback: its servers at some moment, and resolvers that hold what was before."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial

import dns.message
import dns.name
import dns.rcode
import dns.rrset

from audit.lab.dns_server import Respond, open_server
from audit.lab.lab import Lab
from audit.lab.moving.company import START, State, epoch, story
from audit.lab.moving.history import bare
from audit.lab.story import Story
from tests.cli.command import beside, endpoint

RESOLVER = "198.51.100.200"
COM = "com. 900 IN SOA a.gtld-servers.example. nstld.example. 1 2 3 4 900"


def copying(state: State, left: int, query: dns.message.Message) -> dns.message.Message:
    """A resolver that asked for everything while the company was in a state; all copies have so long to live."""
    made = dns.message.make_response(query, recursion_available=True)
    name, kind = query.question[0].name, query.question[0].rdtype
    if name.is_subdomain(dns.name.from_text("com")):
        made.set_rcode(dns.rcode.NXDOMAIN)
        made.authority.append(dns.rrset.from_text("com.", 900, "IN", "SOA", COM.split(None, 4)[4]))
        return made
    said = epoch(0, state).says(bare(name.to_text()), dns.rdatatype.to_text(kind))
    if said.values:
        made.answer.append(dns.rrset.from_text_list(name, left, "IN", kind, said.values))
    elif said.alias:
        made.answer.append(dns.rrset.from_text(name, left, "IN", "CNAME", f"{said.alias}."))
    else:
        soa = "ns1.lab.example. hostmaster.lab.example. 1 7200 600 1209600 300"
        made.authority.append(dns.rrset.from_text("moving.example.", left, "IN", "SOA", soa))
    return made


@asynccontextmanager
async def _open(told: Story, respond: Respond | None) -> AsyncIterator[list[str]]:
    lab = Lab(START, (told,))
    async with lab:
        words = ["--nameserver", endpoint(*lab.nameserver)]
        for net in lab.allow_net:
            words += ["--allow-net", net]
        if respond is not None:
            lab.connect_to[RESOLVER, 53] = await open_server(respond, lab._listeners)
            words += ["--resolver", RESOLVER]
        for (address, port), real in lab.connect_to.items():
            at = f"[{address}]" if ":" in address else address
            words += ["--connect-to", f"{at}:{port}:{endpoint(*real)}"]
        yield words


@contextmanager
def moving(state: State, *, behind: State | None = None, left: int = 300, silent: bool = False) -> Iterator[list[str]]:
    """The options that lead to the company's servers, and to a resolver that is behind, or silent; else to one that has
    all as the servers do."""
    respond: Respond = (lambda _: None) if silent else partial(copying, behind or state, left)
    with beside(_open(story(state), respond)) as words:
        yield words


@contextmanager
def alone(told: Story) -> Iterator[list[str]]:
    """The options that lead to the company's servers, and to no resolver but that which the command itself asks."""
    with beside(_open(told, None)) as words:
        yield words
