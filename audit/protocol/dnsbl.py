"""DNS blocklists (RFC 5782): `2.0.0.127.<zone>` asks a list about 127.0.0.2, `example.org.<zone>` about a name.

A list is believed only while it names its test point and not the counterpart: dead lists name nobody, or the whole
world. Codes outside a list's own table are no listings; many lists answer with special codes to those whom they refuse.
"""

from __future__ import annotations

import hashlib
import ipaddress

from audit.catalog.blocklists import Blocklist, Blocklists, Code
from audit.catalog.providers import Providers
from audit.catalog.suffixes import registrable
from audit.model.evidence import Settings
from audit.model.fact import Fact, Known, Unestablished, Unknown, need
from audit.model.probe import Answer, Question
from audit.model.subject import Address, Domain, ListedName, ListEntry, ListZone, NameEntry, Run
from audit.model.value import dataclass
from audit.protocol.fanning import Children
from audit.protocol.inquiry import Steps, answer, attempt, every, inquiry, settle, texts
from audit.protocol.mx.hosts import mail_hosts
from audit.protocol.reverse import MailRole
from audit.protocol.vantage import RunMoment, vantage
from audit.syntax.addresses import special_use
from audit.syntax.escape import octet_text
from audit.syntax.names import DomainName, domain_name

LOOPBACK = ipaddress.ip_network("127.0.0.0/8")
REFUSALS = ipaddress.ip_network("127.255.255.0/24")
NEVER_A_LISTING = "127.0.0.1"
IPV4, IPV6, NAMES = "ipv4", "ipv6", "names"
TESTS = {IPV4: ("127.0.0.2", "127.0.0.1"), IPV6: ("::ffff:7f00:2", "::ffff:7f00:1")}
TEST_NAME, COUNTER_NAME = "test", "invalid"
MAX_REASONS, MAX_REASON = 3, 300
MAX_NAMES = 8
BUDGET = Unknown("budget")


@dataclass(frozen=True, slots=True)
class ListHealth:
    """Whether a list can be believed, for each kind of thing that it lists. False: it is broken for everybody."""

    ipv4: Fact[bool]
    ipv6: Fact[bool]
    names: Fact[bool]

    @property
    def usable(self) -> bool:
        """Whether it can be believed about anything."""
        return Known(True) in (self.ipv4, self.ipv6, self.names)

    def of(self, address: str) -> Fact[bool]:
        return self.ipv6 if ":" in address else self.ipv4


@dataclass(frozen=True, slots=True)
class ListHealths:
    """The health of every list that is asked: established once for the run."""

    entries: tuple[tuple[str, Fact[ListHealth]], ...]

    def of(self, list_id: str) -> Fact[ListHealth]:
        return dict(self.entries).get(list_id, Unknown("not_gathered"))


@dataclass(frozen=True, slots=True)
class Listing:
    """What a list says of an address or a name: the codes that list it, and those that only name a policy range."""

    listed: tuple[str, ...]
    policy: tuple[str, ...]
    listed_for: tuple[str, ...]  # what the codes mean
    policy_for: tuple[str, ...]
    reasons: tuple[str, ...]  # the list's own words, octets beyond ASCII escaped
    weight: int  # of the gravest code that lists it
    delist: str


@dataclass(frozen=True, slots=True)
class NameListing:
    """What a list of names says of a name."""

    said: Listing


@dataclass(frozen=True, slots=True)
class Approvals:
    """What each list of good senders says of an address: shown, and held neither for nor against anybody."""

    said: tuple[Fact[Listing], ...]


@dataclass(frozen=True, slots=True)
class NameApprovals:
    """What each list of good names says of a name."""

    said: tuple[Fact[Listing], ...]


@dataclass(frozen=True, slots=True)
class ListedNames:
    """The names of a domain that lists of names may hold, and the hole where others could not be found."""

    names: tuple[str, ...]
    hole: Unknown | None


def list_zones(_: Run, blocklists: Blocklists) -> Children[ListZone]:
    """Each list that is asked."""
    return Children(tuple(ListZone(b.id) for b in blocklists.entries))


def list_entries(address: Address, role: MailRole, blocklists: Blocklists, settings: Settings) -> Children[ListEntry]:
    """Each public address is looked up in each list that knows its family; of private ones no list can know. Those of
    which it is only known that their network may send are not worth a question to so many."""
    if role.possible:
        return Children(())
    fitting = _fitting(address, blocklists, settings)
    return Children(tuple(ListEntry(address.address, b.id) for b in fitting if not b.allows))


