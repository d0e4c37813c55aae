"""What DMARC asks for each kind of name (RFC 9989 section 4.10), and of receivers that follow RFC 7489."""

from __future__ import annotations

import pytest

from audit.model.fact import Fact, Known, Unknown
from audit.model.subject import Domain
from audit.protocol.dmarc.policies import MAX_QUESTIONS, LegacyPolicy, NamePolicy, dmarc_authority, dmarc_policies
from audit.protocol.dmarc.walk import VOID
from audit.syntax.dmarc import Policy
from tests.protocol.dmarc.test_walk import zone
from tests.protocol.walking import found, value

RUA = "rua=mailto:a@b.example"
N, Q, R = Policy.NONE, Policy.QUARANTINE, Policy.REJECT
SEVEN, EIGHT = "a.b.c.d.e.f.example", "a.b.c.d.e.f.g.example"


def known(fact: Fact[NamePolicy]) -> NamePolicy:
    assert isinstance(fact, Known), fact
    return fact.value


def legacy(policy: NamePolicy) -> LegacyPolicy:
    assert isinstance(policy.legacy, Known), policy.legacy
    return policy.legacy.value


@pytest.mark.parametrize(
    ("tags", "requested", "tag"),
    [
        ("p=reject", (R, R, R), ("p", "p", "p")),
        ("p=reject; sp=none", (R, N, N), ("p", "sp", "sp")),
        ("p=reject; np=none", (R, R, N), ("p", "p", "np")),
        ("p=none; sp=quarantine; np=reject", (N, Q, R), ("p", "sp", "np")),
        ("p=reject; sp=quarantine; np=none; t=y", (Q, N, N), ("p with t=y", "sp with t=y", "np")),
        ("sp=reject", (None, None, None), (VOID, VOID, VOID)),
        (f"sp=reject; {RUA}", (N, N, N), ("p", "p", "p")),
        (f"p=reject; np=x; {RUA}", (N, N, N), ("p", "p", "p")),
        ("p=reject; sp=x", (None, None, None), (VOID, VOID, VOID)),
        ("p=reject; sp=none; psd=n", (R, N, N), ("p", "sp", "sp")),
        ("p=reject; sp=none; psd=y", (R, N, N), ("p", "sp", "sp")),
    ],
)
def test_one_record_for_all_names(tags: str, requested: tuple[Policy | None, ...], tag: tuple[str, ...]) -> None:
    policies = [known(fact) for _, fact in value(dmarc_policies(Domain("d.example")), zone(d_example=tags)).rows]
    assert tuple(p.requested for p in policies) == requested
    assert tuple(p.asked.tag for p in policies) == tag
    assert {p.at for p in policies} == {"d.example"}


@pytest.mark.parametrize(
    ("domain", "text", "here", "existing", "nonexistent"),
    [
        ("d.example", "", (None, None), (None, None), (None, None)),
        # below the organizational domain: the own record is for the domain alone
        (
            "s.d.example",
            zone(s_d_example="p=reject; sp=reject", d_example="p=none; np=quarantine"),
            ("s.d.example", R),
            ("d.example", N),
            ("d.example", Q),
        ),
        (
            "s.d.example",
            zone(s_d_example="p=reject; sp=none; psd=n", d_example="p=none"),
            ("s.d.example", R),
            ("s.d.example", N),
            ("s.d.example", N),
        ),
        # nothing above: the own record is the organization's
        (
            "s.d.example",
            zone(s_d_example="p=reject; sp=none"),
            ("s.d.example", R),
            ("s.d.example", N),
            ("s.d.example", N),
        ),
        # inherited
        (
            "s.d.example",
            zone(d_example="p=reject; sp=quarantine; np=none"),
            ("d.example", Q),
            ("d.example", Q),
            ("d.example", N),
        ),
        # a public suffix's record
        (
            "d.example",
            zone(example="p=reject; sp=quarantine; psd=y"),
            ("example", Q),
            ("example", Q),
            ("example", Q),
        ),
        (
            "d.example",
            zone(d_example="p=reject", example="p=none; psd=y"),
            ("d.example", R),
            ("d.example", R),
            ("d.example", R),
        ),
        # a suffix of its own: names right below are organizations, without a record of their own the suffix's applies
        (
            "d.example",
            zone(d_example="p=reject; sp=none; psd=y", example="p=quarantine"),
            ("d.example", R),
            ("d.example", N),
            ("d.example", N),
        ),
        # seven labels are on the way of the names below, eight are passed over
        (
            SEVEN,
            zone(a_b_c_d_e_f_example="p=reject; sp=none"),
            (SEVEN, R),
            (SEVEN, N),
            (SEVEN, N),
        ),
        (EIGHT, zone(a_b_c_d_e_f_g_example="p=reject; sp=none"), (EIGHT, R), (None, None), (None, None)),
        (
            EIGHT,
            zone(a_b_c_d_e_f_g_example="p=reject; psd=n", g_example="p=quarantine"),
            (EIGHT, R),
            ("g.example", Q),
            ("g.example", Q),
        ),
        # two records are none: the walk goes on
        (
            "d.example",
            zone(d_example="p=reject") + "\n" + zone(d_example="p=none") + "\n" + zone(example="p=quarantine"),
            ("example", Q),
            ("example", Q),
            ("example", Q),
        ),
    ],
)
def test_the_record_that_decides(
    domain: str,
    text: str,
    here: tuple[str | None, Policy | None],
    existing: tuple[str | None, Policy | None],
    nonexistent: tuple[str | None, Policy | None],
) -> None:
    policies = [known(fact) for _, fact in value(dmarc_policies(Domain(domain)), text).rows]
    assert [(p.at, p.requested) for p in policies] == [here, existing, nonexistent]


