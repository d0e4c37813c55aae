"""Each zone of a signed tree gets its right state, whoever resolves: our own validation against unbound's, and against
resolvers that validate nothing, that claim everything, or that say nothing of it."""

from __future__ import annotations

import asyncio
import subprocess
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import dns.dnssec
import dns.flags
import dns.message
import dns.query
import dns.rcode
import pytest

from audit.model.fact import Fact, Known
from audit.network.client import Network
from audit.network.options import Endpoint, NetworkOptions
from audit.protocol.dnssec.security import Security, security
from audit.protocol.dnssec.trust import Trust
from audit.protocol.drive import Drive
from audit.syntax.dnssec.state import State
from tests.real.command import Audit, audited_through
from tests.real.daemons import program
from tests.real.forwarder import claim, disclaim, forwarding, strip
from tests.real.internet import required
from tests.real.place import Place, claimed
from tests.real.signed_tree import LIVE, Tree, growing

pytestmark = pytest.mark.real

SECURE = """
    . SOA               test SOA             test DNSKEY          nowhere TXT          nowhere.test TXT
    good.test MX        good.test AAAA       no.good.test A       deep.good.test TXT   good.test DS
    hashed.test MX      hashed.test AAAA     no.hashed.test A     deep.hashed.test TXT in.good.test A
    wild.test MX        any.wild.test MX     a.b.wild.test MX     any.wild.test A      lost.good.test A
    wildhashed.test MX  any.wildhashed.test MX any.wildhashed.test A a.b.wildhashed.test MX
    soon.test MX        olddigest.test MX    rounds.test MX       no.rounds.test A     manyrounds.test MX
    sha1.test MX        sha1hashed.test MX   no.sha1hashed.test A weak.test MX         sha512.test MX
    p384.test MX        ed25519.test MX      no.ed25519.test A    ed448.test MX        optout.test MX
    live.knot.test MX   knot.test DS         unsigned.test DS     bogus.test DS        island.test DS
    optout.test DS      no.live.knot.test A  live.knot.test DS    knot.test SOA
    altered.test MX     _dmarc.altered.test TXT bare.test TXT     bare.test MX
"""
INSECURE = """
    unsigned.test MX    unsigned.test AAAA   no.unsigned.test A   out.good.test A
    island.test MX      no.island.test A     strange.test MX      no.strange.test A
    no.manyrounds.test A manyrounds.test AAAA child.optout.test MX no.child.optout.test A no.optout.test A
"""
BOGUS = """
    bogus.test MX       bogus.test AAAA      no.bogus.test A      bad.good.test A
    future.test MX      no.future.test A     wrong.test MX        no.wrong.test A
    stripped.test MX    no.stripped.test A   altered.test TXT     _dmarc.bare.test TXT
"""
EXPECTED = {
    (name, kind): state
    for state, text in ((State.SECURE, SECURE), (State.INSECURE, INSECURE), (State.BOGUS, BOGUS))
    for name, kind in zip(*[iter(text.split())] * 2, strict=True)
}
WAYS = ("validating", "plain", "claiming", "disclaiming", "stripping")


@pytest.fixture(scope="module")
def place() -> Iterator[Place]:
    required("knotd", "knotc")
    with claimed() as found:
        yield found


@pytest.fixture(scope="module")
def tree(place: Place, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tree]:
    with growing(tmp_path_factory.mktemp("tree"), place) as grown:
        yield grown


@dataclass(frozen=True, slots=True)
class Seen:
    """What came out by one way, and with how many questions."""

    facts: dict[tuple[str, str], Fact[Security]]
    asked: int


async def establish(nameserver: Endpoint, anchor: str, questions: tuple[tuple[str, str], ...]) -> Seen:
    """Drive the protocol over the real network, as the gathering of one domain does."""
    options = NetworkOptions(nameservers=(nameserver,), question_timeout=20.0, first_timeout=5.0)
    network = Network(options, lambda: datetime.now(UTC))
    trust = Trust((anchor,), datetime.now(UTC))
    facts: dict[tuple[str, str], Fact[Security]] = {}
    everything: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    drive = Drive(network)

    def ended(question: tuple[str, str], fact: Fact[Security], _: object) -> None:
        facts[question] = fact
        if len(facts) == len(questions):
            everything.set_result(None)

    for name, kind in questions:
        drive.begin(security(name, kind, trust), partial(ended, (name, kind)))
    try:
        await asyncio.wait_for(everything, 60)
    finally:
        await network.close()
    return Seen(facts, network.asked)


