"""Whatever is done to answers on their way: nothing that is not so becomes secure."""

from __future__ import annotations

import base64
from dataclasses import replace

import dns.dnssec
import pytest

from audit.model.fact import Known, Unknown
from audit.model.probe import Answer, DnsStatus, Question
from audit.protocol.dnssec.security import security
from audit.syntax.dnssec.records import Signed, read
from audit.syntax.dnssec.state import State, Why
from tests.protocol.dnssec.bending import EMPTY, GOOD, at, denying, genuine, instead, without
from tests.protocol.dnssec.tree import Bend, stands, trust, walked
from tests.signed import Internet, Zone


def wildcard_without_its_proof() -> Answer:
    return without(genuine("any.wild.good.test", "TXT"), "NSEC")


def a_wildcard_for_a_name_that_is_there() -> Answer:
    """The wildcard's data under a name that has none of its own to show."""
    found = genuine("any.wild.good.test", "TXT")
    moved = tuple(r.replace("any.wild", "b.wild") for r in found.proof if "NSEC" not in r)
    return replace(found, proof=moved + genuine("b.wild.good.test", "AAAA").proof)


def positives_of(of: str, rdtype: str, other: str) -> Answer:
    """Records under a forged owner."""
    found = genuine(other, rdtype)
    return replace(found, proof=tuple(r.replace(other, of) for r in found.proof))


def made_up(question: Question, answer: Answer) -> Answer:
    """A zone at a name that is none, as whoever has its keys would write it."""
    zone = Zone(apex="mx.good.test.", text="mx.good.test. A 192.0.2.66")
    forged = Internet(Zone(apex="."), zone).answer(question)
    return answer if question.rdtype == "DS" else forged


def types_of_the_wildcard() -> Answer:
    """What is said of `*.wild`, signed as it is, under the name of its neighbour."""
    found = genuine("any.wild.good.test", "A")
    return replace(
        found, proof=tuple(r.replace("*.wild.good.test. 3600", "b.wild.good.test. 3600") for r in found.proof)
    )


def without_one_denial(of: str, rdtype: str) -> Answer:
    """A denial by all its records but the one that covers the wildcard."""
    found = genuine(of, rdtype)
    zone = of.partition(".")[2]
    covering = [d for d in read(found.proof).denials if within(d, f"*.{zone}")]  # type: ignore[union-attr]
    assert covering
    owners = {d.owner.to_text().lower() for d in covering}
    return replace(found, proof=tuple(r for r in found.proof if r.split()[0].lower() not in owners))


def within(record: Signed, wanted: str) -> bool:
    """Whether an NSEC3 record covers a name."""
    hashed = dns.dnssec.nsec3_hash(wanted, b"", 0, 1).lower()
    first = record.owner.labels[0].decode().lower()
    following = base64.b32hexencode(bytes(record.rrset[0].next)).decode().lower()
    return first < hashed < following if first < following else hashed > first or hashed < following


