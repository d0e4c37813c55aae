"""The names with which a domain's own servers greet others; only the user knows them."""

from __future__ import annotations

import pytest

from audit.model.evidence import DomainOptions
from tests.rules.world import GONE, Case, check

BASE = "story.example. MX 10 mx.story.example.\nmx.story.example. A 192.0.2.1\n"
OUT = "out.story.example. A 192.0.2.7\n"
SPF = 'out.story.example. TXT "v=spf1 a -all"\n'
NAME = "out.story.example"


def told(*names: str, sending: tuple[str, ...] = ()) -> DomainOptions:
    return DomainOptions(helo=names, sending_ips=sending)


SYNTAX = (
    Case("HELO-SYNTAX", "pass", BASE + OUT, options=told(NAME)),
    Case("HELO-SYNTAX", "pass", BASE + OUT, why="final dot", options=told("out.story.example.")),
    Case("HELO-SYNTAX", "pass", BASE, why="address literal", options=told("[192.0.2.7]")),
    Case("HELO-SYNTAX", "pass", BASE, why="IPv6 literal", options=told("[ipv6:2001:db8::7]")),
    Case(
        "HELO-SYNTAX",
        "fail",
        BASE,
        options=told("localhost"),
        severity="medium",
        subject="localhost",
        arguments={"name": "localhost", "fault": "no domain, only a single word"},
    ),
    Case("HELO-SYNTAX", "fail", BASE, why="bare address", options=told("192.0.2.7")),
    Case("HELO-SYNTAX", "fail", BASE, why="bare IPv6", options=told("2001:db8::7")),
    Case("HELO-SYNTAX", "fail", BASE, why="literal without its tag", options=told("[2001:db8::7]")),
    Case("HELO-SYNTAX", "fail", BASE, why="underscore", options=told("out_1.story.example")),
    Case("HELO-SYNTAX", "fail", BASE, why="localdomain", options=told("localhost.localdomain")),
    Case("HELO-SYNTAX", "fail", BASE, why="not a name at all", options=told("🦊 .")),
    Case("HELO-SYNTAX", GONE, BASE, why="none told"),
    Case(
        "HELO-SYNTAX",
        "unknown",
        BASE,
        why="more than are looked at",
        options=told(*(f"out{i}.story.example" for i in range(9))),
        subject="story.example",
        reason="budget",
    ),
)
RESOLVE = (
    Case("HELO-RESOLVE", "pass", BASE + OUT, options=told(NAME)),
    Case("HELO-RESOLVE", "pass", BASE + OUT, why="one of two", options=told(NAME, sending=("192.0.2.7", "192.0.2.8"))),
    Case("HELO-RESOLVE", "pass", BASE + OUT + NAME + ". AAAA timeout", why="one is enough", options=told(NAME)),
    Case(
        "HELO-RESOLVE",
        "fail",
        BASE,
        options=told(NAME),
        severity="medium",
        arguments={"name": NAME, "what": "has no address"},
    ),
    Case(
        "HELO-RESOLVE",
        "fail",
        BASE + OUT,
        why="elsewhere",
        options=told(NAME, sending=("192.0.2.8", "2001:db8::8")),
        arguments={"what": "leads to none of the addresses that send"},
    ),
    Case("HELO-RESOLVE", "not_applicable", BASE, why="no name", options=told("localhost")),
    Case("HELO-RESOLVE", "not_applicable", BASE, why="a literal", options=told("[192.0.2.7]")),
    Case("HELO-RESOLVE", "unknown", BASE + NAME + ". A servfail", options=told(NAME), reason="dns.servfail"),
    Case(
        "HELO-RESOLVE",
        "unknown",
        BASE + OUT + NAME + ". AAAA timeout",
        why="a family unknown",
        options=told(NAME, sending=("2001:db8::8",)),
        reason="dns.timeout",
    ),
)
RECORD = (
    Case("HELO-SPF", "pass", BASE + OUT + SPF, options=told(NAME)),
    Case("HELO-SPF", "fail", BASE + OUT, options=told(NAME), severity="low", arguments={"name": NAME}),
    Case("HELO-SPF", "fail", BASE + OUT + NAME + '. TXT "other"', why="other text", options=told(NAME)),
    Case("HELO-SPF", "not_applicable", BASE, why="a literal", options=told("[192.0.2.7]")),
    Case("HELO-SPF", "unknown", BASE + OUT + NAME + ". TXT timeout", options=told(NAME), reason="dns.timeout"),
)
CASES = (*SYNTAX, *RESOLVE, *RECORD)


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.id)
def test_what_is_found_is_what_the_evidence_says(case: Case) -> None:
    check(case)


@pytest.mark.parametrize(
    ("case", "publish"),
    [
        (RECORD[1], (f'{NAME}. 3600 IN TXT "v=spf1 a -all"',)),
        (RESOLVE[4], (f"{NAME}. 3600 IN A 192.0.2.8", f"{NAME}. 3600 IN AAAA 2001:db8::8")),
        (RESOLVE[3], ()),  # nobody told from where it sends
        (
            Case("HELO-RESOLVE", "fail", BASE, options=told(NAME, sending=("192.0.2.8", "192.0.2.9"))),
            (),  # which of the two the name is for, only the owner knows
        ),
    ],
)
def test_the_records_that_mend_it(case: Case, publish: tuple[str, ...]) -> None:
    found = check(case)
    assert found is not None
    assert found.publish == publish