@pytest.fixture(scope="module")
def seen(tree: Tree, place: Place) -> dict[str, Seen]:
    """All the questions, by each way."""

    async def main() -> dict[str, Seen]:
        async with AsyncExitStack() as stack:
            ways: dict[str, Endpoint] = {"validating": (tree.validating, 53), "plain": (tree.plain, 53)}
            for way, change in (("claiming", claim), ("disclaiming", disclaim), ("stripping", strip)):
                at = f"127.{place.net}.0.{60 + len(ways)}"
                ways[way] = await stack.enter_async_context(forwarding(at, tree.plain, change))
            return {way: await establish(at, tree.anchor, tuple(EXPECTED)) for way, at in ways.items()}

    return asyncio.run(main())


def of_unbound(server: str, name: str, kind: str) -> State:
    """The state as a validator that is none of ours shows it: withheld, with AD, or without."""
    query = dns.message.make_query(name, kind, want_dnssec=True)
    reply = dns.query.tcp(query, server, timeout=10)
    if reply.rcode() == dns.rcode.SERVFAIL:
        query.flags |= dns.flags.CD
        assert dns.query.tcp(query, server, timeout=10).rcode() != dns.rcode.SERVFAIL
        return State.BOGUS
    return State.SECURE if reply.flags & dns.flags.AD else State.INSECURE


def test_unbound_sees_what_is_expected(tree: Tree) -> None:
    assert {question: of_unbound(tree.validating, *question) for question in EXPECTED} == EXPECTED


@pytest.mark.parametrize("way", WAYS[:-1])
def test_the_state_does_not_depend_on_who_resolves(seen: dict[str, Seen], way: str) -> None:
    assert {question: _state(fact) for question, fact in seen[way].facts.items()} == EXPECTED


def test_who_leaves_signatures_out_makes_nothing_bogus(seen: dict[str, Seen]) -> None:
    assert {_state(fact) for fact in seen["stripping"].facts.values()} == {"vantage.dnssec_stripped"}


def test_what_zones_share_is_asked_once(seen: dict[str, Seen]) -> None:
    zones = 29
    assert seen["plain"].asked <= len(EXPECTED) + 2 * zones


def test_the_time_when_signatures_run_out_is_seen(seen: dict[str, Seen]) -> None:
    fact = seen["plain"].facts["soon.test", "MX"]
    assert isinstance(fact, Known)
    assert fact.value.lifetime is not None
    assert (fact.value.lifetime.expiration - datetime.now(UTC)).total_seconds() < 31 * 3600


def test_another_anchor_is_no_one_elses_fault(tree: Tree) -> None:
    anchor = f". DS 1 13 2 {'00' * 32}"
    found = asyncio.run(establish((tree.plain, 53), anchor, (("good.test", "MX"), ("bogus.test", "MX"))))
    assert {_state(fact) for fact in found.facts.values()} == {"vantage.trust_anchor"}


def test_an_anchor_may_be_of_a_zone_below_the_root(tree: Tree) -> None:
    (key,) = (key for key in keys(tree.plain, "island.test") if key.flags & 1)
    anchor = f"island.test. DNSKEY {key.to_text()}"
    questions = ("island.test", "MX"), ("no.island.test", "A"), ("good.test", "MX")
    found = asyncio.run(establish((tree.plain, 53), anchor, questions)).facts
    assert [_state(found[question]) for question in questions] == [State.SECURE, State.SECURE, State.INDETERMINATE]


FAILS = {
    "good.test": "",
    "hashed.test": "",
    "bogus.test": "DNSSEC-BOGUS critical",
    "future.test": "DNSSEC-BOGUS critical",
    "wrong.test": "DNSSEC-BOGUS critical",
    "stripped.test": "DNSSEC-BOGUS critical",
    "altered.test": "DNSSEC-BOGUS high",
    "bare.test": "DNSSEC-BOGUS high",
    "soon.test": "DNSSEC-SIG-EXPIRY medium",
    "unsigned.test": "DNSSEC-NONE low",
    "island.test": "DNSSEC-NO-DS info, DNSSEC-NONE low",
    "strange.test": "DNSSEC-NONE low",
    "olddigest.test": "DNSSEC-DS-SHA1 medium",
    "rounds.test": "DNSSEC-NSEC3 low",
    "manyrounds.test": "DNSSEC-NSEC3 medium",
    "sha1.test": "DNSSEC-ALG medium",
    "sha1hashed.test": "DNSSEC-ALG medium",
    "sha512.test": "DNSSEC-ALG low",
    "weak.test": "DNSSEC-RSA-BITS medium",
    "p384.test": "",
    "ed25519.test": "",
    "ed448.test": "",
    "optout.test": "",
    "child.optout.test": "DNSSEC-NONE low",
    LIVE: "",
}
DIFFERS = "DNSSEC-RESOLVER-DIFFERS info"


