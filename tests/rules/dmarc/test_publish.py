"""The record that a finding on DMARC gives to paste: published, it mends what was found, and nothing else changes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from audit.model.fact import Known
from audit.model.report import Finding, Result
from audit.protocol.dmarc.policies import DmarcPolicies
from audit.protocol.dmarc.rollout import DmarcReadiness
from audit.syntax.dmarc import Policy, is_dmarc, parse
from audit.syntax.txt import joined
from tests.rules.dmarc import test_authentication, test_names, test_policy, test_record, test_reports, test_rollout
from tests.rules.dmarc.zones import DEAD as ABOVE_UNKNOWN
from tests.rules.dmarc.zones import HERE, NO_SEND, SPF, at, own, text
from tests.rules.world import Case, check, replayed

TABLES = (test_record, test_policy, test_names, test_reports, test_authentication, test_rollout)
FAILING = tuple(case for table in TABLES for case in table.CASES if case.expected == "fail")
# What they say stays true with the record: an address is personal, a step is followed by the next.
STAYING = {"DMARC-RUF", "DMARC-NEXT-STEP"}


def finding_of(case: Case) -> Finding:
    found = check(case)
    assert found is not None
    return found


def mended(case: Case, lines: tuple[str, ...]) -> Case:
    """The case once the records are published: in place of all texts of their names, and of strays elsewhere."""
    owners = {line.split()[0] for line in lines}
    stray = case.rule == "DMARC-WRONG-PLACE"
    kept = [
        line
        for line in case.zone.splitlines()
        if line.split()[:1]
        and line.split()[0].removesuffix(".") + "." not in owners
        and not (stray and "DMARC1" in line)
    ]
    new = [f"{name} {rdtype} {data}" for name, _, _, rdtype, data in (line.split(None, 4) for line in lines)]
    return replace(case, zone="\n".join([*kept, *new]), severity=None, arguments=None)


@pytest.mark.parametrize("case", [c for c in FAILING if c.rule not in STAYING], ids=lambda c: c.id)
def test_what_is_published_mends_what_was_found(case: Case) -> None:
    lines = finding_of(case).publish
    if not lines:
        return
    for line in lines:
        assert is_dmarc(joined(line.split(None, 4)[4])), line
    after = [
        f for f in replayed(mended(case, lines)).all if f.rule == case.rule and case.subject in (None, f.subject.name)
    ]
    assert not [f for f in after if f.result is Result.FAIL]
    assert after


@pytest.mark.parametrize("case", [c for c in FAILING if c.rule != "DMARC-NEXT-STEP"], ids=lambda c: c.id)
def test_what_is_published_breaks_nothing_else(case: Case) -> None:
    lines = finding_of(case).publish
    if lines:
        assert harm(mended(case, lines)) <= harm(case)


def harm(case: Case) -> set[str]:
    """The failures that a change of a record could bring about, and must not."""
    harmful = {"DMARC-SPF-ONLY", "DMARC-NO-AUTH", "DMARC-SYNTAX", "DMARC-P-INVALID", "DMARC-MULTIPLE", "DMARC-VERSION"}
    return {f.rule for f in replayed(case).all if f.result is Result.FAIL} & harmful


@pytest.mark.parametrize("case", [c for c in FAILING if c.rule == "DMARC-NEXT-STEP"], ids=lambda c: c.id)
def test_a_step_that_is_taken_is_followed_by_another_or_by_none(case: Case) -> None:
    here = case
    steps = []
    for _ in range(8):
        (found,) = [f for f in replayed(here).all if f.rule == case.rule]
        if found.result is Result.PASS or not found.publish:
            break
        steps.append(found.arguments["step"])
        here = mended(here, found.publish)
    assert len(set(steps)) == len(steps), steps
    assert found.result is Result.PASS or not found.publish


def published(case: Case) -> str:
    (line,) = finding_of(case).publish
    return joined(line.split(None, 4)[4])


RUA, OWN_RUA = "rua=mailto:d@x.test", "rua=mailto:postmaster@story.example"


@pytest.mark.parametrize(
    ("rule", "zone", "record"),
    [
        ("DMARC-MISSING", HERE, "v=DMARC1; p=none; rua=mailto:postmaster@story.example"),
        ("DMARC-MISSING", NO_SEND, "v=DMARC1; p=reject"),
        ("DMARC-MISSING", HERE + NO_SEND, "v=DMARC1; p=reject; rua=mailto:postmaster@story.example"),
        ("DMARC-MULTIPLE", own("p=none") * 1 + text("v=DMARC1; p=none "), "v=DMARC1; p=none"),
        ("DMARC-VERSION", text("p=reject; v=dmarc1; x=Y"), "v=DMARC1; p=none; x=Y"),
        ("DMARC-VERSION", text("p=reject; sp=none; np=reject; v=dmarc1"), "v=DMARC1; p=none; sp=none; np=reject"),
        ("DMARC-WRONG-PLACE", 'story.example. TXT "v=DMARC1; p=reject"', "v=DMARC1; p=none"),
        ("DMARC-MULTIPLE", text("v=DMARC1; p=reject", "v=DMARC1; p=reject "), "v=DMARC1; p=none"),
        ("DMARC-SYNTAX", own("p=none", "oops", "x=Y"), "v=DMARC1; p=none; x=Y"),
        ("DMARC-RF-RI", own("p=none", "rf=afrf", "x=Y", "ri=1"), "v=DMARC1; p=none; x=Y"),
        ("DMARC-P-MISSING", own(RUA) + HERE, f"v=DMARC1; p=none; {RUA}"),
        ("DMARC-P-MISSING", own(RUA) + NO_SEND, f"v=DMARC1; p=reject; {RUA}"),
        ("DMARC-P-MISSING", own("sp=reject", RUA) + HERE, f"v=DMARC1; p=none; sp=none; {RUA}"),
        ("DMARC-P-INVALID", own("p=quarantined", "sp=no") + HERE, f"v=DMARC1; p=none; sp=none; {OWN_RUA}"),
        ("DMARC-P-INVALID", own("p=quarantined", "sp=no") + NO_SEND, "v=DMARC1; p=reject; sp=none"),
        ("DMARC-P-INVALID", own("p=rejct", "np=rejct", RUA) + HERE, f"v=DMARC1; p=none; np=reject; {RUA}"),
        ("DMARC-SYNTAX", own('\\"p=reject\\"', RUA) + HERE, f"v=DMARC1; p=none; {RUA}"),
        ("DMARC-P-NONE", own("p=none", RUA) + NO_SEND, f"v=DMARC1; p=reject; {RUA}"),
        ("DMARC-P-QUARANTINE", own("p=quarantine", RUA), f"v=DMARC1; p=reject; {RUA}"),
        ("DMARC-NP", own("p=quarantine", RUA), f"v=DMARC1; p=quarantine; np=reject; {RUA}"),
        ("DMARC-T-Y", own("p=reject", "t=y", RUA), f"v=DMARC1; p=reject; {RUA}"),
        ("DMARC-PCT", own("p=reject", "pct=20", RUA), f"v=DMARC1; p=reject; {RUA}"),
        ("DMARC-PCT", own("p=none", "pct=0", RUA), f"v=DMARC1; p=none; {RUA}"),
        ("DMARC-T-Y", own("p=reject", "pct=0", "t=y", RUA), f"v=DMARC1; p=reject; {RUA}"),
        ("DMARC-P-NONE", own("p=quarantine", "pct=0", "t=y", RUA) + NO_SEND, f"v=DMARC1; p=reject; {RUA}"),
        ("DMARC-P-INVALID", own(f"p=reject {RUA}") + HERE, f"v=DMARC1; p=none; {RUA}"),
        ("DMARC-RUA-SYNTAX", own("rua=d@x.test p=reject") + HERE, f"v=DMARC1; {RUA}; p=none"),
        ("DMARC-T-Y", own("p=none", "t=y", RUA) + HERE, f"v=DMARC1; p=none; {RUA}"),
        ("DMARC-PCT", own("p=reject", "pct=20", RUA) + HERE, f"v=DMARC1; p=reject; {RUA}"),
        ("DMARC-P-QUARANTINE", own("p=quarantine", "pct=0", RUA), f"v=DMARC1; p=reject; {RUA}"),
        ("DMARC-NEXT-STEP", own("p=none", "pct=0", RUA) + HERE, f"v=DMARC1; p=quarantine; {RUA}"),
        ("DMARC-NEXT-STEP", own("p=quarantine", "pct=0", RUA) + HERE, f"v=DMARC1; p=reject; {RUA}"),
        ("DMARC-NEXT-STEP", own("p=none", "pct=0", RUA) + NO_SEND, f"v=DMARC1; p=reject; {RUA}"),
        ("DMARC-NEXT-STEP", own("p=reject", "np=none", "pct=0", RUA) + HERE, f"v=DMARC1; p=reject; np=reject; {RUA}"),
        (
            "DMARC-NEXT-STEP",
            own("p=rejct") + HERE,
            f"v=DMARC1; p=none; {OWN_RUA}",
        ),
        (
            "DMARC-NEXT-STEP",
            own("p=reject", "np=x") + HERE,
            "v=DMARC1; p=reject; np=none; rua=mailto:postmaster@story.example",
        ),
        ("DMARC-PSD", own("p=reject", "psd=y", RUA), f"v=DMARC1; p=reject; {RUA}"),
        ("DMARC-RUA-MISSING", own("p=reject") + HERE, "v=DMARC1; p=reject; rua=mailto:postmaster@story.example"),
        ("DMARC-RUA-MISSING", own("p=rejct") + HERE, "v=DMARC1; p=none; rua=mailto:postmaster@story.example"),
        (
            "DMARC-RUA-MISSING",
            own("p=reject", "ruf=mailto:f@x.test") + HERE,
            "v=DMARC1; p=reject; ruf=mailto:f@x.test; rua=mailto:f@x.test",
        ),
        (
            "DMARC-RUA-SYNTAX",
            own("p=none", "rua=d@x.test e@x.test"),
            "v=DMARC1; p=none; rua=mailto:d@x.test,mailto:e@x.test",
        ),
        (
            "DMARC-RUA-SYNTAX",
            own("p=none", "rua=mailto:d@x.test ruf=mailto:e@x.test"),
            "v=DMARC1; p=none; rua=mailto:d@x.test; ruf=mailto:e@x.test",
        ),
        ("DMARC-P-INVALID", own(f"p=reject {RUA}"), f"v=DMARC1; p=reject; {RUA}"),
        ("DMARC-P-INVALID", own(f"p=rejct, {RUA}"), f"v=DMARC1; p=reject; {RUA}"),
        (
            "DMARC-RUA-SYNTAX",
            own("p=none", f"{RUA},,mailto:e@x.test"),
            f"v=DMARC1; p=none; {RUA},mailto:e@x.test",
        ),
        ("DMARC-RUA-SYNTAX", own("p=none", "rua=d@x.test", "e@x.test"), f"v=DMARC1; p=none; {RUA},mailto:e@x.test"),
        ("DMARC-SYNTAX", own("p=none", RUA, "mailto:e@x.test"), f"v=DMARC1; p=none; {RUA},mailto:e@x.test"),
        ("DMARC-URI-SIZE", own("p=none", f"{RUA}!10m"), f"v=DMARC1; p=none; {RUA}"),
        ("DMARC-RUF", own("p=none", "fo=1"), "v=DMARC1; p=none"),
        ("DMARC-RUF", own("p=none", "ruf=mailto:d@x.test", "fo=1:d:s"), "v=DMARC1; p=none; ruf=mailto:d@x.test; fo=1"),
    ],
)
def test_the_owners_tags_are_kept(rule: str, zone: str, record: str) -> None:
    assert published(Case(rule, "fail", zone)) == record
    assert parse(record).text == record


@pytest.mark.parametrize(
    ("rule", "zone"),
    [
        ("DMARC-MISSING", "story.example. TXT nodata"),  # neither takes mail nor is known to send: see below
        ("DMARC-P-NONE", '_dmarc.story.example. CNAME d.hosted.test.\nd.hosted.test. TXT "v=DMARC1; p=none"\n' + HERE),
        ("DMARC-RUA-MISSING", own("p=none")),
        ("DMARC-P-NONE", own("p=none") + HERE + SPF),  # what the reports say: DMARC-NEXT-STEP
        ("DMARC-P-QUARANTINE", own("p=quarantine") + HERE + SPF),
        ("DMARC-T-Y", own("p=reject", "t=y") + HERE + SPF),
        ("DMARC-SP-WEAK", own("p=quarantine", "sp=none") + HERE + SPF),
        ("DMARC-P-INVALID", own("p=reject", "np=x") + HERE),  # some receivers reject, others do nothing
        ("DMARC-RUA-SYNTAX", own("p=none", "rua=nonsense")),
        ("DMARC-P-NONE", own("p=none", "x=" + "y" * 2000)),
        ("DMARC-RUA-SCHEME", own("p=none", "rua=https://x.test/")),
    ],
)
def test_what_only_its_owner_knows_is_not_made_up(rule: str, zone: str) -> None:
    if rule == "DMARC-MISSING":
        zone += "\nstory.example. MX timeout"
    assert not [
        line
        for f in replayed(Case(rule, "fail", zone)).all
        if f.rule == rule and f.result is Result.FAIL
        for line in f.publish
    ]


def test_a_record_behind_an_alias_of_ones_own_is_changed_where_it_stands() -> None:
    zone = '_dmarc.story.example. CNAME d.story.example.\nd.story.example. TXT "v=DMARC1; p=none"\n'
    (line,) = finding_of(Case("DMARC-P-NONE", "fail", zone + NO_SEND)).publish
    assert line.startswith("d.story.example. 3600 IN TXT ")


def test_the_consent_of_a_host_for_reports_is_its_own_to_publish() -> None:
    zone = own("p=none", "rua=mailto:d@reports.test")
    (line,) = finding_of(Case("DMARC-EXT-AUTH", "fail", zone)).publish
    assert line == 'story.example._report._dmarc.reports.test. 3600 IN TXT "v=DMARC1;"'


PSD = "psd=y", "rua=mailto:d@example.test"
X = "x.story.example"
X_HERE = f"{X}. MX 10 mx.{X}.\nmx.{X}. A 192.0.2.1\n"
POSTMASTER = f"rua=mailto:postmaster@{X}"


@pytest.mark.parametrize(
    ("above", "record"),
    [
        (("p=reject",), "p=reject"),
        (("p=quarantine", "sp=none"), "p=none"),
        (("p=none", "sp=quarantine"), "p=quarantine"),
        (("p=none", "np=reject"), "p=none; np=reject"),
        (("p=reject", "t=y"), "p=reject; t=y"),
        (("p=bad",), "p=none"),
    ],
)
def test_a_first_record_asks_for_no_less_than_the_one_that_applies(above: tuple[str, ...], record: str) -> None:
    case = Case("DMARC-NEXT-STEP", "fail", own(*above, *PSD) + X_HERE, domain=X)
    assert published(case) == f"v=DMARC1; {record}; {POSTMASTER}"


def test_a_first_record_that_keeps_a_policy_says_so() -> None:
    found = finding_of(Case("DMARC-NEXT-STEP", "fail", own("p=reject", *PSD) + X_HERE, domain=X))
    assert found.arguments["step"] == "publish a record that asks for reject, as the one above does, and for reports"


@pytest.mark.parametrize("above", [own("p=reject"), own("p=quarantine", "np=reject"), ABOVE_UNKNOWN])
@pytest.mark.parametrize(
    ("rule", "zone"),
    [
        ("DMARC-MULTIPLE", f'_dmarc.{X}. TXT "v=DMARC1; p=none"\n_dmarc.{X}. TXT "v=DMARC1; p=none "\n'),
        ("DMARC-VERSION", f'_dmarc.{X}. TXT "v=dmarc1; p=none"\n'),
        ("DMARC-WRONG-PLACE", f'{X}. TXT "v=DMARC1; p=none"\n'),
    ],
)
def test_a_mended_record_weaker_than_the_one_that_applies_is_not_given(rule: str, zone: str, above: str) -> None:
    assert finding_of(Case(rule, "fail", zone + above + X_HERE, domain=X)).publish == ()
    stronger = zone.replace("p=none", "p=reject")
    given = finding_of(Case(rule, "fail", stronger + above + X_HERE, domain=X)).publish
    assert bool(given) is (above != ABOVE_UNKNOWN)


@pytest.mark.parametrize("rule", ["DMARC-MISSING", "DMARC-NEXT-STEP"])
@pytest.mark.parametrize("mail", [HERE, NO_SEND])
@pytest.mark.parametrize("target", ["", "d.gone.example. A 192.0.2.1\n"])
def test_no_record_is_given_to_stand_beside_an_alias(rule: str, mail: str, target: str) -> None:
    alias = "_dmarc.story.example. CNAME d.gone.example.\n"
    found = finding_of(Case(rule, "fail", alias + target + mail))
    assert found.publish == ()
    if rule == "DMARC-NEXT-STEP":
        before = found.arguments["before"]
        assert isinstance(before, tuple)
        assert before[0] == "the alias at _dmarc.story.example is removed"


@pytest.mark.parametrize("rule", ["DMARC-MISSING", "DMARC-NEXT-STEP"])
def test_a_wildcard_is_no_alias_in_the_way(rule: str) -> None:
    zone = HERE + "*.story.example. CNAME www.story.example.\nwww.story.example. A 192.0.2.9\n"
    assert published(Case(rule, "fail", zone)) == "v=DMARC1; p=none; rua=mailto:postmaster@story.example"


@pytest.mark.parametrize("case", [c for c in FAILING if c.rule != "DMARC-NEXT-STEP"], ids=lambda c: c.id)
def test_no_stricter_policy_is_given_to_paste(case: Case) -> None:
    """But to a domain that sends nothing; on a step that is for later DMARC-NEXT-STEP says so."""
    found = replayed(case)
    facts = found.domain.facts
    readiness, policies = facts[DmarcReadiness], facts[DmarcPolicies]
    assert isinstance(readiness, Known)
    assert isinstance(policies, Known)
    lines = finding_of(case).publish
    if readiness.value.silent or case.rule in ("DMARC-EXT-AUTH", "DMARC-SP-IGNORED") or not lines:
        return
    after = replayed(mended(case, lines)).domain.facts[DmarcPolicies]
    assert isinstance(after, Known)
    for was, now in zip(policies.value.rows[:2], after.value.rows[:2], strict=True):
        assert isinstance(was[1], Known)
        assert isinstance(now[1], Known)
        weak = (None, Policy.NONE)
        assert now[1].value.requested in (was[1].value.requested, *weak), (was, now)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        (f"v=dmarc1; p=none; {RUA}", "DMARC-VERSION"),
        ("v=dmarc1; p=none; rua: mailto:d@x.test", "DMARC-VERSION"),
        ("v=dmarc1; p=none; mailto:d@x.test", "DMARC-VERSION"),
        ("v=DMARC1; p=none; rua=d@x.test", "DMARC-RUA-SYNTAX"),
        ("v=DMARC1; p=none; rua: mailto:d@x.test", "DMARC-SYNTAX"),
        ("v=DMARC1; p=none; mailto:d@x.test", "DMARC-RUA-MISSING"),
    ],
)
def test_the_owners_address_is_the_same_in_each_record(text: str, rule: str) -> None:
    zone = HERE + f'_dmarc.story.example. TXT "{text}"\n'
    for each in (rule, "DMARC-NEXT-STEP"):
        assert published(Case(each, "fail", zone)) == f"v=DMARC1; p=none; {RUA}"


AT_HOME = "rua=mailto:r@story.example"
APEX = 'story.example. TXT "v=DMARC1; p=none; {}"\n'


@pytest.mark.parametrize("rule", ["DMARC-MISSING", "DMARC-NEXT-STEP"])
@pytest.mark.parametrize(
    ("stray", "named"),
    [
        (APEX.format(AT_HOME), AT_HOME),
        (APEX.format("rua=r@story.example"), AT_HOME),  # as it was meant
        (
            'dmarc.story.example. TXT "v=DMARC1; p=none; rua=mailto:r@mail.story.example"\n',
            "rua=mailto:r@mail.story.example",
        ),
        (f'_dmarc._dmarc.story.example. TXT "v=DMARC1; {AT_HOME}"\n', AT_HOME),
        (f'story.example. TXT "v=dmarc1; p=none; {AT_HOME}"\n', AT_HOME),  # in small letters
        (f'story.example. TXT "v=DMARC2; p=none; {AT_HOME}"\n', AT_HOME),
        (f'dmarc.story.example. TXT "p=none; {AT_HOME}"\n', AT_HOME),
        (
            APEX.format("rua=mailto:r@mail.story.example") + at("mail.story.example", "p=none", "psd=n"),
            "",  # an organization of its own
        ),
        (APEX.format(RUA), ""),  # somebody else's
        (APEX.format("rua=mailto:r@notstory.example"), ""),
        (APEX.format("rua=mailto:nonsense"), ""),
        (APEX.format(f"{RUA},mailto:r@story.example"), AT_HOME),
        ("story.example. TXT timeout\n", ""),
    ],
)
def test_reports_go_where_a_stray_record_has_them(rule: str, stray: str, named: str) -> None:
    found = finding_of(Case(rule, "fail", HERE + SPF * ("timeout" not in stray) + stray))
    (line,) = found.publish
    wanted = named or "rua=mailto:postmaster@story.example"
    assert joined(line.split(None, 4)[4]) == f"v=DMARC1; p=none; {wanted}"


def test_a_record_that_names_nobody_is_given_the_mailbox_of_a_stray_one() -> None:
    for rule in ("DMARC-RUA-MISSING", "DMARC-NEXT-STEP"):
        assert (
            published(Case(rule, "fail", HERE + own("p=none") + APEX.format(AT_HOME))) == f"v=DMARC1; p=none; {AT_HOME}"
        )


def test_of_pct_0_no_record_keeps_what_is_asked_today() -> None:
    assert finding_of(Case("DMARC-PCT", "fail", own("p=reject", "pct=0", RUA))).publish == ()
