"""What every internet needs: a root, a top-level domain, reverse zones, and name servers in two networks each.

The root and `example` are signed, so that below them it can be shown which domains are and which are not.
"""

from __future__ import annotations

from audit.lab.authority import NameServer
from audit.lab.story import IPV4, IPV6, NAMES, OTHER_IPV4, OTHER_IPV6, Fail, apex, pointer
from audit.model.report import Severity

SHARED = "lab.example", "113.0.203.in-addr.arpa", "8.b.d.0.1.0.0.2.ip6.arpa"
REGISTRY, ROOTS = ("a.nic.example", "b.nic.example"), ("a.root.example", "b.root.example")


def _pair(names: tuple[str, str], number: int) -> tuple[NameServer, NameServer]:
    """Two servers in two networks, so that one remains when a network fails (RFC 2182 section 3.1)."""
    first, second = names
    return (
        NameServer(name=first, addresses=(IPV4.format(number), IPV6.format(number))),
        NameServer(name=second, addresses=(OTHER_IPV4.format(number), OTHER_IPV6.format(number))),
    )


SHARED_SERVERS = _pair(NAMES, 53)
SERVERS = (*SHARED_SERVERS, *_pair(REGISTRY, 54), *_pair(ROOTS, 55))


def infrastructure() -> tuple[str, ...]:
    """The zones that no story is about."""
    return (
        *apex(".", ROOTS),
        ". SIGNED",
        *apex("example", REGISTRY),
        "example SIGNED",
        *(line for each in SHARED for line in apex(each)),
        "lab.example MX 10 canary1.lab.example",  # for hostmaster, whom every SOA names
        *(line for server in SERVERS for line in located(server)),
        *(pointer(server.addresses[0], server.name) for server in SERVERS if server.addresses[0].startswith("203.")),
    )


def located(server: NameServer) -> tuple[str, ...]:
    """The addresses of a name server."""
    return tuple(f"{server.name} {'AAAA' if ':' in address else 'A'} {address}" for address in server.addresses)


def addressed(rule: str, severity: Severity, *servers: NameServer) -> tuple[Fail, ...]:
    """A rule that fails for each address of name servers."""
    return tuple((rule, f"{server.name} {address}", severity) for server in servers for address in server.addresses)