@pytest.mark.parametrize("way", ["validating", "plain"])
def test_the_command_finds_what_is_wrong_with_each_zone(tree: Tree, way: str, tmp_path: Path) -> None:
    done = _audited(tree, f"{getattr(tree, way)}:53", tmp_path)
    assert {domain: _fails(done, domain) for domain in FAILS} == FAILS


def test_it_finds_the_same_through_a_resolver_that_claims_everything(tree: Tree, place: Place, tmp_path: Path) -> None:
    """Only that it differs is said as well, of each zone that nobody can have validated."""

    async def main() -> Audit:
        async with forwarding(f"127.{place.net}.0.70", tree.plain, claim) as (address, port):
            patient = "--dns-timeout", "20", "--concurrency", "2"  # of a forwarder in the loop of a test
            return await asyncio.to_thread(_audited, tree, f"{address}:{port}", tmp_path, *patient)

    done = asyncio.run(main())
    found = {domain: _each(_fails(done, domain)) for domain in FAILS}
    assert {domain: fails - {DIFFERS} for domain, fails in found.items()} == {d: _each(f) for d, f in FAILS.items()}
    gone = {domain for domain, fails in FAILS.items() if "NONE" in fails or "critical" in fails}
    assert {domain for domain, fails in found.items() if DIFFERS in fails} == gone


def _each(fails: str) -> frozenset[str]:
    return frozenset(fails.split(", ") if fails else ())


def _audited(tree: Tree, nameserver: str, directory: Path, *more: str) -> Audit:
    options = ("--no-smtp", "--no-https", "--no-second-opinion", "--allow-net", "127.0.0.0/8")
    return audited_through(nameserver, list(FAILS), directory, "--trust-anchor", str(tree.anchor_file), *options, *more)


def _fails(done: Audit, domain: str) -> str:
    findings = done.domain(domain)["findings"]
    failed = {f"{f['rule']} {f['severity']}" for f in findings if f["result"] == "fail"}
    return ", ".join(sorted(each for each in failed if each.startswith("DNSSEC-")))


def keys(server: str, zone: str) -> tuple[Any, ...]:
    return tuple(dns.query.tcp(dns.message.make_query(zone, "DNSKEY"), server, timeout=5).answer[0])


@pytest.mark.parametrize("kind", ["zsk", "ksk"])
def test_a_key_that_rolls_leaves_the_zone_secure_at_each_step(tree: Tree, kind: str) -> None:
    """Knot makes a new key, uses it when everybody can know it, and drops the old one (RFC 6781 section 4.1). Of a key
    that signs keys it tells the zone above, and waits until that is known."""
    before, seen = tags(tree), list[tuple[frozenset[int], set[State | str]]]()
    roll = (program("knotc") or "knotc", "-c", str(tree.knot), "zone-key-rollover", LIVE, kind)
    subprocess.run(roll, check=True, capture_output=True, timeout=10)
    until, rolled = time.monotonic() + 30, False
    while not rolled and time.monotonic() < until:
        now = tags(tree)
        rolled = len(now) == len(before) and now != before
        found = asyncio.run(establish((tree.plain, 53), tree.anchor, ((LIVE, "MX"), (f"no.{LIVE}", "A"))))
        seen.append((now, {_state(fact) for fact in found.facts.values()}))
        time.sleep(0.2)
    assert rolled, seen
    assert len({keys_then for keys_then, _ in seen}) >= 2  # both at once, then the new one alone
    assert {state for _, states in seen for state in states} == {State.SECURE}, seen


def tags(tree: Tree) -> frozenset[int]:
    return frozenset(dns.dnssec.key_id(key) for key in keys(tree.authority, LIVE))


def _state(fact: Fact[Security]) -> State | str:
    return fact.value.state if isinstance(fact, Known) else fact.reason
