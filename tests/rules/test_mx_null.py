"""The null MX in another form than the standard's, and beside mail that is sent."""

from __future__ import annotations

import pytest

from audit.model.evidence import DomainOptions
from tests.rules.keys import rsa_text
from tests.rules.world import Case, check

NULL = "story.example. MX 0 .\n"
NOBODY = 'story.example. TXT "v=spf1 -all"\n'
MX = "story.example. MX 10 mx.story.example.\nmx.story.example. A 192.0.2.1\n"
OTHER = 'other.example. TXT "v=spf1 {}"\n'
SELECTOR = DomainOptions(selectors=("s1",))


def spf(terms: str) -> str:
    return f'{NULL}story.example. TXT "v=spf1 {terms}"\n'


def key(data: str) -> str:
    return f'{NULL}{NOBODY}s1._domainkey.story.example. TXT "v=DKIM1; k=rsa; p={data}"\n'


CASES = (
    Case("MX-NULL-PREF", "pass", NULL),
    Case("MX-NULL-PREF", "fail", "story.example. MX 10 .", severity="low", arguments={"preference": 10}),  # T24
    Case("MX-NULL-PREF", "not_applicable", MX, why="no null MX"),
    Case("MX-NULL-PREF", "not_applicable", "story.example. MX 10 .\n" + MX, why="superseded by MX-NULL-MIXED"),
    Case("MX-NULL-PREF", "unknown", "story.example. MX servfail", reason="dns.servfail"),
    Case("MX-NULL-SENDS", "pass", NULL + NOBODY),
    Case("MX-NULL-SENDS", "pass", NULL, why="no SPF"),
    Case("MX-NULL-SENDS", "pass", spf("~all"), why="nobody is let in"),
    Case("MX-NULL-SENDS", "fail", "story.example. MX 10 .\n" + spf("mx -all").removeprefix(NULL), why="preference 10"),
    Case(
        "MX-NULL-SENDS",
        "fail",
        spf("ip4:192.0.2.1 -all"),
        severity="medium",
        arguments={"domain": "story.example", "signs": ("its SPF record lets somebody send",)},
    ),
    Case("MX-NULL-SENDS", "fail", spf("redirect=other.example") + OTHER.format("mx -all"), why="by redirect"),
    Case("MX-NULL-SENDS", "pass", spf("redirect=other.example") + OTHER.format("-all"), why="a redirect to nobody"),
    Case("MX-NULL-SENDS", "pass", spf("redirect=other.example"), why="a redirect to nothing"),
    Case("MX-NULL-SENDS", "pass", spf("-all ip4:192.0.2.1 mx"), why="behind all"),
    Case("MX-NULL-SENDS", "pass", spf("include:other.example -all") + OTHER.format("-all"), why="an include of nobody"),
    Case(
        "MX-NULL-SENDS",
        "unknown",
        spf("redirect=other.example") + "other.example. TXT timeout",
        why="a redirect out of sight",
        reason="dns.timeout",
    ),
    Case(
        "MX-NULL-SENDS",
        "unknown",
        spf("include:other.example -all") + "other.example. TXT timeout",
        why="an include out of sight",
        reason="dns.timeout",
    ),
    Case("MX-NULL-SENDS", "fail", spf("include:other.example -all"), why="by include"),
    Case(
        "MX-NULL-SENDS",
        "fail",
        key(rsa_text(2048)),
        why="a key",
        options=SELECTOR,
        arguments={"signs": ("DKIM key s1",)},
    ),
    Case("MX-NULL-SENDS", "pass", key(""), why="a revoked key", options=SELECTOR),
    Case("MX-NULL-SENDS", "not_applicable", MX, why="it takes mail"),
    Case("MX-NULL-SENDS", "unknown", NULL + "story.example. TXT timeout", reason="dns.timeout"),
    Case(
        "MX-NULL-SENDS",
        "unknown",
        NULL + "s1._domainkey.story.example. TXT refused",
        why="a key unknown",
        options=SELECTOR,
        reason="dns.refused",
    ),
    Case(
        "MX-NULL-SENDS",
        "fail",
        spf("mx -all") + "s1._domainkey.story.example. TXT refused",
        why="certain all the same",
        options=SELECTOR,
    ),
)


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.id)
def test_what_is_found_is_what_the_evidence_says(case: Case) -> None:
    check(case)


@pytest.mark.parametrize(
    ("case", "publish"),
    [
        (Case("MX-NULL-PREF", "fail", "story.example. MX 10 ."), ("story.example. 3600 IN MX 0 .",)),
        (Case("MX-NULL-MIXED", "fail", NULL + MX), ("story.example. 3600 IN MX 10 mx.story.example.",)),
        (Case("MX-NULL-MIXED", "fail", NULL + "story.example. MX 10 ."), ("story.example. 3600 IN MX 0 .",)),
        (Case("MX-NULL-SENDS", "fail", spf("mx -all")), ('story.example. 3600 IN TXT "v=spf1 -all"',)),
    ],
)
def test_the_records_that_mend_it(case: Case, publish: tuple[str, ...]) -> None:
    found = check(case)
    assert found is not None
    assert found.publish == publish
