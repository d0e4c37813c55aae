"""Where a move of a domain's mail begins: all records that it touches, each as far as it could be seen.

The former providers show in the MX records; what belongs to them are their includes in the SPF record, their DKIM
selectors, and the names by which mail programs find them. How long others hold on to each comes from the zone's own
servers (`standing`), from the MTA-STS policy (RFC 8461 section 3.2), and from the zone above.
"""

from __future__ import annotations

from typing import Any

from audit.catalog.providers import Provider, Providers
from audit.model.evidence import Settings
from audit.model.fact import Fact, Known, Unknown
from audit.model.probe import RouteCheck
from audit.model.subject import Domain
from audit.model.value import dataclass
from audit.protocol.circumstances import Circumstances
from audit.protocol.inquiry import Steps, Work, ask, attempt, inquiry, settle
from audit.protocol.migration.goal import Goal
from audit.protocol.migration.standing import Denial, Standing, delegation_times, denial, standing
from audit.protocol.mta_sts.policy import PATH, StsPolicyFound, sts_policy, web_host
from audit.protocol.mta_sts.record import sts_record
from audit.protocol.spf.plan import PlanFault, SpfPlan, spf_plan
from audit.protocol.spf.plan import term as spf_term
from audit.protocol.spf.tree import SpfTree, spf_tree
from audit.protocol.vantage import Vantage
from audit.syntax.names import as_address, canonical
from audit.syntax.spf import Term

MAX_SELECTORS = 20
MAX_HOSTS = 4  # former mail hosts in the domain, at which TLSA records are looked for
SERVICES = ("_autodiscover", "_submission", "_submissions", "_imap", "_imaps", "_pop3", "_pop3s")
UNSEEN = Unknown("not_gathered")


@dataclass(frozen=True, slots=True)
class MoveWish:
    """What the user says of a move: where to, the former provider's selectors, and the servers of a new operator of
    the DNS."""

    goal: Goal
    selectors: tuple[str, ...] = ()
    name_servers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StsGround:
    """The MTA-STS policy that senders may hold: its text as served, and where. `id` is that of the record."""

    policy: StsPolicyFound
    id: str | None
    url: str


@dataclass(frozen=True, slots=True)
class MoveGround:
    """What a plan is made from. `sets` are the names that the move touches, with what stands there. `former` are those
    who take the mail now, as far as they are known; `leaving` the terms of the SPF record that are theirs alone."""

    domain: str
    sets: tuple[tuple[tuple[str, str], Fact[Standing]], ...]
    denial: Fact[Denial]
    sts: Fact[StsGround | None]
    former: tuple[Provider, ...]
    leaving: tuple[str, ...]
    spf: Fact[SpfTree]
    both: Fact[SpfPlan | PlanFault]  # the record with what the new provider needs beside what is there
    after: Fact[SpfPlan | PlanFault]  # the record without the former providers' terms
    delegation: Fact[tuple[Standing, Standing]] | None  # NS and DS; None where the servers stay

    def at(self, name: str, rdtype: str) -> Fact[Standing]:
        """What stands at a name; unknown where that was not asked."""
        return next((fact for key, fact in self.sets if key == (name, rdtype)), UNSEEN)

    @property
    def hosts(self) -> tuple[str, ...]:
        """Those that take the mail now, as far as known."""
        return _hosts(self.at(self.domain, "MX"))


@inquiry
def move_ground(
    domain: Domain, wish: MoveWish, providers: Providers, settings: Settings, circumstances: Circumstances
) -> Steps[MoveGround]:
    """Look at all that a move of a domain's mail touches."""
    here, goal = domain.name, wish.goal
    mx = yield from settle(standing(here, "MX"))
    hosts = _hosts(mx)
    former = tuple(dict.fromkeys(p for h in hosts if (p := providers.of_mx(h)) and p.id != goal.id))
    names = _names(here, wish, former, hosts)
    denied: Fact[Denial]
    sts: Fact[StsGround | None]
    tree: Fact[SpfTree]
    beside: tuple[Work[Any], ...] = (denial(here), _sts(domain, settings, circumstances), spf_tree(domain))
    denied, sts, tree, *found = yield from attempt((*beside, *(standing(*name) for name in names)))
    sets = (((here, "MX"), mx), *zip(names, found, strict=True))
    leaving = _leaving(tree, former, goal, providers)
    both, after = yield from _records(domain, goal, leaving, providers)
    delegation = None
    if wish.name_servers:
        apex = denied.value.apex if isinstance(denied, Known) else here
        delegation = yield from settle(delegation_times(apex))
    return MoveGround(
        domain=here,
        sets=sets,
        denial=denied,
        sts=sts,
        former=former,
        leaving=tuple(t.text for t in leaving),
        spf=tree,
        both=both,
        after=after,
        delegation=delegation,
    )


