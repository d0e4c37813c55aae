"""The cases of a rule are evidence, and this is how it is written: zone text, and sessions for mail servers.

    story.example.       TXT  "v=spf1 include:a.example -all"
    dead.example.        TXT  servfail                        # a mark instead of data
    192.0.2.1            PTR  mx.story.example.               # an address as owner: its reverse name
    192.0.2.1@list.test  A    127.0.0.2                       # an address in a blocklist
    story.example.       60 MX  10 mx.story.example.          # with its TTL, which is else an hour
    gone.example.        NS@198.51.100.53  lame               # as one server has it, asked directly
    story.example.       MX+dnssec  servfail                  # only where signatures are asked for
    story.example.       NS@198.51.100.1   referral ns1.story.example=192.0.2.53 ns2.other.example
    story.example.       SOA@192.0.2.53/tcp timeout           # by one transport alone
    story.example.       ANY@192.0.2.53    cached             # a manner: without authority; `plain`: without EDNS

A mark is a status: `servfail`, `timeout`, `bogus`, `nodata` …. `ANY` marks all types of a name, and `+1` after a mark
the first repetition only. A server that is asked directly answers with authority, and as the rest of the text has it
where it has nothing of its own. Names that are not in the text don't exist, unless a name below them does. A case is
replayed through the survey and the rules as recorded evidence is; nothing is made by hand in between.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterator, Mapping
from dataclasses import KW_ONLY, dataclass, field, replace
from functools import cache
from typing import Any

from audit.catalog.blocklists import Blocklists, load_blocklists
from audit.catalog.issuers import Issuers, load_issuers
from audit.catalog.profiles import Thresholds
from audit.catalog.providers import Providers, load_providers
from audit.catalog.selectors import Selectors, load_selectors
from audit.model.evidence import DomainOptions, Settings, Sighting
from audit.model.fact import Fact, Known
from audit.model.hello import Offer, TlsFlight, TlsHello
from audit.model.opinion import NOT_ASKED, SecondOpinion
from audit.model.own import OwnProbes
from audit.model.probe import (
    Answer,
    DnsStatus,
    ExtendedError,
    FetchOutcome,
    HttpsFetch,
    HttpsGet,
    Outcome,
    Probe,
    Question,
    Route,
    RouteCheck,
    SmtpSession,
    SmtpVisit,
    StageName,
)
from audit.model.report import Argument, Finding, Result, Severity
from audit.model.subject import Domain, ListZone, Run
from audit.protocol.circumstances import Circumstances
from audit.protocol.dkim.census import NO_CENSUS, KeyCensus
from audit.protocol.dkim.history import Sightings
from audit.protocol.dnsbl import ListHealth, ListHealths
from audit.protocol.drive import replay
from audit.protocol.migration.relocation import Relocation
from audit.protocol.revocation import Revocation
from audit.protocol.smtp import Mangled
from audit.protocol.survey import FULL_FACTS, MOVING, STANDARD_FACTS, Plan, Survey, survey
from audit.protocol.vantage import RunMoment, Vantage, believed
from audit.rules.engine import Engine
from audit.rules.registry import RULES
from audit.rules.rule import Rule
from audit.syntax.chain import TrustStore
from tests.rules import hellos, pki, sessions
from tests.rules.pki import NOW
from tests.signed import Internet

Seen = Callable[[Probe[Any]], Any]

DOMAIN = "story.example"
MARKS = {str(s): s for s in DnsStatus if s is not DnsStatus.NOERROR}
MANNERS = frozenset({"cached", "plain"})
NAMES_IN = frozenset({"MX", "PTR", "NS", "CNAME"})
TTL = 3600  # seconds
FULL_ONLY = STANDARD_FACTS | FULL_FACTS | {Revocation}  # what is asked only of cases that set `tls_depth`, `revocation`
GONE = "gone"  # what is expected of a rule that has no subject

SETTINGS = Settings(
    profile="baseline",
    smtp=True,
    smtp_port=25,
    smtp_off_because=None,
    https=True,
    https_port=443,
    https_off_because=None,
    ehlo="audit.example.net",
    blocklists=("spamcop", "spamhaus-zen"),
    allow_net=("192.0.2.0/24", "198.51.100.0/24", "2001:db8::/32"),
    canaries=("canary-1.test", "canary-2.test"),
    absent_name="absent.test",
    resolver_kind="loopback",
    second_opinion=False,
)

RUN_ZONE = """
    .                                SOA  "a.root-servers.net. nstld.example. 1 1800 900 604800 86400"
    canary-1.test.                   A    198.51.100.251
    canary-2.test.                   A    198.51.100.252
    canary-1.test.                   AAAA 2001:db8:ca::1
    canary-2.test.                   AAAA 2001:db8:ca::2
    127.0.0.2@bl.spamcop.net         A    127.0.0.2
    127.0.0.2@zen.spamhaus.org       A    127.0.0.2
    ::ffff:7f00:2@zen.spamhaus.org   A    127.0.0.2
