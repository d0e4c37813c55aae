"""DNS blocklists (RFC 5782): `2.0.0.127.<zone>` asks a list about 127.0.0.2.

A list is believed only while it names its test point and not the counterpart: dead lists name nobody, or the whole
world. Codes outside a list's own table are no listings; many lists answer with special codes to those whom they refuse.
"""

from __future__ import annotations

import hashlib
import ipaddress
from dataclasses import dataclass

from audit.catalog.blocklists import Blocklist, Blocklists, Code
from audit.model.evidence import Settings
from audit.model.fact import Fact, Known, Unestablished, Unknown
from audit.model.probe import Answer, Question
from audit.model.subject import Address, ListEntry, ListZone, Run
from audit.protocol.fanning import Children
from audit.protocol.inquiry import Steps, answer, every, inquiry, settle, texts
from audit.protocol.vantage import RunMoment, vantage
from audit.syntax.addresses import special_use
from audit.syntax.escape import octet_text

LOOPBACK = ipaddress.ip_network("127.0.0.0/8")
REFUSALS = ipaddress.ip_network("127.255.255.0/24")
NEVER_A_LISTING = "127.0.0.1"
TESTS = {4: ("127.0.0.2", "127.0.0.1"), 6: ("::ffff:7f00:2", "::ffff:7f00:1")}
MAX_REASONS, MAX_REASON = 3, 300


@dataclass(frozen=True, slots=True)
class ListHealth:
    """Whether a list can be believed, for each address family. False: it is broken for everybody."""

    ipv4: Fact[bool]
    ipv6: Fact[bool]

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
    """What a list says of an address: the codes that list it, and those that only name a policy range."""

    listed: tuple[str, ...]
    policy: tuple[str, ...]
    listed_for: tuple[str, ...]  # what the codes mean
    policy_for: tuple[str, ...]
    reasons: tuple[str, ...]  # the list's own words, octets beyond ASCII escaped
    weight: int
    delist: str


def list_zones(_: Run, blocklists: Blocklists) -> Children[ListZone]:
    """Each list that is asked."""
    return Children(tuple(ListZone(b.id) for b in blocklists.entries))


def list_entries(address: Address, blocklists: Blocklists, settings: Settings) -> Children[ListEntry]:
    """Each public address is looked up in each list that knows its family; of private ones no list can know."""
    if special_use(address.address, settings.allow_net):
        return Children(())
    ipv6 = ":" in address.address
    fitting = (b for b in blocklists.entries if (b.ipv6 if ipv6 else b.ipv4))
    return Children(tuple(ListEntry(address.address, b.id) for b in fitting))


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
    ipv4 = (yield from settle(_sound(blocklist, 4))) if blocklist.ipv4 else none
    ipv6 = (yield from settle(_sound(blocklist, 6))) if blocklist.ipv6 else none
    return ListHealth(ipv4, ipv6)


@inquiry
def listing(entry: ListEntry, blocklists: Blocklists, healths: ListHealths) -> Steps[Listing]:
    """Look an address up in a list that can be believed."""
    health = healths.of(entry.list)
    if isinstance(health, Unknown):
        raise Unestablished(health)
    sound = health.value.of(entry.address)
    if isinstance(sound, Unknown):
        raise Unestablished(sound)
    if not sound.value:
        raise Unestablished(Unknown("dnsbl.broken"))
    blocklist = blocklists[entry.list]
    question = _question(entry.address, blocklist)
    got = yield from answer(question)
    codes = _read(blocklist, got, question)
    reasons = (yield from settle(texts(question.name))) if codes else Known(())
    return Listing(
        listed=tuple(c.answer for c in codes if c.kind == "listed"),
        policy=tuple(c.answer for c in codes if c.kind == "policy"),
        listed_for=tuple(dict.fromkeys(c.meaning for c in codes if c.kind == "listed")),
        policy_for=tuple(dict.fromkeys(c.meaning for c in codes if c.kind == "policy")),
        reasons=_words(reasons.value) if isinstance(reasons, Known) else (),
        weight=blocklist.weight,
        delist=blocklist.delist,
    )


def _sound(blocklist: Blocklist, family: int) -> Steps[bool]:
    """RFC 5782 section 5: the test point is listed, its counterpart is not; nor is an address that nobody has.

    The last matters: below a test point that is kept, a wildcard does not cover the counterpart (RFC 4592 section 2.2).
    """
    questions = tuple(_question(a, blocklist) for a in (*TESTS[family], _nobody(blocklist, family)))
    listed, *unlisted = yield from every(answer(q) for q in questions)
    for got, question in zip((listed, *unlisted), questions, strict=True):
        if any(_refuses(blocklist, r) for r in got.records):
            raise Unestablished(Unknown("dnsbl.refused", (question,)))
    if any(got.records for got in unlisted):
        return False
    return bool(_read(blocklist, listed, questions[0])) or not blocklist.test_entry


def _nobody(blocklist: Blocklist, family: int) -> str:
    """An address of the documentation ranges (RFC 5737, RFC 3849), the same each time for a list."""
    pick = hashlib.sha256(blocklist.zone.encode()).digest()
    return f"198.51.100.{pick[0]}" if family == 4 else f"2001:db8:{pick[0]:x}:{pick[1]:x}::1"


def _read(blocklist: Blocklist, got: Answer, question: Question) -> tuple[Code, ...]:
    """What each answer means. One that cannot be read says nothing, unless another lists the address for certain."""
    read: list[Code] = []
    unreadable = None
    for text in got.records:
        if ipaddress.ip_address(text) not in LOOPBACK:
            raise Unestablished(Unknown("dnsbl.rewritten", (question,)))
        if _refuses(blocklist, text):
            raise Unestablished(Unknown("dnsbl.refused", (question,)))
        code = blocklist.code(text)
        if code is None:
            unreadable = Unknown("dnsbl.unknown_code", (question,))
        else:
            read.append(code)
    if unreadable and not any(c.kind == "listed" for c in read):
        raise Unestablished(unreadable)
    return tuple(read)


def _words(reasons: tuple[str, ...]) -> tuple[str, ...]:
    """A list's own words, each as a phrase without a final dot."""
    return tuple(octet_text(r, MAX_REASON).rstrip(". ") for r in reasons[:MAX_REASONS])


def _refuses(blocklist: Blocklist, text: str) -> bool:
    """127.0.0.1 is what a list says that does not serve us, unless it means something by it."""
    if blocklist.code(text) is not None:
        return False
    return text == NEVER_A_LISTING or blocklist.refuses(text) or ipaddress.ip_address(text) in REFUSALS


def _question(address: str, blocklist: Blocklist) -> Question:
    reverse = ipaddress.ip_address(address).reverse_pointer
    labels = reverse.removesuffix(".in-addr.arpa").removesuffix(".ip6.arpa")
    return Question(name=f"{labels}.{blocklist.zone}", rdtype="A")