def former_keys(here: str, wish: MoveWish, former: tuple[Provider, ...]) -> tuple[str, ...]:
    """The names at which keys of those who leave may stand."""
    selectors = dict.fromkeys((*wish.selectors, *(s for provider in former for s in provider.selectors)))
    return tuple(f"{selector}._domainkey.{here}" for selector in tuple(selectors)[:MAX_SELECTORS])


def inside(name: str, domain: str) -> bool:
    """Whether a name lies in a domain."""
    return name == domain or name.endswith(f".{domain}")


def _names(
    here: str, wish: MoveWish, former: tuple[Provider, ...], hosts: tuple[str, ...]
) -> tuple[tuple[str, str], ...]:
    """All names that a move touches, beside the MX."""
    goal = wish.goal
    expected = [(r.name, r.type) for r in (*goal.keys, *goal.clients)]
    fixed = [(here, "TXT"), (f"_dmarc.{here}", "TXT"), (f"_mta-sts.{here}", "TXT"), (f"_smtp._tls.{here}", "TXT")]
    clients = [(f"{label}.{here}", "A") for label in ("autodiscover", "autoconfig", "mta-sts")]
    services = [(f"{service}._tcp.{here}", "SRV") for service in SERVICES]
    keys = [(name, "TXT") for name in former_keys(here, wish, former)]
    own = [(f"_25._tcp.{host}", "TLSA") for host in hosts if inside(host, here)][:MAX_HOSTS]
    own += [(f"_25._tcp.{host}", "TLSA") for host in goal.hosts if inside(host, here)][:MAX_HOSTS]
    servers = [(here, "NS")] if wish.name_servers else []
    return tuple(dict.fromkeys((*fixed, *servers, *clients, *services, *keys, *expected, *own)))


def _hosts(mx: Fact[Standing]) -> tuple[str, ...]:
    records = mx.value.records if isinstance(mx, Known) and mx.value.rdtype == "MX" else ()
    named = (canonical(r.split()[-1]) for r in records)
    return tuple(dict.fromkeys(h for h in named if h != "." and not as_address(h)))


def _sts(domain: Domain, settings: Settings, circumstances: Circumstances) -> Steps[StsGround | None]:
    """The policy that is announced; None where none is.

    Raises:
        Unestablished: that could not be seen, or the policy could not be fetched.
    """
    announced = yield from sts_record(domain, circumstances)
    if not announced.announced:
        return None
    routes = yield from attempt(ask(RouteCheck(family=f)) for f in ("ipv4", "ipv6"))
    by4, by6 = (Known(r.value.available) if isinstance(r, Known) else r for r in routes)
    vantage = Vantage(UNSEEN, UNSEEN, (), UNSEEN, UNSEEN, by4, by6, UNSEEN, UNSEEN)
    policy = yield from sts_policy(domain, settings, vantage, circumstances)
    record = announced.record
    return StsGround(policy, record.id if record else None, f"https://{web_host(domain)}{PATH}")


def _leaving(tree: Fact[SpfTree], former: tuple[Provider, ...], goal: Goal, providers: Providers) -> tuple[Term, ...]:
    """The includes of those who take the mail now and will not."""
    record = tree.value.root.record if isinstance(tree, Known) else None
    includes = [t for t in record.terms if t.name == "include" and t.target] if record else []
    wanted = {text.lower().lstrip("+") for text in goal.terms}
    theirs = [t for t in includes if providers.of_include(t.target or "") in former]
    return tuple(t for t in theirs if t.text.lower().lstrip("+") not in wanted)


def _records(
    domain: Domain, goal: Goal, leaving: tuple[Term, ...], providers: Providers
) -> Steps[tuple[Fact[SpfPlan | PlanFault], Fact[SpfPlan | PlanFault]]]:
    if not goal.terms:
        return UNSEEN, UNSEEN
    added = tuple(spf_term(text) for text in goal.terms)
    both = yield from settle(spf_plan(domain, added, (), providers))
    after = yield from settle(spf_plan(domain, added, leaving, providers))
    return both, after
