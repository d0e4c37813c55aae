"""How far a domain has come with DMARC, and its next step."""

from __future__ import annotations

import pytest

from audit.model.report import Result
from tests.rules import keys
from tests.rules.dmarc.zones import (
    BELOW,
    DEAD,
    DEAD_ABOVE,
    HERE,
    NO_MAIL,
    NO_SEND,
    REJECT,
    RUA,
    SILENT,
    SPF,
    SUB,
    at,
    own,
)
from tests.rules.world import Case, check, replayed

KEY = f'mail._domainkey.story.example. TXT "v=DKIM1; p={keys.rsa_text(2048)}"\n'
READY = HERE + SPF + KEY
READER = ("a mailbox, or a service, that reads reports",)
SILENCE = ("nothing, as the domain sends no mail; a name below it that does needs a record of its own",)
NOT_TODAY = "Not today, but when all of this holds"
WATCHED = "for two to four weeks reports arrive and show that all genuine mail passes (only their reader can tell)"
MET = (
    WATCHED,
    "reports could arrive (yes)",
    "SPF can be evaluated (yes)",
    "mail is signed with DKIM (a key is published: yes)",
)

OPEN = "SPF does not let everybody send (no: it does, so that reports show nothing but mail that passes)"
CASES = (
    Case(
        "DMARC-NEXT-STEP",
        "fail",
        own("p=none", RUA) + READY.replace(SPF, 'story.example. TXT "v=spf1 +all"\n'),
        why="anybody may send",
        arguments={"when": NOT_TODAY, "before": (OPEN, *MET)},
    ),
    Case(
        "DMARC-NEXT-STEP",
        "fail",
        READY,
        severity="info",
        why="no record",
        arguments={
            "domain": "story.example",
            "stage": "no record",
            "step": "publish a record that asks for reports",
            "when": "What it needs first",
            "before": READER,
        },
    ),
    Case(
        "DMARC-NEXT-STEP",
        "fail",
        NO_MAIL,
        why="no record, no mail",
        arguments={"step": "publish a record that asks for rejection", "before": SILENCE},
    ),
    Case(
        "DMARC-NEXT-STEP",
        "fail",
        at("uk", "p=reject", "psd=y") + "story.uk. A 192.0.2.1",
        why="a registry's record",
        domain="story.uk",
        arguments={"stage": "no record of its own"},
    ),
    Case(
        "DMARC-NEXT-STEP",
        "fail",
        own("p=none", RUA) + NO_SEND,
        why="sends nothing",
        arguments={"stage": "a policy of none", "step": "ask for rejection at once", "before": SILENCE},
    ),
    Case(
        "DMARC-NEXT-STEP",
        "fail",
        own("p=rejct", "np=x") + HERE,
        why="void",
        arguments={
            "stage": "a record whose policy cannot be read, so that it is void",
            "step": "ask for a policy that there is, at first none",
            "before": READER,
        },
    ),
    Case(
        "DMARC-NEXT-STEP",
        "fail",
        own("p=rejct", RUA) + READY,
        why="counts as none",
        arguments={"stage": "a record whose policy cannot be read, so that it counts as p=none", "before": READER},
    ),
    Case(
        "DMARC-NEXT-STEP",
        "fail",
        own("p=reject", "np=x", RUA) + READY,
        why="some receivers act on it",
        arguments={
            "step": "ask for policies that there are; p then counts for all receivers",
            "when": NOT_TODAY,
            "before": MET,
        },
    ),
    Case(
        "DMARC-NEXT-STEP",
        "fail",
        own("p=none") + HERE,
        why="nobody watches",
        arguments={"stage": "a valid record, but nobody is sent reports", "step": "name a mailbox for reports"},
    ),
    Case(
        "DMARC-NEXT-STEP",
        "fail",
        own("p=none", RUA) + READY,
        why="watching",
        arguments={
            "stage": "a valid record that watches only",
            "step": "ask for quarantine",
            "when": NOT_TODAY,
            "before": MET,
        },
    ),  # T36
    Case(
        "DMARC-NEXT-STEP",
        "fail",
        own("p=none", "rua=mailto:d@reports.test") + HERE,
        why="watching, but nothing is ready",
        arguments={
            "before": (
                WATCHED,
                "reports could arrive (no)",
                "SPF can be evaluated (no)",
                "mail is signed with DKIM (a key is published: no)",
            )
        },
    ),
    Case(
        "DMARC-NEXT-STEP",
        "fail",
        own("p=none", "rua=mailto:d@reports.test")
        + "story.example._report._dmarc.reports.test. TXT servfail\nreports.test. A 192.0.2.7\n"
        + HERE
        + "story.example. TXT servfail\n_domainkey.story.example. A nodata\n",
        why="watching, and much cannot be told",
        arguments={
            "before": (
                WATCHED,
                "reports could arrive (could not be tested)",
                "SPF can be evaluated (could not be tested)",
                "mail is signed with DKIM (a key is published: could not be tested)",
            )
        },
    ),
    Case(
        "DMARC-NEXT-STEP",
        "fail",
        own("p=none", RUA) + HERE + KEY + 'story.example. TXT "v=spf1 include:gone.test -all"',
        why="watching, SPF is broken",
        arguments={"before": (*MET[:2], "SPF can be evaluated (no)", *MET[3:])},
    ),
    Case(
        "DMARC-NEXT-STEP",
        "fail",
        own("p=quarantine", RUA, "t=y") + READY,
        why="a test",
        arguments={"stage": "quarantine, marked as a test", "step": "remove t=y"},
    ),
    Case(
        "DMARC-NEXT-STEP",
        "fail",
        own("p=quarantine", RUA) + READY,
        why="quarantine",
        arguments={"stage": "quarantine", "step": "ask for rejection", "before": MET},
    ),
    Case(
        "DMARC-NEXT-STEP",
        "fail",
        own("p=none", RUA, "sp=quarantine") + BELOW,
        why="inherited",
        domain=SUB,
        arguments={
            "domain": SUB,
            "stage": "quarantine",
            "step": "ask for rejection",
            "before": (
                WATCHED,
                "reports could arrive (no)",
                "SPF can be evaluated (no)",
                "mail is signed with DKIM (a key is published: no)",
                "every other name below story.example that sends passes, or has a record of its own",
            ),
        },
    ),
    Case(
        "DMARC-NEXT-STEP",
        "fail",
        own("p=reject", "sp=none", RUA) + READY,
        why="names below",
        arguments={
            "stage": "reject for the domain itself, but none for existing subdomains, none for non-existent subdomains",
            "step": "ask for rejection of all names below it",
        },
    ),
    Case(
        "DMARC-NEXT-STEP",
        "fail",
        own("p=reject", "np=none", RUA) + READY,
        why="names that do not exist",
        arguments={
            "when": "What it needs first",
            "before": ("nothing, as nobody sends from names that do not exist",),
        },
    ),
    Case("DMARC-NEXT-STEP", "pass", REJECT + READY),
    Case("DMARC-NEXT-STEP", "pass", REJECT + BELOW, why="inherited", domain=SUB),
    Case(
        "DMARC-NEXT-STEP",
        "pass",
        own("p=none") + at("dept.story.example", "p=reject") + "dept.story.example. A 192.0.2.9",
        why="names below are another's",
        domain="dept.story.example",
    ),
    Case("DMARC-NEXT-STEP", "unknown", DEAD, reason="dns.servfail"),
    Case("DMARC-NEXT-STEP", "unknown", SILENT, why="silence", reason="dns.timeout"),
    Case("DMARC-NEXT-STEP", "unknown", REJECT + READY + DEAD_ABOVE, why="names below", reason="dns.servfail"),
)


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.id)
def test_what_is_found_is_what_the_evidence_says(case: Case) -> None:
    check(case)