def names_listed(_: Domain, found: ListedNames, blocklists: Blocklists) -> Children[ListedName]:
    """Each name that is looked up; none where no list of names is asked."""
    if not any(b.names for b in blocklists.entries):
        return Children(())
    return Children(tuple(ListedName(n) for n in found.names), found.hole)


def name_entries(name: ListedName, blocklists: Blocklists) -> Children[NameEntry]:
    """Each name is looked up in each list of names, and in no other."""
    return Children(tuple(NameEntry(name.name, b.id) for b in blocklists.entries if b.names and not b.allows))


@inquiry
def listed_names(domain: Domain, providers: Providers) -> Steps[ListedNames]:
    """The domain, the domain that was registered, and those of its MX hosts that are not a known provider's."""
    mail = yield from settle(mail_hosts(domain))
    hosts = mail.value.hosts if isinstance(mail, Known) else ()
    own = [domain.name.removeprefix("www."), registrable(domain.name)]
    theirs = [registrable(h) for h in hosts if _is_name(h) and not providers.of_mx(h)]
    found = tuple(dict.fromkeys(n for n in (*own, *theirs) if n is not None))
    hole = mail if isinstance(mail, Unknown) else BUDGET if len(found) > MAX_NAMES else None
    return ListedNames(found[:MAX_NAMES], hole)


@inquiry
def list_health(zone: ListZone, blocklists: Blocklists, settings: Settings, moment: RunMoment) -> Steps[ListHealth]:
    """Ask a list for its test points before anything else."""
    blocklist = blocklists[zone.id]
    if blocklist.no_public_resolver and settings.resolver_kind == "public":
        raise Unestablished(Unknown("dnsbl.public_resolver"))
    seen_from = yield from vantage(Run(), settings, moment)
    if seen_from.rewriting == Known(True):  # whether the counterpart is absent cannot be seen
        raise Unestablished(Unknown("vantage.rewriting"))
    none: Fact[bool] = Unknown("dnsbl.family_not_listed")
    ipv4 = (yield from settle(_sound(blocklist, IPV4))) if blocklist.ipv4 else none
    ipv6 = (yield from settle(_sound(blocklist, IPV6))) if blocklist.ipv6 else none
    names = (yield from settle(_sound(blocklist, NAMES))) if blocklist.names else none
    return ListHealth(ipv4, ipv6, names)


@inquiry
def listing(entry: ListEntry, blocklists: Blocklists, healths: ListHealths) -> Steps[Listing]:
    """Look an address up in a list that can be believed."""
    return (yield from _believing(healths, blocklists[entry.list], entry.address))


@inquiry
def name_listing(entry: NameEntry, blocklists: Blocklists, healths: ListHealths) -> Steps[NameListing]:
    """Look a name up in a list of names that can be believed."""
    return NameListing((yield from _believing(healths, blocklists[entry.list], entry.name)))


@inquiry
def approvals(address: Address, blocklists: Blocklists, settings: Settings, healths: ListHealths) -> Steps[Approvals]:
    """Ask lists of good senders about an address."""
    lists = (b for b in _fitting(address, blocklists, settings) if b.allows)
    asked = (_believing(healths, b, address.address) for b in lists)
    return Approvals((yield from attempt(asked)))


@inquiry
def name_approvals(name: ListedName, blocklists: Blocklists, healths: ListHealths) -> Steps[NameApprovals]:
    """Ask lists of good names about a name."""
    asked = (_believing(healths, b, name.name) for b in blocklists.entries if b.names and b.allows)
    return NameApprovals((yield from attempt(asked)))


def _fitting(address: Address, blocklists: Blocklists, settings: Settings) -> tuple[Blocklist, ...]:
    """The lists that can know of an address."""
    if special_use(address.address, settings.allow_net):
        return ()
    ipv6 = ":" in address.address
    return tuple(b for b in blocklists.entries if (b.ipv6 if ipv6 else b.ipv4))


def _believing(healths: ListHealths, blocklist: Blocklist, what: str) -> Steps[Listing]:
    """Look something up in a list that can be believed."""
    health = need(healths.of(blocklist.id))
    return (yield from _look_up(what, blocklist, health.names if blocklist.names else health.of(what)))


