"""How far a move has come: all names of its plan at every server of the zone and at resolvers, and the policy's file.

Servers are the truth, resolvers have copies of it (RFC 1034 section 4.3.5). The MTA-STS policy is read at the first
address that gives one, as senders do (RFC 8461 section 3.3); whether its certificate is valid is for an audit.
"""

from __future__ import annotations

from audit.model.fact import Fact, Known, Unestablished, Unknown, first_hole
from audit.model.migration import Plan
from audit.model.probe import FetchOutcome, HttpsFetch, HttpsGet
from audit.model.subject import Host
from audit.model.value import dataclass
from audit.protocol.fetching import GONE, confirmed, silent
from audit.protocol.inquiry import Steps, attempt, inquiry
from audit.protocol.mta_sts.policy import MAX_POLICY, PATH
from audit.protocol.mta_sts.record import POLICY_HOST
from audit.protocol.mx.hosts import host_addresses
from audit.protocol.propagation import Round, round_of

MOST_NAMES, MOST_FILES = 200, 5
ADDRESSES = 2  # at which the policy is looked for
NOT_THIS_HOST = Unknown("not_gathered")

Key = tuple[str, str]
Resolver = tuple[str, str]  # name and address


@dataclass(frozen=True, slots=True)
class Look:
    """What servers and resolvers say of each name and type, and what is at each address of a file: None where nothing
    is."""

    rounds: tuple[tuple[Key, Fact[Round]], ...]
    files: tuple[tuple[str, Fact[str | None]], ...]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for: names with types, and addresses of files at a port of the domain's web server."""

    domain: str
    names: tuple[Key, ...]
    files: tuple[str, ...]
    port: int = 443


def wanted_by(plan: Plan, port: int) -> Wanted:
    """All of which a plan says what has to be there."""
    names = dict.fromkeys((each.name, each.type) for step in plan.steps for each in step.done_when)
    files = dict.fromkeys(each.url for step in plan.steps for each in step.files)
    return Wanted(plan.domain, tuple(names), tuple(files), port)


def policy_url(domain: str) -> str:
    """Where a domain's MTA-STS policy is (RFC 8461 section 3.3)."""
    return f"https://{POLICY_HOST}.{domain}{PATH}"


@inquiry
def look_at(wanted: Wanted, resolvers: tuple[Resolver, ...], canary: str | None) -> Steps[Look]:
    """Ask for all of it, once."""
    names, files = wanted.names[:MOST_NAMES], wanted.files[:MOST_FILES]
    rounds = yield from attempt(round_of(name, rdtype, resolvers, canary) for name, rdtype in names)
    found = yield from attempt(_policy(wanted.domain, url, wanted.port) for url in files)
    return Look(tuple(zip(names, rounds, strict=True)), tuple(zip(files, found, strict=True)))


def _policy(domain: str, url: str, port: int) -> Steps[str | None]:
    """What is served as the domain's policy; None where nothing is.

    Raises:
        Unestablished: that is not known, or the address is not that of the domain's policy.
    """
    if url != policy_url(domain):
        raise Unestablished(NOT_THIS_HOST)
    found = yield from host_addresses(Host(f"{POLICY_HOST}.{domain}"))
    if not found.known:
        hole = first_hole(found.ipv4, found.ipv6)
        if hole:
            raise Unestablished(hole)
        return None
    hole = None
    for address in found.known[:ADDRESSES]:
        get = HttpsGet(url=url, address=address, port=port, limit=MAX_POLICY)
        tried, fetch = yield from confirmed(get)
        told = _read(tried, fetch)
        if isinstance(told, Known):
            return told.value
        hole = hole or told
    raise Unestablished(hole or NOT_THIS_HOST)


def _read(get: HttpsGet, fetch: HttpsFetch) -> Fact[str | None]:
    if fetch.outcome is not FetchOutcome.OK:
        return silent(get, fetch)
    if fetch.status == 200:
        return Known(fetch.body.decode("ascii", "backslashreplace"))
    if fetch.status in GONE:
        return Known(None)
    return Unknown("https.status", (get,))
