"""CAA (RFC 8659): which authorities may issue certificates for a name, and whether the one that did still may.

The set that applies to a name is found by climbing from it towards the root: the first name that has CAA records has
them for all below (section 3). Aliases are followed at each step, but the climb goes on from the name that was asked. A
wildcard certificate is issued for the name above its asterisk, so the climb for it begins there.

Mail servers need certificates, and so does the web server that gives the domain's MTA-STS policy.

Only an authority that issues to the public obeys CAA. So the certificate that is in use counts when its chain leads to
a trusted root.
"""

from __future__ import annotations

from audit.model.evidence import Settings
from audit.model.fact import Fact, Known, Unestablished, Unknown, first_hole, need
from audit.model.probe import Question
from audit.model.subject import CertifiedName, Domain, Host, Server
from audit.model.value import dataclass
from audit.protocol.certificate import judged_chain, shown
from audit.protocol.circumstances import Circumstances
from audit.protocol.fanning import Children
from audit.protocol.inquiry import Steps, attempt, inquiry, records, settle
from audit.protocol.mta_sts.policy import sts_certificates, sts_served, web_host
from audit.protocol.mta_sts.record import sts_record
from audit.protocol.mx.hosts import MAX_ADDRESSES, HostAddresses, HostTable, host_addresses
from audit.protocol.vantage import Vantage
from audit.syntax import caa, x509
from audit.syntax.addresses import special_use
from audit.syntax.chain import ChainVerdict, TrustStore

BUDGET = Unknown("budget")
NOT_ASKED = Unknown("not_selected")
MAX_HOSTS = 4  # the first that senders try
MAX_LABELS = 12  # climbed; each name is a question, which names below it share


@dataclass(frozen=True, slots=True)
class CaaSet:
    """The records that apply to a name, and where they stand; `at` is None where no name up to the root has any."""

    at: str | None
    records: tuple[str, ...]

    @property
    def properties(self) -> tuple[caa.Property, ...]:
        return tuple(caa.parse(record) for record in self.records)


@dataclass(frozen=True, slots=True)
class CertificateInUse:
    """A certificate that a name's servers show, from an authority that issues to the public.

    `organization` is the issuer's; None where it names none. With `wildcard` only a pattern in it covers the name.
    `applies` are the CAA records under which it would be renewed.
    """

    organization: str | None
    wildcard: bool
    applies: Fact[CaaSet]


@dataclass(frozen=True, slots=True)
class CertificatesInUse:
    """The certificates of a name's servers, each once; `hole` is a server that was not seen."""

    found: tuple[CertificateInUse, ...]
    hole: Unknown | None


@dataclass(frozen=True, slots=True)
class PolicyHost:
    """The host that gives the domain's MTA-STS policy; None where none is announced, or nobody can reach it."""

    name: Fact[str | None]


@inquiry
def caa_above(name: str) -> Steps[CaaSet]:
    """Climb from a name to the first that has CAA records.

    Raises:
        Unestablished: a name on the way did not answer, or there are too many.
    """
    labels = name.split(".")
    for at in range(min(len(labels), MAX_LABELS)):
        above = ".".join(labels[at:])
        found = yield from records(Question(name=above, rdtype="CAA"))
        if found:
            return CaaSet(above, found)
    if len(labels) > MAX_LABELS:
        raise Unestablished(BUDGET)
    return CaaSet(None, ())


@inquiry
def caa_set(name: CertifiedName) -> Steps[CaaSet]:
    """Find the CAA records that apply to a name."""
    return (yield from caa_above(name.name))


@inquiry
def policy_host(domain: Domain, settings: Settings, circumstances: Circumstances) -> Steps[PolicyHost]:
    """See whether the domain has a web server for its policy, which needs a certificate."""
    return PolicyHost((yield from settle(_policy_host(domain, settings, circumstances))))


@inquiry
def certificates_in_use(  # noqa: PLR0917 -- they are found by their types
    domain: Domain,
    name: CertifiedName,
    settings: Settings,
    vantage: Vantage,
    circumstances: Circumstances,
    store: TrustStore,
) -> Steps[CertificatesInUse]:
    """See who issued the certificates that a name's servers show: for mail, or for the domain's policy."""
    addresses = yield from host_addresses(Host(name.name))
    if name.name == web_host(domain):
        seen = yield from _by_web(domain, settings, vantage, circumstances, store)
    else:
        servers = tuple(Server(name.name, a) for a in _looked_at(addresses, settings))
        seen = yield from attempt(_in_use(server, settings, vantage, circumstances, store) for server in servers)
    used = tuple(dict.fromkeys(f.value for f in seen if isinstance(f, Known) and f.value is not None))
    applies = yield from attempt(caa_above(_asked(name.name, wildcard=wildcard)) for _, wildcard in used)
    found = tuple(CertificateInUse(*each, fact) for each, fact in zip(used, applies, strict=True))
    return CertificatesInUse(found, first_hole(*seen, addresses.ipv4, addresses.ipv6))