"""
EXPIRED = ExtendedError(code=7, text="signature expired")
ROOT_SIGNATURE = "SOA 8 0 86400 20261205050000 20261122040000 12345 . c2lnbmF0dXJl"


@dataclass(frozen=True, slots=True)
class Case:
    """A rule, what is expected of it, and the evidence that leads there. What is None is not looked at."""

    rule: str
    expected: str  # a Result, or GONE
    zone: str = ""
    _: KW_ONLY
    why: str = ""
    domain: str = DOMAIN
    options: DomainOptions = field(default_factory=DomainOptions)
    sessions: Mapping[str, SmtpSession] = field(default_factory=dict)  # by address; all others are healthy
    fetches: Mapping[str, HttpsFetch] = field(default_factory=dict)  # by URL, or by "URL ADDRESS"; no others are held
    hellos: Mapping[Offer | tuple[Offer, int], TlsFlight] = field(default_factory=dict)  # the rest as a server of today
    mangled: Mangled = field(default_factory=Mangled)
    settings: Mapping[str, Any] = field(default_factory=dict)
    thresholds: Thresholds = field(default_factory=Thresholds)
    root_signature: str | None = ROOT_SIGNATURE
    routes: frozenset[str] = frozenset({"ipv4", "ipv6"})
    opinion: SecondOpinion = NOT_ASKED
    own: OwnProbes | None = None  # what each server showed to its own user; else its rules are not judged, as in audits
    move: Relocation | None = (
        None  # what somebody says of a move of the mail; else its rules are not judged, as in audits
    )
    sightings: tuple[Sighting, ...] | None = None
    census: KeyCensus = NO_CENSUS
    internet: Internet | None = None  # signed zones; what they hold need not stand in `zone`
    authenticated: frozenset[str] = frozenset()  # names of which the resolver says that it has validated them
    subject: str | None = None
    severity: str | None = None
    arguments: Mapping[str, Argument] | None = None
    reason: str | None = None

    @property
    def id(self) -> str:
        return f"{self.rule} {self.expected}{f' {self.why}' if self.why else ''}"


# ---- zone text ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Zone:
    records: Mapping[tuple[str, str], tuple[str, ...]]
    marks: Mapping[tuple[str, str, int | None], DnsStatus]
    names: frozenset[str]
    ttls: Mapping[tuple[str, str], int] = field(default_factory=dict)
    manners: frozenset[tuple[str, str, str]] = frozenset()  # owner, type, manner
    referrals: Mapping[tuple[str, str], Answer] = field(default_factory=dict)

    def answer(self, question: Question) -> Answer:
        """What the run's resolver, or one server that is asked directly, says."""
        if question.server is None:
            return self._answer(question)
        by = question.transport
        places = (*((f"{question.server}/{by}",) if by else ()), f"{question.server}")
        owned = (replace(question, rdtype=f"{question.rdtype}@{place}") for place in places)
        own = (q for q in owned if self.mark(q.name, q) or self.records.get((q.name, q.rdtype)))
        chosen = next(own, None)
        if chosen is None and (referral := self.referrals.get((question.name, f"{question.rdtype}@{question.server}"))):
            return referral
        got = self._answer(chosen or question)
        manners = {m for o, t, m in self.manners for p in places if o == question.name and t in _types(question, p)}
        flags = ("aa",) if got.speaks and "cached" not in manners else got.flags
        return replace(got, flags=flags, edns="plain" not in manners)

    def _answer(self, question: Question) -> Answer:
        name = question.name
        aliases: list[str] = []
        while True:
            owner = self.owner(name)
            status = self.mark(owner, question)
            if status:
                return Answer(status=status, aliases=tuple(aliases), authority=self.authority(owner, status))
            target = self.records.get((owner, "CNAME"))
            if not target or question.rdtype == "CNAME":
                break
            name = target[0].removesuffix(".")
            again = name in (question.name, *aliases)
            aliases.append(name)
            if again or len(aliases) > 8:
                return Answer(status=DnsStatus.CNAME_CHAIN, aliases=tuple(aliases))
        found = self.records.get((owner, question.rdtype), ())
        status = DnsStatus.NOERROR if found else DnsStatus.NODATA if owner in self.names else DnsStatus.NXDOMAIN
        ttl = self.ttls.get((owner, question.rdtype), TTL) if found else None
        return Answer(
            status=status,
            records=found,
            aliases=tuple(aliases),
            authority=() if found else self.authority(name, status),
            ttl=ttl,
        )

    def authority(self, name: str, status: DnsStatus) -> tuple[str, ...]:
        """The SOA of the zone that denies a name (RFC 2308), or the NS of the delegation that a server leads to."""
        if status is DnsStatus.LAME:
            return (f"{name}. {TTL} NS ns.elsewhere.test.",)
        if status not in (DnsStatus.NODATA, DnsStatus.NXDOMAIN):
            return ()
        apexes = (above for above in (*_ancestry(name), ".") if (above, "SOA") in self.records)
        return tuple(f"{apex.removesuffix('.')}. {TTL} SOA {self.records[apex, 'SOA'][0]}" for apex in apexes)[:1]

    def mark(self, name: str, question: Question) -> DnsStatus | None:
        at = question.rdtype.partition("@")[2]
        for rdtype in (question.rdtype, f"ANY@{at}") if at else (question.rdtype, "ANY"):
            for repeat in (question.repeat, None):
                if found := self.marks.get((name, rdtype, repeat)):
                    return found
        return None

    def owner(self, name: str) -> str:
        """The name, or the wildcard below the closest name above it that exists (RFC 4592)."""
        above = name
        while above not in self.names and "." in above:
            above = above.split(".", 1)[1]
        wildcard = f"*.{above}"
        return wildcard if above != name and wildcard in self.names else name


