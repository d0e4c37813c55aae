"""What somebody says of a move of a domain's mail, and what was there before it: by this the rules of a move judge.

A zone alone doesn't tell a mistake from a wish: that an old host still stands in the MX records is a fault only if
somebody means to leave it. And what senders still hold of the time before, above all an MTA-STS policy (RFC 8461
section 5), decides what may change now.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from audit.catalog.migration import Migration
from audit.catalog.providers import Provider, Providers
from audit.catalog.suffixes import registry_domain
from audit.model.evidence import DomainOptions, Settings
from audit.model.fact import Fact, Known, Unknown, first_hole, need
from audit.model.probe import Question
from audit.model.subject import Domain
from audit.model.value import dataclass
from audit.protocol.authority import zone_apex
from audit.protocol.circumstances import Circumstances
from audit.protocol.dane import HostTlsa, dane_hosts
from audit.protocol.dkim.discovery import joined, only_key
from audit.protocol.dnssec.domain import domain_security
from audit.protocol.inquiry import Steps, ask, attempt, heard, inquiry, lookup, records, settle
from audit.protocol.migration.goal import PLACEHOLDER, Goal
from audit.protocol.mta_sts.cover import sts_heeded
from audit.protocol.mx.hosts import mail_hosts
from audit.protocol.spf.tree import spf_record
from audit.protocol.vantage import Vantage
from audit.syntax.chain import TrustStore
from audit.syntax.mta_sts import StsPolicy
from audit.syntax.names import canonical

LABELS = ("autodiscover", "autoconfig")
SERVICES = ("_autodiscover", "_imaps", "_imap", "_pop3s", "_pop3", "_submissions", "_submission")
MAX_KEYS = 20


@dataclass(frozen=True, slots=True)
class Lead:
    """A name by which mail programs find a provider, and where it leads."""

    name: str
    target: str


@dataclass(frozen=True, slots=True)
class Before:
    """What was there before a move. `leaving` are the SPF terms of those who took the mail; `keys` the names of their
    DKIM keys; `policy` what senders of MTA-STS heed; `dane`: whether senders of DANE were bound; `servers` and `signed`
    are of the zone, by its NS and DS records."""

    hosts: Fact[tuple[str, ...]]
    providers: tuple[Provider, ...]
    policy: Fact[StsPolicy | None]
    leaving: Fact[tuple[str, ...]]
    keys: Fact[tuple[str, ...]]
    leads: tuple[Fact[Lead | None], ...]
    dane: Fact[bool]
    servers: Fact[tuple[str, ...]]
    signed: Fact[bool]


@dataclass(frozen=True, slots=True)
class Relocation:
    """A move. `keys` are the names at which DKIM keys of the new provider have to stand, unknown where a value is
    lacking that makes a name; `observed_at` is the time of what was before, `moment` that of what is judged."""

    goal: Goal
    provider: str | None  # of the catalogue; None: servers of one's own
    keys: Fact[tuple[str, ...]]
    before: Before
    observed_at: datetime
    moment: datetime
    cutover: datetime

    def __hash__(self) -> int:
        return hash((self.goal.id, self.moment))  # a run has one


@dataclass(frozen=True, slots=True)
class MoveSight:
    """What stands at the names that a move touches and nothing else asks for. `keys`: whether there is a usable key, of
    the new provider's names and of those of before."""

    keys: tuple[tuple[str, Fact[bool]], ...]
    leads: tuple[Fact[Lead | None], ...]
    servers: Fact[tuple[str, ...]]

    def key(self, name: str) -> Fact[bool]:
        return dict(self.keys).get(name) or Unknown("not_gathered")


VALUE_LACKING = Unknown("migration.value_lacking")


def key_names(entry: Migration, domain: str, goal: Goal) -> Fact[tuple[str, ...]]:
    """The names at which a provider's DKIM keys have to stand."""
    if goal.keys:
        return Known(tuple(dict.fromkeys(r.name for r in goal.keys)))
    named = [r.name for r in entry.records if r.role == "dkim"]
    if any(PLACEHOLDER.search(name) for name in named):
        return VALUE_LACKING
    return Known(tuple(dict.fromkeys(f"{name}.{domain}" for name in named)))


