"""Each kind of zone has its state, and nothing that can be done to an answer on its way makes it secure."""

from __future__ import annotations

import pytest

from audit.model.fact import Known, Unknown
from audit.protocol.dnssec.security import security
from audit.syntax.dnssec.state import State, Why
from tests.protocol.dnssec.tree import stands, trust, walked
from tests.signed import Internet, Zone

SECURE, INSECURE, BOGUS = State.SECURE, State.INSECURE, State.BOGUS
SIGNED = ("good.test", "nsec3.test", "salted.test", "sha1.test", "rsa.test", "good.hashed", "good.optout")


@pytest.mark.parametrize("zone", SIGNED)
@pytest.mark.parametrize(
    ("below", "rdtype"),
    [
        ("", "MX"),
        ("", "SOA"),
        ("", "AAAA"),  # no such type
        ("mx.", "A"),
        ("mx.", "MX"),
        ("ent.", "A"),  # an empty non-terminal
        ("gone.", "A"),  # no such name
        ("x.y.z.gone.", "A"),
        ("any.wild.", "TXT"),
        ("a.b.c.wild.", "TXT"),
        ("any.wild.", "A"),  # no such type at the wildcard
        ("b.wild.", "TXT"),
        ("alias.", "A"),
        ("alias.", "AAAA"),
        ("dangling.", "A"),
        ("_25._tcp.mx.", "TLSA"),
    ],
)
def test_a_signed_zone_is_secure_in_all_that_it_has_and_has_not(zone: str, below: str, rdtype: str) -> None:
    found = stands(f"{below}{zone}", rdtype)
    assert (found.standing.why, found.state) == (None, SECURE)


@pytest.mark.parametrize(
    ("of", "rdtype", "state", "why", "where"),
    [
        ("plain.test", "MX", INSECURE, Why.NO_DS, "plain.test"),
        ("plain.test", "AAAA", INSECURE, Why.NO_DS, "plain.test"),
        ("gone.plain.test", "A", INSECURE, Why.NO_DS, "plain.test"),
        ("plain.hashed", "MX", INSECURE, Why.NO_DS, "plain.hashed"),
        ("plain.optout", "MX", INSECURE, Why.OPT_OUT, "plain.optout"),
        ("gone.optout", "MX", INSECURE, Why.OPT_OUT, "gone.optout"),
        ("dark", "SOA", INSECURE, Why.NO_DS, "dark"),
        ("child.dark", "MX", INSECURE, Why.NO_DS, "dark"),
        ("island.test", "MX", INSECURE, Why.NO_DS, "island.test"),
        ("mx.below.plain.test", "A", INSECURE, Why.NO_DS, "plain.test"),
        ("unknown-digest.test", "MX", INSECURE, Why.ALGORITHM, "unknown-digest.test"),
        ("unknown-algorithm.test", "MX", INSECURE, Why.ALGORITHM, "unknown-algorithm.test"),
        ("gone.dear.test", "MX", INSECURE, Why.ITERATIONS, "gone.dear.test"),
        ("out.good.test", "A", INSECURE, Why.NO_DS, "plain.test"),
        ("alias.plain.test", "A", INSECURE, Why.NO_DS, "plain.test"),
        ("expired.test", "MX", BOGUS, Why.EXPIRED, "expired.test DNSKEY"),
        ("gone.expired.test", "MX", BOGUS, Why.EXPIRED, "expired.test DNSKEY"),
        ("early.test", "MX", BOGUS, Why.NOT_YET_VALID, "early.test DNSKEY"),
        ("mx-expired.test", "MX", BOGUS, Why.EXPIRED, "mx-expired.test MX"),
        ("mismatch.test", "MX", BOGUS, Why.DS_MISMATCH, "mismatch.test"),
        ("nokey.test", "MX", BOGUS, Why.NO_DNSKEY, "nokey.test"),
        ("stripped.test", "MX", BOGUS, Why.UNSIGNED, "stripped.test MX"),
        ("stripped.test", "AAAA", BOGUS, Why.DENIAL, "stripped.test AAAA"),
    ],
)
def test_what_is_not_secure_is_told_apart(of: str, rdtype: str, state: State, why: Why, where: str) -> None:
    found = stands(of, rdtype).standing
    assert (found.state, found.why, found.where) == (state, why, where)