def _look_up(what: str, blocklist: Blocklist, sound: Fact[bool]) -> Steps[Listing]:
    if not need(sound):
        raise Unestablished(Unknown("dnsbl.broken"))
    question = _question(what, blocklist)
    codes = _read(blocklist, (yield from answer(question)), question)
    reasons = (yield from settle(texts(question.name))) if codes else Known(())  # why is asked only after a hit
    listed = [(text, code) for text, code in codes if code.kind == "listed"]
    policy = [(text, code) for text, code in codes if code.kind == "policy"]
    return Listing(
        listed=tuple(dict.fromkeys(text for text, _ in listed)),
        policy=tuple(dict.fromkeys(text for text, _ in policy)),
        listed_for=tuple(dict.fromkeys(code.meaning for _, code in listed)),
        policy_for=tuple(dict.fromkeys(code.meaning for _, code in policy)),
        reasons=_words(reasons.value) if isinstance(reasons, Known) else (),
        weight=max((blocklist.weight_of(code) for _, code in listed), default=blocklist.weight),
        delist=blocklist.delist,
    )


def _sound(blocklist: Blocklist, kind: str) -> Steps[bool]:
    """RFC 5782 section 5: the test point is listed, its counterpart is not; nor is what nobody has.

    The last matters: below a test point that is kept, a wildcard does not cover the counterpart (RFC 4592 section 2.2).
    """
    points = (*_test_points(blocklist, kind), _nobody(blocklist, kind))
    questions = tuple(_question(p, blocklist) for p in points)
    listed, *unlisted = yield from every(answer(q) for q in questions)
    for got, question in zip((listed, *unlisted), questions, strict=True):
        if any(_refuses(blocklist, r) for r in got.records):
            raise Unestablished(Unknown("dnsbl.refused", (question,)))
    if any(got.records for got in unlisted):
        return False
    if _read(blocklist, listed, questions[0]) or not blocklist.test_entry:
        return True
    if blocklist.key is not None:  # whom a list does not know it may tell that nobody is listed
        raise Unestablished(Unknown("dnsbl.key", (questions[0],)))
    return False


def _test_points(blocklist: Blocklist, kind: str) -> tuple[str, str]:
    return (blocklist.test_name or TEST_NAME, COUNTER_NAME) if kind == NAMES else TESTS[kind]


def _nobody(blocklist: Blocklist, kind: str) -> str:
    """Something of the documentation ranges (RFC 5737, RFC 3849, RFC 6761), the same each time for a list."""
    pick = hashlib.sha256(blocklist.zone.encode()).digest()
    if kind == NAMES:
        return f"nobody-{pick[:4].hex()}.example"
    return f"198.51.100.{pick[0]}" if kind == IPV4 else f"2001:db8:{pick[0]:x}:{pick[1]:x}::1"


def _read(blocklist: Blocklist, got: Answer, question: Question) -> tuple[tuple[str, Code], ...]:
    """Each answer with what it means. One that cannot be read says nothing, unless another is a listing for certain."""
    read: list[tuple[str, Code]] = []
    unreadable = None
    for text in got.records:
        if ipaddress.ip_address(text) not in LOOPBACK:
            raise Unestablished(Unknown("dnsbl.rewritten", (question,)))
        if _refuses(blocklist, text):
            raise Unestablished(Unknown("dnsbl.refused", (question,)))
        meanings = blocklist.meanings(text)
        read += [(text, code) for code in meanings]
        if not meanings:
            unreadable = Unknown("dnsbl.unknown_code", (question,))
    if unreadable and not any(code.kind == "listed" for _, code in read):
        raise Unestablished(unreadable)
    return tuple(read)


def _words(reasons: tuple[str, ...]) -> tuple[str, ...]:
    """A list's own words, each as a phrase without a final dot."""
    return tuple(octet_text(r, MAX_REASON).rstrip(". ") for r in reasons[:MAX_REASONS])


def _refuses(blocklist: Blocklist, text: str) -> bool:
    """127.0.0.1 is what a list says that does not serve us, unless it means nothing by it: it is never a listing."""
    meanings = blocklist.meanings(text)
    if text == NEVER_A_LISTING or blocklist.refuses(text):
        return not any(code.kind == "ignored" for code in meanings)
    return not meanings and ipaddress.ip_address(text) in REFUSALS


def _question(what: str, blocklist: Blocklist) -> Question:
    if blocklist.names:
        return Question(name=f"{what}.{blocklist.zone}", rdtype="A")
    reverse = ipaddress.ip_address(what).reverse_pointer
    labels = reverse.removesuffix(".in-addr.arpa").removesuffix(".ip6.arpa")
    return Question(name=f"{labels}.{blocklist.zone}", rdtype="A")


def _is_name(host: str) -> bool:
    """Whether a host has a name as domains are registered: the DNS itself would take anything."""
    return isinstance(domain_name(host), DomainName)