@pytest.mark.parametrize(
    "case", [c for c in CASES if c.why in ("watching", "a test", "quarantine")], ids=lambda c: c.id
)
def test_a_message_says_that_the_record_is_not_for_today(case: Case) -> None:
    found = check(case)
    assert found is not None
    assert found.publish
    assert "Not today, but when all of this holds: for two to four weeks reports arrive" in (found.message or "")
    assert "show that all genuine mail passes" in (found.message or "")[:300]  # so much of it Markdown shows
    assert "reports could arrive (yes)" in (found.message or "")


@pytest.mark.parametrize("mail", [HERE, HERE + NO_SEND, READY])
@pytest.mark.parametrize(
    "tags",
    [
        ("p=rejct",),
        ("p=rejct", RUA),
        ("p=reject", "sp=no", RUA),
        ("p=reject", "np=no", RUA),
        ("sp=reject", RUA),
        (RUA,),
    ],
)
def test_what_mends_a_policy_is_the_next_step_as_well(tags: tuple[str, ...], mail: str) -> None:
    found = {f.rule: f for f in replayed(Case("", "", own(*tags) + mail)).findings if f.result is Result.FAIL}
    step = found["DMARC-NEXT-STEP"]
    for rule in {"DMARC-P-INVALID", "DMARC-P-MISSING"} & found.keys():
        assert found[rule].publish == step.publish or (found[rule].publish == () and "when all" in str(step.message))