ATTACKS: dict[str, tuple[str, str, Bend]] = {
    "an altered set": (
        GOOD,
        "MX",
        at(GOOD, "MX", lambda a: replace(a, proof=tuple(r.replace("mx.good", "mx.evil") for r in a.proof))),
    ),
    "a record more": (
        GOOD,
        "MX",
        at(GOOD, "MX", lambda a: replace(a, proof=(*a.proof, f"{GOOD}. 60 MX 5 mx.evil.test."))),
    ),
    "signatures stripped off one answer": (GOOD, "MX", at(GOOD, "MX", lambda a: without(a, "RRSIG"))),
    "signatures stripped off the zone": (
        GOOD,
        "MX",
        lambda q, a: without(a, "RRSIG") if q.name.endswith(GOOD) else a,
    ),
    "signatures stripped off a zone and what the one above says of it": (
        "mx.sub.good.test",
        "A",
        lambda q, a: without(a, "RRSIG") if q.name.endswith("sub.good.test") else a,
    ),
    "proofs stripped": (GOOD, "AAAA", at(GOOD, "AAAA", lambda a: without(a, "NSEC"))),
    "a sibling's missing DS shown": (
        GOOD,
        "MX",
        lambda q, a: (
            without(a, "RRSIG")
            if (q.name, q.rdtype) == (GOOD, "MX")
            else denying(genuine("plain.test", "DS"))
            if (q.name, q.rdtype) == (GOOD, "DS")
            else a
        ),
    ),
    "the DS emptied": (
        GOOD,
        "MX",
        lambda q, a: (
            without(a, "RRSIG")
            if (q.name, q.rdtype) == (GOOD, "MX")
            else EMPTY
            if (q.name, q.rdtype) == (GOOD, "DS")
            else a
        ),
    ),
    "the child's own record denies its DS": (
        GOOD,
        "MX",
        lambda q, a: (
            without(a, "RRSIG")
            if (q.name, q.rdtype) == (GOOD, "MX")
            else denying(genuine(GOOD, "AAAA"))
            if (q.name, q.rdtype) == (GOOD, "DS")
            else a
        ),
    ),
    "the zone two above denies the DS": (
        "mx.sub.good.test",
        "A",
        lambda q, a: (
            without(a, "RRSIG")
            if q.name == "mx.sub.good.test"
            else denying(genuine("gone.test", "DS"))
            if (q.name, q.rdtype) == ("sub.good.test", "DS")
            else a
        ),
    ),
    "the zone signs its DS itself": (
        GOOD,
        "MX",
        at(GOOD, "DS", lambda a: replace(a, proof=tuple(r.replace(" test. ", f" {GOOD}. ") for r in a.proof))),
    ),
    "a zone made up below, with keys of its own": (
        "mx.good.test",
        "A",
        lambda q, a: made_up(q, a) if q.name == "mx.good.test" else a,
    ),
    "signed by a zone beside": (
        GOOD,
        "MX",
        at(GOOD, "MX", lambda a: replace(a, proof=tuple(r.replace(f" {GOOD}. ", " nsec3.test. ") for r in a.proof))),
    ),
    "a hashed zone's denial by records that are not": (
        "nsec3.test",
        "MX",
        instead("nsec3.test", "MX", denying(genuine("gone.good.test", "MX"), DnsStatus.NXDOMAIN)),
    ),
    "the missing types of a wildcard shown for a name": (
        "b.wild.good.test",
        "A",
        instead("b.wild.good.test", "A", types_of_the_wildcard()),
    ),
    "a wildcard of hashed names without its proof": (
        "any.wild.nsec3.test",
        "TXT",
        at("any.wild.nsec3.test", "TXT", lambda a: without(a, "NSEC3")),
    ),
    "a missing name without the wildcard's": (
        "gone.nsec3.test",
        "A",
        instead("gone.nsec3.test", "A", without_one_denial("gone.nsec3.test", "A")),
    ),
    "an alias' types shown as all": (
        "alias.good.test",
        "A",
        instead("alias.good.test", "A", denying(genuine("aliasa.good.test", "A"))),
    ),
    "the record of a delegation denies the MX": (
        "good.hashed",
        "MX",
        instead("good.hashed", "MX", denying(genuine("good.hashed", "DS"))),
    ),
    "the record of a delegation denies what is below": (
        "mx.sub.good.test",
        "A",
        instead("mx.sub.good.test", "A", denying(genuine("sub.good.test", "DS"), DnsStatus.NXDOMAIN)),
    ),
    "another zone's denial of a name": (
        GOOD,
        "MX",
        instead(GOOD, "MX", denying(genuine("gone.nsec3.test", "MX"), DnsStatus.NXDOMAIN)),
    ),
    "the denial of another name": (
        "mx.good.test",
        "A",
        instead("mx.good.test", "A", denying(genuine("gone.good.test", "A"), DnsStatus.NXDOMAIN)),
    ),
    "the denial of another hashed name": (
        "mx.nsec3.test",
        "A",
        instead("mx.nsec3.test", "A", denying(genuine("gone.nsec3.test", "A"), DnsStatus.NXDOMAIN)),
    ),
    "another type denied": ("mx.good.test", "A", instead("mx.good.test", "A", denying(genuine("mx.good.test", "MX")))),
    "the code of the answer turned": (GOOD, "MX", at(GOOD, "MX", lambda a: denying(a, DnsStatus.NXDOMAIN))),
    "a missing type turned into a missing name": (
        "mx.good.test",
        "AAAA",
        at("mx.good.test", "AAAA", lambda a: replace(a, status=DnsStatus.NXDOMAIN)),
    ),
    "an empty non-terminal turned into a missing name": (
        "ent.good.test",
        "A",
        at("ent.good.test", "A", lambda a: replace(a, status=DnsStatus.NXDOMAIN)),
    ),
    "a wildcard without its proof": (
        "any.wild.good.test",
        "TXT",
        instead("any.wild.good.test", "TXT", wildcard_without_its_proof()),
    ),
    "a wildcard instead of what is there": (
        "b.wild.good.test",
        "TXT",
        instead("b.wild.good.test", "TXT", a_wildcard_for_a_name_that_is_there()),
    ),
    "a set under another name": (
        "alias.good.test",
        "A",
        instead("alias.good.test", "A", positives_of("alias.good.test", "A", "mx.good.test")),
    ),
    "keys that the DS does not name": (
        GOOD,
        "MX",
        lambda q, a: (
            replace(a, proof=tuple(r.replace("island.test", GOOD) for r in genuine("island.test", q.rdtype).proof))
            if q.name == GOOD and q.rdtype != "DS"
            else a
        ),
    ),
    "no keys": (GOOD, "MX", instead(GOOD, "DNSKEY", EMPTY)),
    "an alias into an expired zone": (
        "alias.good.test",
        "A",
        at(
            "alias.good.test",
            "A",
            lambda a: replace(
                a,
                aliases=("mx.expired.test",),
                proof=tuple(r.replace("mx.good.test", "mx.expired.test") for r in a.proof),
            ),
        ),
    ),
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_is_bogus(attack: str) -> None:
    of, rdtype, bend = ATTACKS[attack]
    assert stands(of, rdtype).state is State.SECURE or attack == "a wildcard instead of what is there"
    assert stands(of, rdtype, bend).state is State.BOGUS


def test_a_resolver_that_strips_what_the_root_signs_is_no_domain_s_fault() -> None:
    """The root is signed: where its word on a zone below has no signature, somebody took it away."""
    fact, _ = walked(security(GOOD, "MX", trust()), lambda q, a: a if q.rdtype == "DNSKEY" else without(a, "RRSIG"))
    assert isinstance(fact, Unknown)
    assert (fact.reason, [p.key for p in fact.probes]) == ("vantage.dnssec_stripped", ["dns test DS +dnssec +cd"])


def test_a_chain_of_aliases_that_is_another_one_is_not_believed() -> None:
    fact, _ = walked(
        security("alias.good.test", "A", trust()),
        at("alias.good.test", "A", lambda a: replace(a, aliases=("mx.plain.test",))),
    )
    assert not isinstance(fact, Known)


def junk(signer: str, of: str = "plain.test", rdtype: str = "MX") -> Bend:
    """A signature by one of the keys of `test.`, over something else."""
    made = genuine("test", "SOA")
    over = next(r for r in made.proof if r.split()[2:4] == ["RRSIG", "SOA"])
    data = over.split(None, 3)[3].replace("SOA ", f"{rdtype} ", 1).replace(" test. ", f" {signer} ")
    return at(of, rdtype, lambda a: replace(a, proof=(*a.proof, f"{of}. 3600 RRSIG {data}")))


@pytest.mark.parametrize("signer", ["test.", ".", "plain.test.", "good.test.", "mx.plain.test."])
def test_signatures_that_mean_nothing_leave_an_unsigned_zone_unsigned(signer: str) -> None:
    """It is proved that the zone has no keys, so that what else it publishes is of no weight."""
    found = stands("plain.test", "MX", junk(signer))
    assert (found.state, found.standing.why, found.standing.where) == (State.INSECURE, Why.NO_DS, "plain.test")
    assert found.zone in (None, "plain.test")


def test_denials_that_mean_nothing_leave_an_unsigned_zone_unsigned() -> None:
    foreign = denying(genuine("gone.test", "A"), DnsStatus.NXDOMAIN)
    for answer in (foreign, replace(foreign, proof=tuple(r.replace(" TXT ", " A ") for r in foreign.proof))):
        found = stands("gone.plain.test", "A", instead("gone.plain.test", "A", answer)).standing
        assert (found.state, found.why, found.where) == (State.INSECURE, Why.NO_DS, "plain.test")
    spoilt = replace(foreign, proof=tuple(r.replace("NSEC 15 1 ", "NSEC 15 1 9") for r in foreign.proof))
    found = stands("gone.plain.test", "A", instead("gone.plain.test", "A", spoilt)).standing
    assert (found.state, found.why, found.where) == (State.INSECURE, Why.NO_DS, "plain.test")


def test_a_ds_below_an_unsigned_zone_leads_nowhere_whoever_signs_it() -> None:
    child = genuine("good.test", "DS")
    moved = replace(child, proof=tuple(r.replace("good.test.", "below.plain.test.") for r in child.proof))
    for answer in (moved, replace(moved, proof=tuple(r.replace(" test. ", " elsewhere. ") for r in moved.proof))):
        bend = instead("below.plain.test", "DS", answer)
        found = stands("mx.below.plain.test", "A", bend).standing
        assert (found.state, found.why, found.where) == (State.INSECURE, Why.NO_DS, "plain.test")


# ---- aliases that a DNAME makes -----------------------------------------------------------------------------------


def synthesized(target: str, *, signed: bool = True) -> Answer:
    """x.moved.dname.test, as a server makes it from the DNAME at moved.dname.test."""
    dname = genuine("moved.dname.test", "DNAME")
    end = genuine(target, "TXT")
    alias = f"x.moved.dname.test. 3600 CNAME {target}."
    return replace(
        end,
        aliases=(target,),
        proof=(*(dname if signed else without(dname, "RRSIG")).proof, alias, *end.proof),
    )


@pytest.mark.parametrize(
    ("target", "signed", "state"),
    [
        ("x.wild.good.test", True, State.SECURE),
        ("x.wild.good.test", False, State.BOGUS),
        ("x.wild.nsec3.test", True, State.BOGUS),  # not what the DNAME makes
    ],
)
def test_an_alias_that_a_dname_makes_is_as_good_as_the_dname(target: str, signed: bool, state: State) -> None:
    made = synthesized(target, signed=signed)
    assert stands("x.moved.dname.test", "TXT", instead("x.moved.dname.test", "TXT", made)).state is state


def test_why_is_told() -> None:
    of, rdtype, bend = ATTACKS["the DS emptied"]
    found = stands(of, rdtype, bend).standing
    assert (found.why, found.where) == (Why.DENIAL, f"{GOOD} DS")
