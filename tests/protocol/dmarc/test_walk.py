"""DMARC's walk up the tree (RFC 9989 section 4.10)."""

from __future__ import annotations

import pytest

from audit.model.fact import Known, Unknown
from audit.model.probe import Question
from audit.model.subject import Domain
from audit.protocol.dmarc.walk import applied_dmarc, dmarc_policy, own_dmarc, walk
from audit.syntax.dmarc import Policy
from tests.protocol.walking import found, value

LONG = "a.b.c.d.e.f.g.h.example.org"


def zone(**records: str) -> str:
    """`d_example="p=none"` is the record at _dmarc.d.example."""
    return "\n".join(f'_dmarc.{n.replace("_", ".")} TXT "v=DMARC1; {tags}"' for n, tags in records.items())


@pytest.mark.parametrize(
    ("domain", "names"),
    [
        ("example", ("example",)),
        ("d.example", ("d.example", "example")),
        ("a.b.d.example", ("a.b.d.example", "b.d.example", "d.example", "example")),
        (
            "1.2.3.4.5.6.7.example",
            (
                "1.2.3.4.5.6.7.example",
                "2.3.4.5.6.7.example",
                "3.4.5.6.7.example",
                "4.5.6.7.example",
                "5.6.7.example",
                "6.7.example",
                "7.example",
                "example",
            ),
        ),
        (  # more than eight labels: on to the seven right-most
            LONG,
            (
                LONG,
                "d.e.f.g.h.example.org",
                "e.f.g.h.example.org",
                "f.g.h.example.org",
                "g.h.example.org",
                "h.example.org",
                "example.org",
                "org",
            ),
        ),
    ],
)
def test_the_names_of_the_walk(domain: str, names: tuple[str, ...]) -> None:
    assert walk(domain) == names
    assert len(walk(domain)) <= 8


@pytest.mark.parametrize(
    ("domain", "text", "at", "inherited"),
    [
        ("d.example", zone(d_example="p=none"), "d.example", False),
        ("s.d.example", zone(d_example="p=none"), "d.example", True),
        ("s.d.example", zone(s_d_example="p=none", d_example="p=reject"), "s.d.example", False),
        ("x.s.d.example", zone(s_d_example="p=none", d_example="p=reject"), "d.example", True),  # fewest labels
        ("x.s.d.example", zone(s_d_example="p=none; psd=n", d_example="p=reject"), "s.d.example", True),
        ("s.d.example", zone(example="p=reject; psd=y"), "example", True),
        ("s.d.example", zone(d_example="p=none", example="p=reject; psd=y"), "d.example", True),
        (
            "x.s.d.example",
            zone(s_d_example="p=none", example="p=reject; psd=y"),
            "example",
            True,
        ),  # not the organization's
        ("d.example", zone(d_example="p=none; psd=y"), "d.example", False),
        (LONG, zone(example_org="p=none"), "example.org", True),
        (LONG, zone(c_d_e_f_g_h_example_org="p=none"), None, False),  # between the start and the seven: not asked
        ("d.example", "d.example A 192.0.2.1", None, False),
        (
            "d.example",
            zone(d_example="p=none") + '\n_dmarc.d.example TXT "v=DMARC1; p=reject"\n' + zone(example="p=none"),
            "example",
            True,
        ),
    ],
)
def test_the_record_that_applies(domain: str, text: str, at: str | None, inherited: bool) -> None:
    applied = value(applied_dmarc(Domain(domain)), text)
    assert (applied.at, applied.inherited) == (at, inherited)
    assert (applied.record is None) is (at is None)


def test_a_domains_own_record_needs_one_answer() -> None:
    fact, asked = found(
        applied_dmarc(Domain("s.d.example")), zone(s_d_example="p=reject") + "\n_dmarc.d.example TXT servfail"
    )
    assert isinstance(fact, Known)
    assert asked == ("_dmarc.s.d.example TXT",)


@pytest.mark.parametrize("dead", ["s.d.example", "d.example", "example"])
def test_an_inherited_record_needs_the_whole_walk(dead: str) -> None:
    text = (zone(d_example="p=reject") if dead != "d.example" else "") + f"\n_dmarc.{dead} TXT servfail"
    assert found(applied_dmarc(Domain("s.d.example")), text)[0] == Unknown(
        "dns.servfail", (Question(name=f"_dmarc.{dead}", rdtype="TXT"),)
    )


def test_a_walk_that_ended_early_needs_nothing_above() -> None:
    text = zone(d_example="p=reject; psd=n") + "\n_dmarc.example TXT timeout"
    assert value(applied_dmarc(Domain("s.d.example")), text).at == "d.example"


@pytest.mark.parametrize(
    ("texts", "valid"),
    [
        (('"v=DMARC1; p=none"',), 1),
        (('"v=DMARC1; p=none"', '"v=spf1 -all"'), 1),
        (('"v=dmarc1; p=none"', '" v=DMARC1; p=none"'), 0),
        (('"v=DMARC1; p=none"', '"v=DMARC1"'), 2),
    ],
)
def test_texts_that_are_no_record_are_discarded(texts: tuple[str, ...], valid: int) -> None:
    own = value(own_dmarc(Domain("d.example")), "\n".join(f"_dmarc.d.example TXT {t}" for t in texts))
    assert len(own.found) == valid
    assert (own.record is not None) is (valid == 1)


N, Q, R = Policy.NONE, Policy.QUARANTINE, Policy.REJECT


VOID = "no policy that can be used"


@pytest.mark.parametrize(
    ("domain", "tags", "requested", "tag"),
    [
        ("d.example", "p=reject", R, "p"),
        ("d.example", "p=reject; sp=none", R, "p"),
        ("d.example", "p=reject; t=y", Q, "p with t=y"),
        ("d.example", "p=quarantine; t=y", N, "p with t=y"),
        ("d.example", "p=none; t=y", N, "p"),
        ("d.example", "rua=mailto:a@b.example", N, "p"),
        ("d.example", "x=y", None, VOID),
        ("d.example", "p=rejct", None, VOID),
        ("d.example", "p=rejct; rua=mailto:a@b.example", N, "p"),
        ("d.example", "p=reject; sp=rejct; rua=mailto:a@b.example", N, "p"),
        ("d.example", "p=reject; rua=nonsense", R, "p"),
        ("d.example", "p=reject; pct=0", R, "p"),
        ("s.d.example", "p=reject", R, "p"),
        ("s.d.example", "p=none; sp=reject", R, "sp"),
        ("s.d.example", "p=reject; sp=quarantine; t=y", N, "sp with t=y"),
        ("s.d.example", "p=reject; np=none", R, "p"),  # np is for names that don't exist
        ("s.d.example", "sp=reject", None, VOID),
        ("s.d.example", "p=bad; sp=reject; rua=mailto:a@b.example", N, "p"),
    ],
)
def test_the_policy_that_receivers_are_asked_for(domain: str, tags: str, requested: Policy | None, tag: str) -> None:
    policy = value(dmarc_policy(Domain(domain)), zone(d_example=tags))
    assert (policy.requested, policy.tag) == (Known(requested), tag)
    assert policy.enforcing == Known(requested in (Q, R))


def test_without_a_record_nothing_is_asked_for_and_without_an_answer_nobody_knows() -> None:
    assert value(dmarc_policy(Domain("d.example")), "").requested == Known(None)
    unseen = value(dmarc_policy(Domain("d.example")), "_dmarc.d.example TXT timeout")
    assert isinstance(unseen.requested, Unknown)
    assert unseen.enforcing == unseen.requested
