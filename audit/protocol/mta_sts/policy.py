"""The fetch of an MTA-STS policy (RFC 8461 section 3.3), as it comes out at each address of the policy's host.

Senders take a policy only from a reply with status 200 that they reach without being sent elsewhere, over TLS with a
certificate that is valid for the host. They look at no address twice, so each address must give it. What a server does
is told from what may be our own network's doing: silence before TLS says nothing, an alert or a status does.
"""

from __future__ import annotations

from audit.model.evidence import Settings
from audit.model.fact import Fact, Known, Unknown, first_hole, need
from audit.model.probe import FetchOutcome, HttpsFetch, HttpsGet
from audit.model.subject import Domain, Host
from audit.model.value import dataclass
from audit.protocol.circumstances import Circumstances
from audit.protocol.fetching import GONE, TOO_OFTEN, confirmed, judged, silent
from audit.protocol.inquiry import Steps, every, inquiry, lookup, settle
from audit.protocol.mta_sts.record import POLICY_HOST, host_question, sts_record
from audit.protocol.mx.hosts import HostAddresses, host_addresses
from audit.protocol.vantage import Vantage
from audit.syntax import chain
from audit.syntax import mta_sts as syntax
from audit.syntax.addresses import special_use

PATH = "/.well-known/mta-sts.txt"
MAX_POLICY = 64 * 1024  # octets: RFC 8461 section 3.2
PER_FAMILY = 2
BUDGET = Unknown("budget")
NO_IPV6 = Unknown("vantage.no_ipv6")
THEIRS = {
    FetchOutcome.REFUSED: "the connection is refused",
    FetchOutcome.NOT_HTTP: "what comes is no HTTP reply",
    FetchOutcome.TOO_LONG: "more comes than the 64 KiB that a policy may have",
    FetchOutcome.TLS_FAILED: "TLS fails",
}
ONWARD = frozenset({301, 302, 303, 307, 308})  # RFC 9110 section 15.4
NOT_FOLLOWED = "where senders must not follow"
AFTER_TLS = {
    FetchOutcome.TIMEOUT: "the reply does not come to an end in time",
    FetchOutcome.CLOSED: "the connection is closed before the reply is whole",
    FetchOutcome.RESET: "the connection is reset before the reply is whole",
}


@dataclass(frozen=True, slots=True)
class StsFault:
    """What a sender meets at an address instead of a policy. `gone`: the server says that there is no such file."""

    text: str
    gone: bool = False


@dataclass(frozen=True, slots=True)
class StsTry:
    """A fetch at one address; `fault` is None when a policy came."""

    address: str
    fetch: HttpsFetch | None  # None: an internal address, which nobody else can reach either
    fault: Fact[StsFault | None]

    @property
    def gives(self) -> bool:
        return self.fault == Known(None)


@dataclass(frozen=True, slots=True)
class StsServed:
    """What the policy's host gives, address by address. `hole`: there are addresses at which nobody tried; `before`:
    some of them may come before those that were tried."""

    announced: bool
    exists: Fact[bool]  # whether the host has an address at all
    tries: tuple[StsTry, ...]
    hole: Unknown | None
    before: Unknown | None

    @property
    def given(self) -> Fact[HttpsFetch | None]:
        """The fetch whose policy counts, that of the first address that gives one: always the same, whatever else could
        not be seen. None where there is none."""
        for tried in self.tries:
            if isinstance(tried.fault, Unknown):
                return tried.fault
            if tried.gives and tried.fetch is not None:
                return self.before or Known(tried.fetch)
        return self.failed if isinstance(self.failed, Unknown) else Known(None)

    @property
    def failed(self) -> Fact[bool]:
        """Whether no sender gets a policy: false as soon as one address gives it."""
        if any(each.gives for each in self.tries):
            return Known(False)
        if isinstance(self.exists, Unknown):
            return self.exists
        return first_hole(*(each.fault for each in self.tries), self.hole) or Known(True)

    @property
    def gone(self) -> Fact[bool]:
        """Whether nothing is served at all: no host, or no such file at each of its addresses."""
        kept = (each.fault.value for each in self.tries if isinstance(each.fault, Known))
        if any(fault is None or not fault.gone for fault in kept):
            return Known(False)
        return self.failed

    @property
    def faults(self) -> tuple[tuple[str, StsFault], ...]:
        """The addresses that certainly give no policy, and why."""
        known = ((t.address, t.fault.value) for t in self.tries if isinstance(t.fault, Known))
        return tuple((address, fault) for address, fault in known if fault is not None)


@dataclass(frozen=True, slots=True)
class StsPolicyFound:
    """The policy that senders get: None when they get none. `types` are the content types that it comes with."""

    policy: syntax.StsPolicy | None
    body: bytes
    types: tuple[Fact[str | None], ...]


@dataclass(frozen=True, slots=True)
class StsStray:
    """A policy that is there although nothing announces one; None where there is none."""

    policy: Fact[syntax.StsPolicy | None]


@dataclass(frozen=True, slots=True)
class StsCertificates:
    """The chains that the addresses show, judged for the policy's host."""

    host: str
    announced: bool
    chains: tuple[tuple[str, Fact[chain.ChainVerdict | None]], ...]  # None: it came to no handshake
    hole: Unknown | None