@inquiry
def before_move(  # noqa: PLR0917 -- what an inquiry takes is found by type
    domain: Domain,
    goal_id: str,
    options: DomainOptions,
    settings: Settings,
    vantage: Vantage,
    circumstances: Circumstances,
    store: TrustStore,
    providers: Providers,
) -> Steps[Before]:
    """Look at what is there before a move, as far as it was seen."""
    mail = yield from settle(mail_hosts(domain))
    hosts: Fact[tuple[str, ...]] = mail if isinstance(mail, Unknown) else Known(mail.value.hosts)
    met = (providers.of_mx(h) for h in hosts.value) if isinstance(hosts, Known) else ()
    former = tuple(dict.fromkeys(p for p in met if p is not None and p.id != goal_id))
    policy = (yield from sts_heeded(domain, settings, vantage, circumstances, store)).policy
    leaving = yield from settle(_leaving(domain, former, providers))
    names = dict.fromkeys((*options.selectors, *(s for p in former for s in p.selectors)))
    keys = yield from settle(_keys(domain, tuple(names), former, providers))
    dane = yield from settle(dane_hosts(domain, settings, circumstances, vantage))
    bound = dane if isinstance(dane, Unknown) else _bound(fact for _, fact, _ in dane.value.rows)
    servers = yield from settle(_servers(domain))
    security = yield from settle(domain_security(domain, settings, circumstances, vantage))
    vouched = security if isinstance(security, Unknown) else security.value.ds
    signed = vouched if isinstance(vouched, Unknown) else Known(bool(vouched.value))
    leads = yield from _leads(domain)
    return Before(hosts, former, policy, leaving, keys, leads, bound, servers, signed)


@inquiry
def move_sight(domain: Domain, move: Relocation) -> Steps[MoveSight]:
    """Look at the names that a move touches."""
    wanted = [fact.value for fact in (move.keys, move.before.keys) if isinstance(fact, Known)]
    names = tuple(dict.fromkeys(name for each in wanted for name in each))
    found = yield from attempt(_is_key(name) for name in names)
    leads = yield from _leads(domain)
    servers = yield from settle(_servers(domain))
    return MoveSight(tuple(zip(names, found, strict=True)), leads, servers)


def _bound(facts: Iterable[Fact[HostTlsa]]) -> Fact[bool]:
    seen = tuple(facts)
    if any(isinstance(f, Known) and f.value.signed for f in seen):
        return Known(True)
    return first_hole(*seen) or Known(False)


def _leaving(domain: Domain, former: tuple[Provider, ...], providers: Providers) -> Steps[tuple[str, ...]]:
    """The includes of those who took the mail."""
    record = (yield from spf_record(domain)).record
    terms = [t for t in record.terms if t.name == "include" and t.target] if record else []
    return tuple(t.text for t in terms if providers.of_include(t.target or "") in former)


def _keys(
    domain: Domain, selectors: tuple[str, ...], former: tuple[Provider, ...], providers: Providers
) -> Steps[tuple[str, ...]]:
    """The names of the keys of those who took the mail: aliases that lead to them, or keys at their selectors."""
    names = tuple(f"{s}._domainkey.{domain.name}" for s in selectors)[:MAX_KEYS]
    theirs = {f"{s}._domainkey.{domain.name}" for p in former for s in p.selectors}
    found = yield from attempt(lookup(Question(name=name, rdtype="TXT")) for name in names)
    kept: list[str] = []
    for name, fact in zip(names, found, strict=True):
        if not isinstance(fact, Known):
            continue  # of what is not known to have been there nothing is said
        key = only_key(joined(fact.value))
        leads_there = any(providers.of_key(a) in former for a in fact.value.aliases)
        if key is not None and key.usable and (leads_there or (name in theirs and not fact.value.aliases)):
            kept.append(name)
    return tuple(kept)


def _is_key(name: str) -> Steps[bool]:
    key = only_key(joined((yield from lookup(Question(name=name, rdtype="TXT")))))
    return key is not None and key.usable


def _leads(domain: Domain) -> Steps[tuple[Fact[Lead | None], ...]]:
    aliases = [_alias(f"{label}.{domain.name}") for label in LABELS]
    services = [_service(f"{service}._tcp.{domain.name}") for service in SERVICES]
    return (yield from attempt((*aliases, *services)))


def _alias(name: str) -> Steps[Lead | None]:
    question = Question(name=name, rdtype="A")
    got = yield from ask(question)
    if got.aliases:
        return Lead(name, got.aliases[0])  # whatever is at the end
    need(heard(question, got))
    return None


def _service(name: str) -> Steps[Lead | None]:
    found = yield from records(Question(name=name, rdtype="SRV"))
    targets = [canonical(r.split()[-1]) for r in found if r.split()]
    return next((Lead(name, t) for t in targets if t != "."), None)


def _servers(domain: Domain) -> Steps[tuple[str, ...]]:
    """The servers that the zone names; asked as the delegation is looked at, where validation is not to hide them."""
    apex = yield from zone_apex(domain.name)
    found = yield from records(Question(name=apex, rdtype="NS", cd=True))
    return tuple(sorted(map(canonical, found)))


def belongs(target: str, before: Before, domain: str) -> bool:
    """Whether a name is one of those who took the mail. Where that was the domain itself, its mail hosts alone are."""
    hosts = before.hosts.value if isinstance(before.hosts, Known) else ()
    known = {entry.name for p in before.providers for entry in p.autodiscover}
    suffixes = {s for p in before.providers for s in (*p.mx, *p.spf)}
    theirs = {registry_domain(name) for name in (*hosts, *suffixes)} - {registry_domain(domain), None}
    return target in (*hosts, *known, *suffixes) or registry_domain(target) in theirs