@cache
def zone(text: str) -> Zone:
    records: dict[tuple[str, str], list[str]] = {}
    marks: dict[tuple[str, str, int | None], DnsStatus] = {}
    ttls: dict[tuple[str, str], int] = {}
    manners: set[tuple[str, str, str]] = set()
    referrals: dict[tuple[str, str], Answer] = {}
    for line in text.splitlines():
        if not (words := line.split("#", 1)[0].split(None, 2)):
            continue
        owner = _owner(words[0])
        if words[1].isdigit():
            ttl, words = int(words[1]), [words[0], *words[2].split(None, 1)]
            ttls[owner, words[1]] = ttl
        rdtype, data = words[1], words[2].strip()
        word, _, repeat = data.partition(" +")
        if word in MANNERS:
            manners.add((owner, rdtype, word))
        elif word.startswith("referral "):
            referrals[owner, rdtype] = _referral(owner, word.split()[1:])
        elif word in MARKS:
            marks[owner, rdtype, int(repeat) if repeat else None] = MARKS[word]
        else:
            records.setdefault((owner, rdtype), []).append(_data(rdtype, data))
    held = {*records, *((owner, rdtype) for owner, rdtype, _ in marks)}
    owners = {owner for owner, rdtype in held if "@" not in rdtype and "+" not in rdtype}
    names = frozenset(above for owner in owners for above in _ancestry(owner))
    rest = (marks, names, ttls, frozenset(manners), referrals)
    return Zone({k: tuple(sorted(v)) for k, v in records.items()}, *rest)


def _types(question: Question, place: str) -> tuple[str, str]:
    return f"{question.rdtype}@{place}", f"ANY@{place}"


def _referral(owner: str, servers: list[str]) -> Answer:
    """What a parent's server says: the names of the child's servers, with glue behind `=`."""
    named = [word.partition("=") for word in servers]
    return Answer(
        status=DnsStatus.LAME,
        authority=tuple(f"{owner}. {TTL} NS {name}." for name, _, _ in named),
        glue=tuple(f"{name}. {TTL} {'AAAA' if ':' in a else 'A'} {a}" for name, _, a in named if a),
    )


def reverse(address: str, below: str = "") -> str:
    """The reverse name of an address, or its name in a blocklist."""
    pointer = ipaddress.ip_address(address).reverse_pointer
    return f"{pointer.removesuffix('.in-addr.arpa').removesuffix('.ip6.arpa')}.{below}" if below else pointer


def _owner(word: str) -> str:
    address, at, blocklist = word.partition("@")
    if at:
        return reverse(address, blocklist)
    try:
        return reverse(word)
    except ValueError:
        return word.lower() if word == "." else word.lower().removesuffix(".")


def _data(rdtype: str, text: str) -> str:
    if rdtype.partition("@")[0] not in NAMES_IN:
        return text
    return f"{text.lower().removesuffix('.')}."


def _ancestry(name: str) -> Iterator[str]:
    labels = name.split(".")
    return (".".join(labels[i:]) for i in range(len(labels)))