@inquiry
def sts_served(domain: Domain, settings: Settings, vantage: Vantage, circumstances: Circumstances) -> Steps[StsServed]:
    """Fetch the policy that is announced, at two addresses of each family."""
    if not (yield from sts_record(domain, circumstances)).announced:
        return StsServed(False, Known(False), (), None, None)
    found = yield from host_addresses(Host(web_host(domain)))
    addresses, hole = _addresses(found, vantage)
    tries = yield from every(_tried(web_host(domain), address, settings) for address in addresses)
    return StsServed(True, found.any, tries, hole, first_hole(found.ipv4))


@inquiry
def sts_policy(
    domain: Domain, settings: Settings, vantage: Vantage, circumstances: Circumstances
) -> Steps[StsPolicyFound]:
    """Read the policy at the first address that gives one.

    Raises:
        Unestablished: whether senders get one is not known, or which.
    """
    served = yield from sts_served(domain, settings, vantage, circumstances)
    given = need(served.given) if served.announced else None
    if given is None:
        return StsPolicyFound(None, b"", ())
    types = tuple(_type(t) for t in served.tries if not isinstance(t.fault, Known) or t.gives)
    hole: tuple[Fact[str | None], ...] = (served.hole,) if served.hole else ()
    return StsPolicyFound(syntax.parse_policy(given.body), given.body, (*types, *hole))


@inquiry
def sts_stray(domain: Domain, settings: Settings, circumstances: Circumstances) -> Steps[StsStray]:
    """Where no policy is announced, look once whether the host is there anyway, and gives one."""
    if (yield from sts_record(domain, circumstances)).announced:
        return StsStray(Known(None))
    return StsStray((yield from settle(_stray(domain, settings))))


@inquiry
def sts_certificates(
    domain: Domain, settings: Settings, vantage: Vantage, circumstances: Circumstances, store: chain.TrustStore
) -> Steps[StsCertificates]:
    """Judge the chain that each address shows."""
    served = yield from sts_served(domain, settings, vantage, circumstances)
    judged = tuple((t.address, _judged(t, web_host(domain), circumstances, store)) for t in served.tries)
    hole = served.exists if isinstance(served.exists, Unknown) else served.hole
    return StsCertificates(web_host(domain), served.announced, judged, hole)


# ---- one address --------------------------------------------------------------------------------------------------


def web_host(domain: Domain) -> str:
    """The name of the host that gives a domain's policy."""
    """The name of the host that gives a domain's policy."""
    return f"{POLICY_HOST}.{domain.name}"


def _addresses(found: HostAddresses, vantage: Vantage) -> tuple[tuple[str, ...], Unknown | None]:
    """The addresses at which to try, and why there are others."""
    families = [f.value for f in (found.ipv4, found.ipv6) if isinstance(f, Known)]
    hole = first_hole(found.ipv4, found.ipv6)
    if isinstance(found.ipv6, Known) and found.ipv6.value and vantage.ipv6 == Known(False):
        families, hole = families[:-1], hole or NO_IPV6
    over = any(len(family) > PER_FAMILY for family in families)
    return tuple(a for family in families for a in family[:PER_FAMILY]), hole or (BUDGET if over else None)


def _stray(domain: Domain, settings: Settings) -> Steps[syntax.StsPolicy | None]:
    addresses = (yield from lookup(host_question(domain))).records
    if not addresses:
        return None
    tried = yield from _tried(web_host(domain), addresses[0], settings)
    return None if need(tried.fault) or tried.fetch is None else syntax.parse_policy(tried.fetch.body)


def _tried(host: str, address: str, settings: Settings) -> Steps[StsTry]:
    if special := special_use(address, settings.allow_net):
        return StsTry(address, None, Known(StsFault(f"the address is not a public one: {special}")))
    url = f"https://{host}{PATH}"
    get, fetch = yield from confirmed(HttpsGet(url=url, address=address, port=settings.https_port, limit=MAX_POLICY))
    return StsTry(address, fetch, _fault(get, fetch))


def _fault(get: HttpsGet, fetch: HttpsFetch) -> Fact[StsFault | None]:
    if fetch.outcome is not FetchOutcome.OK:
        theirs = THEIRS.get(fetch.outcome) or (AFTER_TLS.get(fetch.outcome) if fetch.tls is not None else None)
        if theirs is None:
            return silent(get, fetch)
        detail = f": {fetch.detail}" if fetch.detail and fetch.outcome is FetchOutcome.TLS_FAILED else ""
        return Known(StsFault(theirs + detail))
    if fetch.status == TOO_OFTEN:
        return Unknown("https.turned_away", (get,))
    if fetch.status is None:
        return Unknown("not_gathered", (get,))
    if fetch.status in ONWARD:
        place = fetch.header("location")
        return Known(StsFault(f"status {fetch.status} sends on{f' to {place}' if place else ''}, {NOT_FOLLOWED}"))
    if fetch.status != 200:
        return Known(StsFault(f"status {fetch.status}", gone=fetch.status in GONE))
    packed = fetch.header("content-encoding")
    if packed is not None and packed.strip().lower() != "identity":
        return Known(StsFault(f"the policy comes packed ({packed}), although that was not asked for"))
    return Known(None)


def _type(tried: StsTry) -> Fact[str | None]:
    if isinstance(tried.fault, Unknown):
        return tried.fault
    return Known(tried.fetch.header("content-type") if tried.fetch else None)


def _judged(
    tried: StsTry, host: str, circumstances: Circumstances, store: chain.TrustStore
) -> Fact[chain.ChainVerdict | None]:
    if tried.fetch is None:
        return Known(None)
    if tried.fetch.tls is None and isinstance(tried.fault, Unknown):
        return tried.fault
    return judged(tried.fetch, host, circumstances, store)