@pytest.mark.parametrize("of", ["mx-expired.test", "dear.test", "soon.test"])
def test_one_fault_does_not_spoil_the_rest_of_a_zone(of: str) -> None:
    assert stands(of, "SOA").state is SECURE


def test_a_zone_below_a_secure_one_has_its_own_keys() -> None:
    assert stands("mx.sub.good.test", "A").zone == "sub.good.test"


def test_the_lifetime_of_the_signature_comes_along() -> None:
    found = stands("soon.test", "MX").lifetime
    assert found is not None
    assert found.expiration.isoformat() == "2026-11-25T18:00:00+00:00"
    assert stands("soon.test", "AAAA").lifetime is None


# ---- anchors ------------------------------------------------------------------------------------------------------


def test_below_no_anchor_nothing_can_be_told() -> None:
    zone = Zone(apex="good.test.")
    fact, asked = walked(security("story.example", "MX", trust(f"good.test. DS {zone.right_ds}")))
    assert isinstance(fact, Known)
    assert (fact.value.state, fact.value.standing.why, asked) == (State.INDETERMINATE, Why.NO_ANCHOR, [])


@pytest.mark.parametrize("kind", ["DS", "DNSKEY"])
def test_an_anchor_may_be_of_a_zone_below_the_root(kind: str) -> None:
    zone = Zone(apex="island.test.")
    anchor = f"island.test. DS {zone.right_ds}" if kind == "DS" else f"island.test. DNSKEY {zone.key.to_text()}"
    fact, asked = walked(security("mx.island.test", "A", trust(anchor)))
    assert isinstance(fact, Known)
    assert (fact.value.state, asked) == (SECURE, ["island.test DNSKEY", "mx.island.test A"])


def test_of_two_anchors_the_closer_one_counts() -> None:
    zone = Zone(apex="island.test.")
    anchors = (*trust().anchors, f"island.test. DS {zone.right_ds}")
    fact, _ = walked(security("island.test", "MX", trust(*anchors)))
    assert isinstance(fact, Known)
    assert fact.value.state is SECURE


def test_a_root_with_other_keys_is_no_domain_s_fault() -> None:
    other = f". DS {Zone(apex='other.').right_ds}"
    fact, _ = walked(security("good.test", "MX", trust(other)))
    assert isinstance(fact, Unknown)
    assert fact.reason == "vantage.trust_anchor"


def test_a_resolver_that_leaves_out_signatures_is_no_domain_s_fault() -> None:
    bare = Internet(Zone(apex=".", signed=False), Zone(apex="test.", signed=False))
    fact, asked = walked(security("a.test", "MX", trust()), of=bare)
    assert isinstance(fact, Unknown)
    assert (fact.reason, asked) == ("vantage.dnssec_stripped", [". DNSKEY"])


# ---- questions ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("of", "questions"),
    [
        ("good.test", [". DNSKEY", "good.test MX", "good.test DS", "test DS", "test DNSKEY", "good.test DNSKEY"]),
        ("plain.test", [". DNSKEY", "plain.test MX", "test DS", "test DNSKEY", "plain.test DS"]),
        ("child.dark", [". DNSKEY", "child.dark MX", "child.dark DS", "dark DS"]),
    ],
)
def test_what_is_asked(of: str, questions: list[str]) -> None:
    _, asked = walked(security(of, "MX", trust()))
    assert asked == questions


def test_a_name_with_very_many_labels_is_not_walked() -> None:
    of = f"{'a.' * 60}plain.test"
    fact, asked = walked(security(of, "MX", trust()), lambda q, a: a)
    assert isinstance(fact, Unknown)
    assert (fact.reason, len(asked) < 6) == ("dnssec.too_costly", True)
