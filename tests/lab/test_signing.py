"""Every record set of the lab's signed zones has a signature that dnspython takes, and every denial its proof."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import dns.dnssec
import dns.edns
import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.node
import dns.rcode
import dns.rdataset
import dns.rdatatype
import dns.rrset
import pytest

from audit.lab.recursion import answer
from audit.lab.signing import SignedZones, State
from audit.lab.zone import labels, parse

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
TEXT = """
. SOA ns.example h.example 1 1 1 1 1
. NS ns.example
. SIGNED
example SOA ns.example h.example 1 1 1 1 1
example NS ns.example
example SIGNED
ns.example A 203.0.113.1
good.example SOA ns.example h.example 1 1 1 1 1
good.example NS ns.example
good.example SIGNED
good.example MX 10 mx.good.example
mx.good.example A 203.0.113.2
a.deep.good.example TXT "x"
*.wild.good.example TXT "x"
alias.good.example CNAME www.plain.example
plain.example SOA ns.example h.example 1 1 1 1 1
plain.example NS ns.example
www.plain.example A 203.0.113.3
gone.example SOA ns.example h.example 1 1 1 1 1
gone.example NS ns.example
gone.example SIGNED expired
gone.example TXT "x"
below.gone.example SOA ns.example h.example 1 1 1 1 1
below.gone.example NS ns.example
below.gone.example SIGNED
soon.example SOA ns.example h.example 1 1 1 1 1
soon.example NS ns.example
soon.example SIGNED expiring
island.example SOA ns.example h.example 1 1 1 1 1
island.example NS ns.example
island.example SIGNED island
bare.example SOA ns.example h.example 1 1 1 1 1
bare.example NS ns.example
bare.example SIGNED stripped
bare.example TXT "x"
hashed.example SOA ns.example h.example 1 1 1 1 1
hashed.example NS ns.example
hashed.example SIGNED iterated
a.deep.hashed.example TXT "x"
*.wild.hashed.example TXT "x"
sub.hashed.example DELEGATED ns.elsewhere.example
old.example SOA ns.example h.example 1 1 1 1 1
old.example NS ns.example
old.example SIGNED aged
wrong.example SOA ns.example h.example 1 1 1 1 1
wrong.example NS ns.example
wrong.example SIGNED
wrong.example DS 1 15 2 0000000000000000000000000000000000000000000000000000000000000000
strange.example SOA ns.example h.example 1 1 1 1 1
strange.example NS ns.example
strange.example SIGNED
strange.example DS 1 15 99 00
dead.example SOA ns.example h.example 1 1 1 1 1
dead.example NS ns.example
dead.example SERVFAIL
"""
SIGNED = SignedZones(parse(TEXT.splitlines()), NOW)
EXISTING = "mx.good.example A", "good.example SOA", "good.example DNSKEY", "good.example DS", "old.example SOA"
DENIED = (
    "mx.good.example AAAA",
    "deep.good.example TXT",
    "no.good.example A",
    "x.wild.good.example A",
    "plain.example DS",
)
HASHED = "deep.hashed.example TXT", "no.hashed.example A", "x.wild.hashed.example A", "sub.hashed.example DS"


def asked(question: str, *, do: bool = True, cd: bool = False) -> dns.message.Message:
    name, kind = question.split()
    query = dns.message.make_query(name, kind, want_dnssec=do)
    if cd:
        query.flags |= dns.flags.CD
    reply = answer(SIGNED, query)
    assert reply is not None
    return dns.message.from_wire(reply.to_wire())


def validate(rrset: dns.rrset.RRset, section: list[dns.rrset.RRset], now: datetime = NOW) -> None:
    """Hold a record set to its signature.

    Raises:
        dns.exception.ValidationFailure: it does not verify.
    """
    (signatures,) = (s for s in section if s.name == rrset.name and s.covers == rrset.rdtype)
    signer = signatures[0].signer
    key = SIGNED.key(labels(signer))
    assert key is not None
    keys: dict[dns.name.Name, dns.node.Node | dns.rdataset.Rdataset]
    keys = {signer: dns.rrset.from_rdata(signer, 300, key.public)}
    dns.dnssec.validate(rrset, signatures, keys, now=now.timestamp(), policy=dns.dnssec.allow_all_policy)


@pytest.mark.parametrize("question", [*EXISTING, *DENIED, *HASHED, "x.wild.good.example TXT", "soon.example SOA"])
def test_whatever_a_signed_zone_says_is_signed(question: str) -> None:
    reply = asked(question)
    for section in (reply.answer, reply.authority):
        for rrset in section:
            if rrset.rdtype != dns.rdatatype.RRSIG:
                validate(rrset, section)
    assert reply.flags & dns.flags.AD


@pytest.mark.parametrize("question", [*EXISTING, *DENIED])
def test_without_do_nobody_is_bothered_with_it(question: str) -> None:
    reply = asked(question, do=False)
    kinds = {rrset.rdtype for rrset in (*reply.answer, *reply.authority)}
    assert not kinds & {dns.rdatatype.RRSIG, dns.rdatatype.NSEC, dns.rdatatype.NSEC3}


@pytest.mark.parametrize(
    ("question", "proofs"),
    [
        ("mx.good.example AAAA", ["mx.good.example. > *.wild.good.example. A RRSIG NSEC"]),
        ("deep.good.example TXT", ["alias.good.example. > a.deep.good.example. CNAME RRSIG NSEC"]),
        (
            "no.good.example A",
            [
                "mx.good.example. > *.wild.good.example. A RRSIG NSEC",
                "good.example. > alias.good.example. NS SOA MX RRSIG NSEC DNSKEY",
            ],
        ),
        ("x.wild.good.example A", ["*.wild.good.example. > good.example. TXT RRSIG NSEC"]),
        ("x.wild.good.example TXT", ["*.wild.good.example. > good.example. TXT RRSIG NSEC"]),
        ("plain.example DS", ["plain.example. > soon.example. NS RRSIG NSEC"]),
        ("good.example MX", []),
    ],
)
def test_what_is_not_there_is_denied_by_its_neighbours(question: str, proofs: list[str]) -> None:
    found = [rrset for rrset in asked(question).authority if rrset.rdtype == dns.rdatatype.NSEC]
    assert [f"{each.name} > {each[0].to_text()}" for each in found] == proofs


@pytest.mark.parametrize(("question", "count"), list(zip(HASHED, (1, 3, 3, 1), strict=True)))
def test_hashed_names_deny_in_the_same_way(question: str, count: int) -> None:
    found = [rrset for rrset in asked(question).authority if rrset.rdtype == dns.rdatatype.NSEC3]
    assert 1 <= len(found) <= count
    assert {(each[0].iterations, each[0].salt) for each in found} == {(10, b"\xab\xcd")}


@pytest.mark.parametrize(
    ("apex", "state"),
    [
        (".", State.SECURE),
        ("good.example", State.SECURE),
        ("soon.example", State.SECURE),
        ("hashed.example", State.SECURE),
        ("old.example", State.SECURE),
        ("plain.example", State.INSECURE),
        ("island.example", State.INSECURE),
        ("strange.example", State.INSECURE),
        ("gone.example", State.BOGUS),
        ("below.gone.example", State.BOGUS),
        ("bare.example", State.BOGUS),
        ("wrong.example", State.BOGUS),
    ],
)
def test_the_state_of_each_zone(apex: str, state: State) -> None:
    assert SIGNED.state(labels(dns.name.from_text(apex))) is state
    reply = asked(f"{apex} SOA")
    assert bool(reply.flags & dns.flags.AD) is (state is State.SECURE)
    assert (reply.rcode() == dns.rcode.SERVFAIL) is (state is State.BOGUS)


@pytest.mark.parametrize(
    ("question", "code"),
    [("gone.example TXT", 7), ("below.gone.example SOA", 7), ("bare.example TXT", 10), ("wrong.example SOA", 9)],
)
def test_what_is_bogus_is_withheld_unless_the_client_judges_for_itself(question: str, code: int) -> None:
    withheld, given = asked(question), asked(question, cd=True)
    assert withheld.rcode() == dns.rcode.SERVFAIL
    assert [option.code for option in withheld.options if isinstance(option, dns.edns.EDEOption)] == [code]
    assert not withheld.answer
    assert given.rcode() == dns.rcode.NOERROR
    assert given.answer
    assert not given.flags & dns.flags.AD


def test_expired_signatures_were_good_once() -> None:
    reply = asked("gone.example TXT", cd=True)
    with pytest.raises(dns.exception.ValidationFailure):
        validate(reply.answer[0], reply.answer)
    validate(reply.answer[0], reply.answer, NOW - timedelta(days=20))


def test_signatures_that_expire_soon_hold_till_tomorrow() -> None:
    reply = asked("soon.example SOA")
    with pytest.raises(dns.exception.ValidationFailure):
        validate(reply.answer[0], reply.answer, NOW + timedelta(hours=25))


def test_an_alias_is_as_sure_as_its_target() -> None:
    reply = asked("alias.good.example A")
    assert [rrset.rdtype for rrset in reply.answer] == [dns.rdatatype.CNAME, dns.rdatatype.RRSIG, dns.rdatatype.A]
    assert not reply.flags & dns.flags.AD


def test_a_dead_zone_has_a_delegation_all_the_same() -> None:
    assert asked("dead.example TXT").rcode() == dns.rcode.SERVFAIL
    reply = asked("dead.example DS")
    assert reply.rcode() == dns.rcode.NOERROR
    assert reply.flags & dns.flags.AD


@pytest.mark.parametrize(("zone", "digest"), [("good.example", "SHA256"), ("old.example", "SHA1")])
def test_a_ds_record_is_the_digest_of_the_key(zone: str, digest: str) -> None:
    (ds,) = asked(f"{zone} DS").answer[0]
    (key,) = asked(f"{zone} DNSKEY").answer[0]
    assert ds == dns.dnssec.make_ds(f"{zone}.", key, digest, policy=dns.dnssec.allow_all_policy)


def test_an_old_key_is_weak() -> None:
    (key,) = asked("old.example DNSKEY").answer[0]
    assert (key.algorithm, len(key.key)) == (5, 1 + 3 + 1024 // 8)


def test_the_same_time_gives_the_same_octets() -> None:
    again = SignedZones(SIGNED.zones, NOW)
    for question in (*EXISTING, *DENIED, *HASHED):
        name, kind = question.split()
        query = dns.message.make_query(name, kind, want_dnssec=True, id=1)
        first, second = answer(SIGNED, query), answer(again, query)
        assert first is not None
        assert second is not None
        assert first.to_wire() == second.to_wire()


def test_the_trust_anchor_is_the_digest_of_the_roots_key() -> None:
    (key,) = asked(". DNSKEY").answer[0]
    expected = dns.dnssec.make_ds(".", key, "SHA256").to_text().upper()
    assert f". DS {expected}" == SIGNED.trust_anchor
    assert SignedZones(parse([". SOA a. b. 1 1 1 1 1"]), NOW).trust_anchor == ""