@pytest.mark.parametrize(
    ("tags", "words"),
    [
        ("p=reject", ("reject", "reject", "reject")),
        ("p=reject; pct=100", ("reject", "reject", "reject")),
        ("p=reject; pct=25", ("reject for 25 % of the mail, quarantine for the rest",) * 3),
        ("p=quarantine; pct=25", ("quarantine for 25 % of the mail, none for the rest",) * 3),
        ("p=reject; pct=0", ("quarantine", "quarantine", "quarantine")),
        ("p=none; pct=25", ("none", "none", "none")),
        ("p=reject; pct=101", ("reject", "reject", "reject")),
        ("p=reject; t=y", ("reject", "reject", "reject")),  # unknown to them
        ("p=reject; sp=none; np=quarantine", ("reject", "none", "none")),  # so is np
        ("p=reject; np=x", ("reject", "reject", "reject")),
        ("p=reject; sp=x", ("nothing", "nothing", "nothing")),
        (f"p=reject; sp=x; {RUA}", ("none", "none", "none")),
        ("sp=reject", ("nothing", "nothing", "nothing")),
        (RUA, ("none", "none", "none")),
    ],
)
def test_what_older_receivers_are_asked(tags: str, words: tuple[str, ...]) -> None:
    policies = value(dmarc_policies(Domain("d.example")), zone(d_example=tags))
    assert tuple(legacy(known(fact)).words for _, fact in policies.rows) == words


@pytest.mark.parametrize(
    ("domain", "text", "words"),
    [
        ("d.example", "", ("nothing", "nothing", "nothing")),
        # they go by the list, not by the walk
        ("d.example", zone(example="p=reject"), ("nothing", "nothing", "nothing")),
        ("x.s.d.example", zone(s_d_example="p=reject"), ("nothing", "nothing", "nothing")),
        ("s.d.example", zone(s_d_example="p=reject; sp=none"), ("reject", "nothing", "nothing")),
        (
            "s.d.example",
            zone(s_d_example="p=none", d_example="p=reject; sp=quarantine"),
            ("none",) + ("quarantine",) * 2,
        ),
        ("s.d.example", zone(d_example="p=reject; sp=quarantine"), ("quarantine",) * 3),
        (EIGHT, zone(g_example="p=reject"), ("reject",) * 3),
        ("d.example", zone(d_example="p=reject") + "\n" + zone(d_example="p=none"), ("nothing",) * 3),
        ("s.d.example", zone(d_example="p=reject") + "\n" + zone(d_example="p=none"), ("nothing",) * 3),
        ("co.uk", zone(co_uk="p=reject; psd=y"), ("reject", "nothing", "nothing")),
    ],
)
def test_where_older_receivers_look(domain: str, text: str, words: tuple[str, ...]) -> None:
    policies = value(dmarc_policies(Domain(domain)), text)
    assert tuple(legacy(known(fact)).words for _, fact in policies.rows) == words


def test_a_hole_above_leaves_the_domains_own_policy_certain() -> None:
    policies = value(dmarc_policies(Domain("d.example")), zone(d_example="p=reject") + "\n_dmarc.example TXT timeout")
    assert known(policies.domain).requested is R
    assert isinstance(policies.existing_subdomains, Unknown)
    assert isinstance(policies.nonexistent_subdomains, Unknown)


@pytest.mark.parametrize(
    ("domain", "text", "location", "walked", "listed"),
    [
        ("d.example", "", None, "d.example", "d.example"),
        ("s.d.example", zone(d_example="p=none"), "d.example", "d.example", "d.example"),
        ("s.d.example", zone(s_d_example="p=none"), "s.d.example", "s.d.example", "d.example"),
        ("s.d.example", zone(s_d_example="p=none", d_example="p=none"), "s.d.example", "d.example", "d.example"),
        ("d.example", zone(d_example="p=none", example="p=none"), "d.example", "example", "d.example"),
        ("d.example", zone(d_example="p=none; psd=n", example="p=none"), "d.example", "d.example", "d.example"),
        ("s.d.example", zone(example="p=none; psd=y"), "example", "d.example", "d.example"),
        ("d.example", zone(d_example="p=none; psd=y", example="p=none"), "d.example", "d.example", "d.example"),
        ("s.d.example", zone(d_example="p=none; psd=y"), "d.example", "s.d.example", "d.example"),
        ("a.d.co.uk", zone(d_co_uk="p=none"), "d.co.uk", "d.co.uk", "d.co.uk"),  # T28
        ("a.d.co.uk", "", None, "a.d.co.uk", "d.co.uk"),
        ("co.uk", "", None, "co.uk", "co.uk"),
        ("x.y.github.io", zone(y_github_io="p=none"), "y.github.io", "y.github.io", "y.github.io"),
    ],
)
def test_the_organizational_domain(domain: str, text: str, location: str | None, walked: str, listed: str) -> None:
    authority = value(dmarc_authority(Domain(domain)), text)
    assert (authority.record_location, authority.org_domain_treewalk) == (Known(location), Known(walked))
    assert authority.org_domain_psl == listed


def test_the_organizational_domain_needs_the_whole_walk_but_where_the_record_is_does_not() -> None:
    authority = value(dmarc_authority(Domain("d.example")), zone(d_example="p=none") + "\n_dmarc.example TXT servfail")
    assert authority.record_location == Known("d.example")
    assert isinstance(authority.org_domain_treewalk, Unknown)


@pytest.mark.parametrize("domain", ["d.example", SEVEN, EIGHT, f"x.y.{EIGHT}", "a.b.c.d.e.f.g.h.i.co.uk"])
def test_a_walk_is_eight_questions_and_both_share_them(domain: str) -> None:
    _, asked = found(dmarc_policies(Domain(domain)), "")
    assert len(asked) <= MAX_QUESTIONS