# ---- replay -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class World:
    """What the world of a case says; each answer that was asked for is kept, as evidence is."""

    case: Case
    asked: dict[Probe[Any], Any] = field(default_factory=dict)

    def __call__(self, probe: Probe[Any]) -> Any:
        return self.asked.setdefault(probe, self._said(probe))

    def _said(self, probe: Probe[Any]) -> Any:
        if isinstance(probe, Question):
            if proved := self._proved(probe):
                return proved
            got = _both(self.case.zone).answer(probe)
            signed = self.case.root_signature if probe.name == "." and probe.dnssec else None
            if got.status is DnsStatus.BOGUS:
                return replace(got, ede=(EXPIRED,))
            return replace(got, signatures=(signed,), flags=("ad",)) if signed else got
        if isinstance(probe, SmtpVisit):
            return self.case.sessions.get(probe.address) or sessions.healthy(pki.good(probe.host))
        if isinstance(probe, TlsHello):
            at_last = self.case.hellos.get((probe.offer, probe.repeat)) or self.case.hellos.get(probe.offer)
            return at_last or hellos.today(probe)
        if isinstance(probe, HttpsGet):
            by_address = self.case.fetches.get(f"{probe.url} {probe.address}")
            return by_address or self.case.fetches.get(probe.url) or HttpsFetch(outcome=FetchOutcome.NOT_GATHERED)
        return Route(available=isinstance(probe, RouteCheck) and probe.family in self.case.routes)

    def _proved(self, question: Question) -> Answer | None:
        """What a signed internet says, but where the case has text of its own for the name and type."""
        internet, own = self.case.internet, zone(self.case.zone)
        if internet is None or question.server is not None:
            return None
        asked = replace(question, rdtype=f"{question.rdtype}+dnssec") if question.dnssec else question
        if mark := own.mark(question.name, asked):
            return Answer(status=mark) if question.dnssec else None
        if question.dnssec and question.cd:
            return internet.answer(question)
        if (question.name, question.rdtype) in own.records or not internet.holds(question.name):
            return None
        got = internet.answer(question)
        return replace(got, flags=("ad", "ra")) if question.name in self.case.authenticated else got


@cache
def _both(text: str) -> Zone:
    """The zone of the run, in which what a case writes of the same owner and type counts instead."""
    run, own = zone(RUN_ZONE), zone(text)
    written = {*own.records, *((owner, rdtype) for owner, rdtype, _ in own.marks)}
    kept = {k: v for k, v in run.records.items() if k not in written}
    rest = (own.ttls, own.manners, own.referrals)
    return Zone({**kept, **own.records}, own.marks, run.names | own.names, *rest)


@dataclass(frozen=True, slots=True)
class Replayed:
    """All that is found in a case, and the surveys that it was found by."""

    run: Survey
    domain: Survey
    insights: tuple[Finding, ...]
    findings: tuple[Finding, ...]
    faults: tuple[BaseException, ...]

    @property
    def all(self) -> tuple[Finding, ...]:
        return (*self.insights, *self.findings)


def not_gathered(probe: Probe[Any]) -> Any:
    """What evidence says of a probe that it does not hold."""
    if isinstance(probe, Question):
        return Answer(status=DnsStatus.NOT_GATHERED)
    if isinstance(probe, HttpsGet):
        return HttpsFetch(outcome=FetchOutcome.NOT_GATHERED)
    if isinstance(probe, TlsHello):
        return hellos.before(StageName.CONNECT, Outcome.NOT_GATHERED)
    return sessions.not_gathered() if isinstance(probe, SmtpVisit) else Route(available=False)


def replayed(case: Case, seen: Seen | None = None, rules: tuple[Rule, ...] = RULES) -> Replayed:
    """Survey the run, then the domain, and judge both."""
    faults: list[BaseException] = []
    seen = seen or World(case)
    run, insights = run_replayed(case, seen, faults, rules)
    domain, findings = domain_replayed(case, run, seen, faults, rules)
    return Replayed(run, domain, insights, findings, tuple(faults))


def run_replayed(
    case: Case, seen: Seen, faults: list[BaseException], rules: tuple[Rule, ...] = RULES
) -> tuple[Survey, tuple[Finding, ...]]:
    """What the run itself establishes, and what there is to say of it."""
    settings, blocklists = _chosen(case)
    scope: dict[type, Any] = {
        Settings: settings,
        Blocklists: blocklists,
        KeyCensus: case.census,
        RunMoment: RunMoment(NOW),
    }
    run, traced = replay(survey(Run(), scope, Plan.of(settings)), seen, faults.append)
    assert isinstance(run, Known), run
    return run.value, Engine(rules, {}, faults.append).judge(run.value, traced)


