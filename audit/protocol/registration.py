"""Whether the domain that a name lies in is registered: if not, anybody may register it, and with it take the name.

Only the registry knows. A resolver that denies a domain may be mistaken, or its zone may be broken; so the servers of
the public suffix are asked themselves, two of them, or one twice. Both must deny the domain as authorities, by the SOA
of the suffix's own zone (RFC 2308 section 2.1). A delegation, or anything else that they hold of it, says that it is
registered; silence says nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from audit.catalog.suffixes import registry_domain
from audit.model.fact import Fact, Known, Unestablished, Unknown, any_of
from audit.model.probe import Answer, DnsStatus, Question
from audit.model.value import dataclass
from audit.protocol.authority import AUTHORITATIVE, ZoneServers, delegated_to, signed_off_by, zone_servers
from audit.protocol.inquiry import Steps, answer, ask, attempt, inquiry, settle, silence

MAX_QUESTIONS = 10  # of one name: up to three SOA, the NS, up to four addresses, and two servers
REGISTRABLE = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?")
ESCAPED_DOT = "\\."  # inside a label, which no registry sells
NOT_OFFERED = Known(True)
BUDGET = Unknown("budget")


@dataclass(frozen=True, slots=True)
class Registration:
    """The registrable domain at or above a name, None where there is none, and whether it is registered.

    What nobody can register counts as registered: a public suffix, what lies below one that does not exist, a
    label that is no host name.
    """

    domain: str | None
    registered: Fact[bool]

    @property
    def free(self) -> Fact[bool]:
        """Whether anybody may register it."""
        return self.registered if isinstance(self.registered, Unknown) else Known(not self.registered.value)


@dataclass(frozen=True, slots=True)
class FreeDomains:
    """The domains that missing names lie in, and of each whether anybody may register it."""

    rows: tuple[tuple[str, Fact[bool]], ...] = ()

    def behind(self, name: str) -> Fact[str | None]:
        """The domain that a name lies in, where anybody may register it."""
        domain = registry_domain(name)
        free = dict(self.rows).get(domain or "", NOBODYS)
        return free if isinstance(free, Unknown) else Known(domain if free.value else None)


NOBODYS: Fact[bool] = Known(False)
NONE_FREE = FreeDomains()


@inquiry
def registration(name: str) -> Steps[Registration]:
    """Ask the registry whether it knows the domain that a name lies in. `name` is canonical.

    Ask this only of a name that does not exist: what exists is registered.
    """
    domain = None if ESCAPED_DOT in name else registry_domain(name)
    if domain is None:
        return Registration(None, NOT_OFFERED)
    label, _, suffix = domain.partition(".")
    if not REGISTRABLE.fullmatch(label) or not suffix:
        return Registration(domain, NOT_OFFERED)
    return Registration(domain, (yield from settle(_registered(domain, suffix))))


def free_domains(missing: Iterable[str], owner: str, limit: int) -> Steps[FreeDomains]:
    """Ask the registries of the domains that names lie in to which `owner` leads and which do not exist, so many of
    them. What lies in the owner's own domain is his."""
    by_domain: dict[str, str] = {}
    for name in missing:
        if (domain := registry_domain(name)) is not None and domain != registry_domain(owner):
            by_domain.setdefault(domain, name)
    found = yield from attempt(registration(name) for name in tuple(by_domain.values())[:limit])
    free = (f.value.free if isinstance(f, Known) else f for f in found)
    known = dict(zip(by_domain, free, strict=False))
    return FreeDomains(tuple((domain, known.get(domain, BUDGET)) for domain in by_domain))


def _registered(domain: str, suffix: str) -> Steps[bool]:
    if (yield from answer(Question(name=suffix, rdtype="SOA"))).status is DnsStatus.NXDOMAIN:
        return True  # below what does not exist nobody registers anything
    servers = yield from zone_servers(suffix)
    said: list[Fact[bool]] = []
    for repeat, server in enumerate((servers.addresses * 2)[:2]):
        said.append((yield from settle(_known_to(domain, servers, server, repeat))))
        if said[-1] == Known(True):
            return True
    found = any_of(said)
    if isinstance(found, Unknown):
        raise Unestablished(found)
    return found.value


def _known_to(domain: str, servers: ZoneServers, server: str, repeat: int) -> Steps[bool]:
    """Whether one server of the registry knows the domain.

    Raises:
        Unestablished: it does not say so as the zone's authority.
    """
    question = Question(name=domain, rdtype="NS", server=server, recurse=False, repeat=repeat)
    got = yield from ask(question)
    if _holds(domain, got):
        return True
    if got.status is not DnsStatus.NXDOMAIN:
        raise Unestablished(silence(question, got))
    if AUTHORITATIVE not in got.flags or signed_off_by(got) != servers.zone.apex:
        raise Unestablished(Unknown("dns.not_authoritative", (question,)))
    return False


def _holds(domain: str, got: Answer) -> bool:
    """Whether an answer holds something of the domain: records, or a delegation of it."""
    if got.status in (DnsStatus.NOERROR, DnsStatus.NODATA):
        return True
    return got.status is DnsStatus.LAME and domain in delegated_to(got)