def certified_names(_: Domain, table: HostTable, web: PolicyHost, settings: Settings) -> Children[CertifiedName]:
    """Each host that takes the domain's mail, or gives its policy, and has an address that the internet reaches."""
    rows = table.rows[:MAX_HOSTS]
    mail = tuple(host for host, row in rows if isinstance(row, Known) and _public(row.value.known, settings))
    policy = (web.name.value,) if isinstance(web.name, Known) and web.name.value else ()
    found = tuple(CertifiedName(host) for host in dict.fromkeys((*mail, *policy)))
    over = BUDGET if len(table.rows) > MAX_HOSTS else table.hole
    return Children(found, over or first_hole(*(_unseen(row, settings) for _, row in rows), web.name))


def _public(addresses: tuple[str, ...], settings: Settings) -> tuple[str, ...]:
    """Those that the internet reaches: nobody out there sees what is shown at others."""
    return tuple(a for a in addresses if special_use(a, settings.allow_net) is None)


def _unseen(row: Fact[HostAddresses], settings: Settings) -> Unknown | None:
    """Why it is not known whether a host has such an address."""
    if isinstance(row, Unknown):
        return row
    return None if _public(row.value.known, settings) else first_hole(row.value.ipv4, row.value.ipv6)


def _policy_host(domain: Domain, settings: Settings, circumstances: Circumstances) -> Steps[str | None]:
    if not (yield from sts_record(domain, circumstances)).announced:
        return None
    found = yield from host_addresses(Host(web_host(domain)))
    if _public(found.known, settings):
        return web_host(domain)
    need(first_hole(found.ipv4, found.ipv6) or Known(None))
    return None


def _looked_at(addresses: HostAddresses, settings: Settings) -> tuple[str, ...]:
    families = (f.value[:MAX_ADDRESSES] for f in (addresses.ipv4, addresses.ipv6) if isinstance(f, Known))
    return _public(tuple(address for family in families for address in family), settings)


def _by_web(
    domain: Domain, settings: Settings, vantage: Vantage, circumstances: Circumstances, store: TrustStore
) -> Steps[tuple[Fact[tuple[str | None, bool] | None], ...]]:
    """The same of each address that the policy was fetched from; a hole where nobody tried."""
    if not settings.https:
        return (NOT_ASKED,)
    served = yield from sts_served(domain, settings, vantage, circumstances)
    judged = yield from sts_certificates(domain, settings, vantage, circumstances, store)
    shown_there = {t.address: t.fetch.tls.chain for t in served.tries if t.fetch and t.fetch.tls}
    seen = tuple(_of_chain(web_host(domain), shown_there.get(at, ()), fact) for at, fact in judged.chains)
    return (*seen, judged.hole) if judged.hole else seen


def _of_chain(
    host: str, sent: tuple[bytes, ...], judged: Fact[ChainVerdict | None]
) -> Fact[tuple[str | None, bool] | None]:
    if isinstance(judged, Unknown):
        return judged
    leaf = x509.parse(sent[0]) if sent else None
    if leaf is None or judged.value is None or not judged.value.anchored:
        return Known(None)
    return Known(_issued(host, leaf))


def _issued(host: str, leaf: x509.Certificate) -> tuple[str | None, bool] | None:
    """Who issued a certificate for the host, and whether for a pattern alone; None where it is for other names."""
    names = {name.lower().rstrip(".") for name in leaf.dns_names}
    if host in names:
        return leaf.issuer_organization, False
    return (leaf.issuer_organization, True) if any(x509.covers(name, host) for name in names) else None


def _in_use(
    server: Server, settings: Settings, vantage: Vantage, circumstances: Circumstances, store: TrustStore
) -> Steps[tuple[str | None, bool] | None]:
    """The organization behind a server's certificate, and whether a pattern alone covers its name; None without a
    certificate from a public authority."""
    seen = yield from shown(server, settings, vantage)
    judged = yield from judged_chain(server, settings, vantage, circumstances, store)
    if seen.leaf is None or judged.verdict is None or not judged.verdict.anchored:
        return None
    return _issued(server.host, seen.leaf)


def _asked(name: str, *, wildcard: bool) -> str:
    """Where the climb begins."""
    return (name.partition(".")[2] if wildcard else "") or name