def domain_replayed(
    case: Case, run: Survey, seen: Seen, faults: list[BaseException], rules: tuple[Rule, ...] = RULES
) -> tuple[Survey, tuple[Finding, ...]]:
    """What is established of the domain, seen from where the run stands, and what there is to say of it."""
    scope, plan = domain_scope(case, run)
    domain, traced = replay(survey(Domain(case.domain), scope, plan), domain_sight(seen, run), faults.append)
    assert isinstance(domain, Known), domain
    return domain.value, Engine(judged(case, rules, plan), {}, faults.append).judge(domain.value, traced)


def domain_scope(case: Case, run: Survey) -> tuple[dict[type, Any], Plan]:
    """The constants of a domain's survey, and what it asks for."""
    settings, blocklists = _chosen(case)
    healths = tuple((c.subject.id, c.facts[ListHealth]) for c in run.children if isinstance(c.subject, ListZone))
    scope: dict[type, Any] = {
        Settings: settings,
        Blocklists: blocklists,
        Vantage: _vantage(run),
        ListHealths: ListHealths(healths),
        DomainOptions: case.options,
        Circumstances: Circumstances(NOW),
        Sightings: Sightings(case.sightings),
        Thresholds: case.thresholds,
        SecondOpinion: case.opinion,
        **({OwnProbes: case.own} if case.own else {}),
        **({Relocation: case.move} if case.move else {}),
        Mangled: case.mangled,
        Issuers: load_issuers(),
        Providers: load_providers(),
        Selectors: load_selectors(),
        TrustStore: store(),
    }
    return scope, plan_of(case)


def judged(case: Case, rules: tuple[Rule, ...], plan: Plan) -> tuple[Rule, ...]:
    """Of some rules, those that are judged where this is asked for."""
    special = FULL_ONLY | (frozenset() if case.own else {OwnProbes}) | (frozenset() if case.move else MOVING)
    return tuple(r for r in rules if not special & {t for _, t in r.judge.takes} or plan.has(r.judge))


def plan_of(case: Case) -> Plan:
    """What the survey of a case asks for."""
    plan = Plan.of(_chosen(case)[0])
    return plan.moving() if case.move else plan


def _vantage(run: Survey) -> Vantage:
    vantage: Fact[Vantage] = run.facts[Vantage]
    assert isinstance(vantage, Known), vantage
    return vantage.value


def selected(case: Case) -> tuple[Rule, ...]:
    """The rules that a run with these settings judges."""
    plan = plan_of(case)
    return tuple(r for r in RULES if plan.has(r.judge))


def _chosen(case: Case) -> tuple[Settings, Blocklists]:
    anchors = {"trust_anchors": (case.internet.anchor,)} if case.internet else {}
    settings = replace(SETTINGS, **{**anchors, **case.settings})
    return settings, load_blocklists().selected(settings.blocklists or ())


@cache
def store() -> TrustStore:
    return TrustStore.of((pki.root(),))


def domain_sight(seen: Seen, run: Survey) -> Seen:
    """What is believed of what is seen, from where the run stands."""
    world = believed(lambda probe, done: done(seen(probe)), _vantage(run))

    def answered(probe: Probe[Any]) -> Any:
        came: list[Any] = []
        world(probe, came.append)
        return came[0]

    return answered


@dataclass(frozen=True, slots=True)
class _Shown:
    """The evidence of a case, by its text: what is expected of it is not looked at."""

    text: str
    case: Case = field(compare=False)


def evidence_of(case: Case) -> str:
    """What a case shows, without what is expected of it."""
    return repr(replace(case, rule="", expected="", why="", subject=None, severity=None, arguments=None, reason=None))


def found(case: Case) -> Replayed:
    """What is found in a case, worked out once for all that show the same."""
    return _found(_Shown(evidence_of(case), case))


@cache
def _found(shown: _Shown) -> Replayed:
    return replayed(shown.case)


def check(case: Case) -> Finding | None:
    """Hold what is found to what a case expects."""
    came = found(case)
    assert not came.faults, came.faults
    about = [f for f in came.all if f.rule == case.rule and case.subject in (None, f.subject.name)]
    if case.expected == GONE:
        assert not about, about
        return None
    assert len(about) == 1, f"{len(about)} findings: name the subject: {[f.subject.name for f in about]}"
    (finding,) = about
    assert (finding.result, finding.reason) == (Result(case.expected), case.reason), finding
    if case.severity is not None:
        assert finding.severity == Severity(case.severity), finding
    if case.arguments is not None:
        assert case.arguments.items() <= finding.arguments.items(), finding
    return finding
