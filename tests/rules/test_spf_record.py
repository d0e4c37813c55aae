"""SPF records that are missing, nearly there, or oddly written."""

from __future__ import annotations

import pytest

from audit.model.evidence import DomainOptions
from tests.rules.test_spf import (
    DENY,
    ELEVEN,
    ELEVEN_BELOW,
    MAIL,
    NO_RECORD,
    SILENT,
    SPLIT,
    SPLIT_BADLY,
    TWO,
    UNKNOWN,
    include,
    spf,
)
from tests.rules.world import Case, check

GOOGLE = "story.example. MX 1 smtp.google.com."
HIGH_BYTES = 'story.example. TXT "v=spf1 include:\\233\\255.example -all"'

CURLED = f'story.example. TXT "\\226\\128\\156v=spf1 a -all\\226\\128\\157"\n{MAIL}'
A, OPEN, INCLUDED = include("a.example"), include("open.example", "+all"), "include:open.example"
DEAD = "open.example. TXT servfail\na.example. TXT servfail"
H = "h.example. A 192.0.2.1"
COMA = "v=spf1 include:b.coma mx:h.example -all"
PARTED = "v=spf1 mx include:a.example include:b.example -all"


def published(record: str) -> str:
    return f'story.example. 3600 IN TXT "{record}"'


HINTS = (
    Case(
        "SPF-MISSING",
        "fail",
        'story.example. TXT "v=spf1" "-all"',
        why="seed 2: the space at the cut is lost",
        arguments={"nearly": "“v=spf1-all” is none, as no space follows the version"},
    ),
    Case(
        "SPF-MISSING",
        "fail",
        'story.example. TXT "spf1 mx -all"',
        why="half a version",
        arguments={"nearly": "“spf1 mx -all” is none, as the version is misspelt"},
    ),
    Case(
        "SPF-MISSING",
        "fail",
        'story.example. TXT "\\239\\187\\191v=spf1 mx -all"',
        why="a byte order mark",
        arguments={"nearly": "“\\xef\\xbb\\xbfv=spf1 mx -all” is none, as something stands before the version"},
    ),
    Case("SPF-MISSING", "pass", f'{DENY}\nstory.example. TXT "v=spf10 mx"', why="beside another version"),  # T33
    Case("SPF-MISSING", "fail", NO_RECORD, why="nothing like it", arguments={"nearly": "no text there looks like one"}),
    Case("SPF-MISSING", "fail", f'_spf.story.example. TXT "v=spf1 -all"\n{NO_RECORD}', why="at another name"),
    Case("SPF-MISSING", "fail", f"{NO_RECORD}\n{GOOGLE}", why="a provider takes mail", severity="high"),
    Case(
        "SPF-SYNTAX",
        "fail",
        HIGH_BYTES,
        why="seed 1",
        severity="high",
        arguments={
            "places": ("include:\\xe9\\xff.example (character 8: character that is not printable ASCII)",),
        },
    ),
    Case("SPF-MISSING", "pass", HIGH_BYTES, why="seed 1: it is found"),
    Case("SPF-SYNTAX", "pass", spf("exists:%{ir}.%{v}._spf.%{d2} ?all"), why="seed 5: macros"),
    Case("SPF-SYNTAX", "pass", spf("exists:%{d999}.a.example ?all"), why="seed 5: many labels"),
    Case("SPF-SYNTAX", "fail", spf("exists:%{ ?all"), why="seed 5: an open brace"),
    Case("SPF-SYNTAX", "fail", spf("exists:%{z}.a.example ?all"), why="seed 5: no such letter"),
)
MODIFIERS = (
    Case("SPF-UNKNOWN-MODIFIER", "pass", spf("exp=why.%{d} mx -all")),
    Case(
        "SPF-UNKNOWN-MODIFIER",
        "fail",
        spf("mx include=a.example ra=postmaster -all"),
        severity="info",
        arguments={"modifiers": ("include=a.example", "ra=postmaster")},
    ),
    Case("SPF-UNKNOWN-MODIFIER", "not_applicable", NO_RECORD),
    Case("SPF-UNKNOWN-MODIFIER", "unknown", UNKNOWN, reason="dns.servfail"),
)
SPACES = (
    Case("SPF-SPACES", "pass", DENY),
    Case("SPF-SPACES", "fail", spf("mx  -all "), severity="info"),
    Case("SPF-SPACES", "fail", spf("-all "), why="at the end", arguments={"spaces": ("one at the end",)}),
    Case("SPF-SPACES", "not_applicable", TWO),
    Case("SPF-SPACES", "unknown", SILENT, reason="dns.timeout"),
    Case("SPF-SYNTAX", "fail", 'story.example. TXT "v=spf1 mx\\009-all"', why="a tab"),
    Case("SPF-SPLIT-SPACE", "pass", 'story.example. TXT "v=spf1 " "-all"', why="seed 2"),
    Case("SPF-SPLIT-SPACE", "pass", DENY, why="one string"),
    Case(
        "SPF-SPLIT-SPACE",
        "fail",
        SPLIT,
        severity="low",
        arguments={"cuts": ("v=spf1 ip4:192.0.2|.1 -all",)},
    ),
    Case("SPF-SPLIT-SPACE", "fail", SPLIT_BADLY, why="a space is lost"),
    Case("SPF-SPLIT-SPACE", "not_applicable", NO_RECORD),
    Case("SPF-SPLIT-SPACE", "unknown", UNKNOWN, reason="dns.servfail"),
)
NO_MAIL = (
    Case("SPF-NOMAIL", "pass", f"{DENY}\nstory.example. MX 0 ."),
    Case("SPF-NOMAIL", "pass", spf(" -ALL", "story.example. MX 0 ."), why="written otherwise"),
    Case("SPF-NOMAIL", "fail", spf("mx -all", "story.example. MX 0 ."), severity="medium"),
    Case("SPF-NOMAIL", "fail", spf("~all"), why="neither MX nor address", arguments={"silent": "takes no mail"}),
    Case(
        "SPF-NOMAIL",
        "fail",
        spf("a -all", MAIL),
        why="parked, though it has an MX",
        options=DomainOptions(parked=True),
        arguments={"silent": "is said to be parked"},
    ),
    Case("SPF-NOMAIL", "not_applicable", spf("mx -all", MAIL), why="takes mail"),
    Case("SPF-NOMAIL", "not_applicable", NO_RECORD),
    Case("SPF-NOMAIL", "not_applicable", spf("~all"), why="sends", options=DomainOptions(sending_ips=("192.0.2.1",))),
    Case("SPF-NOMAIL", "unknown", spf("~all", "story.example. MX timeout"), reason="dns.timeout"),
)
CASES = (*HINTS, *MODIFIERS, *SPACES, *NO_MAIL)


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.id)
def test_what_is_found_is_what_the_evidence_says(case: Case) -> None:
    check(case)


@pytest.mark.parametrize(
    ("rule", "zone", "record"),
    [
        ("SPF-MISSING", NO_RECORD, "v=spf1 -all"),
        ("SPF-MISSING", f"{NO_RECORD}\n{MAIL}", "v=spf1 mx ~all"),
        ("SPF-MISSING", f"{NO_RECORD}\n{GOOGLE}", "v=spf1 include:_spf.google.com ~all"),
        ("SPF-MISSING", "story.example. A 192.0.2.1", "v=spf1 a ~all"),
        ("SPF-MISSING", f'story.example. TXT "v=spf1;a:h.example ~all"\n{MAIL}', "v=spf1 a:h.example ~all"),
        ("SPF-MISSING", 'story.example. TXT " v=spf1 a -all"', "v=spf1 a -all"),
        ("SPF-MISSING", f"{NO_RECORD}\nstory.example. MX servfail", None),
        ("SPF-MULTIPLE", TWO, "v=spf1 mx -all"),
        ("SPF-MULTIPLE", spf("-all") + '\nstory.example. TXT "v=spf1 -all "', "v=spf1 -all"),
        ("SPF-MULTIPLE", spf("-all") + '\nstory.example. TXT "v=spf1 ~all"', None),  # nobody would be named
        ("SPF-MULTIPLE", spf(f"{ELEVEN} -all", *ELEVEN_BELOW) + '\nstory.example. TXT "v=spf1 mx -all"', None),
        ("SPF-MISSING", CURLED, "v=spf1 a -all"),
        ("SPF-MISSING", f'story.example. TXT "SPF v=spf1 a -all"\n{MAIL}', "v=spf1 a -all"),
        (
            "SPF-MULTIPLE",
            spf("include:a.example ~all") + '\nstory.example. TXT "v=spf1 ip4:192.0.2.1 redirect=b.example"',
            "v=spf1 include:a.example ip4:192.0.2.1 include:b.example ~all",
        ),
        ("SPF-SYNTAX", spf("ip4:2001:db8::1 -all"), "v=spf1 ip6:2001:db8::1 -all"),
        ("SPF-SYNTAX", spf("192.0.2.1/24, include: a.example -all;"), "v=spf1 ip4:192.0.2.1/24 include:a.example -all"),
        ("SPF-SYNTAX", spf("a \\226\\128\\147all"), "v=spf1 a -all"),
        ("SPF-SYNTAX", SPLIT_BADLY, "v=spf1 ip4:192.0.2.1 -all"),
        ("SPF-SYNTAX", spf("ip4:192.0.2.300 -all"), None),
        ("SPF-SYNTAX", HIGH_BYTES, None),
        ("SPF-MULTIPLE", spf("mx -all include:a.example") + '\nstory.example. TXT "v=spf1 a -all"', "v=spf1 a mx -all"),
        ("SPF-MULTIPLE", spf("mx +all") + '\nstory.example. TXT "v=spf1 a ip4:0.0.0.0/0"', "v=spf1 a mx ~all"),
        ("SPF-MULTIPLE", spf(f"{INCLUDED} -all", OPEN) + '\nstory.example. TXT "v=spf1 a -all"', None),
        ("SPF-MULTIPLE", spf(f"{INCLUDED} -all", DEAD) + '\nstory.example. TXT "v=spf1 a -all"', None),
        ("SPF-MULTIPLE", spf("mx-all") + '\nstory.example. TXT "v=spf1 a -all"', "v=spf1 a mx -all"),
        ("SPF-MISSING", f'story.example. TXT "v=spf1+all"\n{MAIL}', "v=spf1 mx ~all"),
        ("SPF-MISSING", f'story.example. TXT "v=spf1a +all"\n{MAIL}', "v=spf1 a ~all"),
        ("SPF-MISSING", f'story.example. TXT "v=spf1{INCLUDED}-all"\n{MAIL}\n{OPEN}', None),
        ("SPF-SYNTAX", spf("mx foo:bar ip4:2001:db8::1 +all"), None),
        ("SPF-SYNTAX", spf("mx ip4:2001:db8::1 +all"), "v=spf1 mx ip6:2001:db8::1 ~all"),
        ("SPF-SYNTAX", spf("+all;"), None),
        ("SPF-SYNTAX", spf(f"mx {INCLUDED} -all;", OPEN), None),
        ("SPF-SYNTAX", spf(f"mx {INCLUDED} -all;", DEAD), None),
        ("SPF-SYNTAX", spf(f"mx-all {INCLUDED}"), f"v=spf1 mx -all {INCLUDED}"),
        ("SPF-SYNTAX", spf("ip6:2001:db8::aa:h.example", H, "story.example. A 192.0.2.1"), None),
        ("SPF-SYNTAX", spf("ip6:2001:db8::aa:h.example", H), "v=spf1 ip6:2001:db8::a a:h.example"),
        (
            "SPF-INCLUDE-NXDOMAIN",
            spf("include:b.comamx:h.example -all", include("b.coma"), "h.example. MX 1 h.example."),
            COMA,
        ),
        ("SPF-SYNTAX", spf("include:b.comamx:h.example -all;", DEAD, "b.com. TXT servfail"), None),
        ("SPF-UNKNOWN-MODIFIER", spf("mx include=a.example -all ra=x", A), "v=spf1 mx include:a.example -all"),
        ("SPF-UNKNOWN-MODIFIER", spf("mx include=a.example ra=x -all", A), "v=spf1 mx include:a.example -all"),
        ("SPF-UNKNOWN-MODIFIER", spf("mx include=a.example +all", A), "v=spf1 mx include:a.example ~all"),
        ("SPF-UNKNOWN-MODIFIER", spf("mx include=a.example ra=x -all"), "v=spf1 mx -all"),
        ("SPF-UNKNOWN-MODIFIER", spf("mx include=open.example -all", OPEN), "v=spf1 mx -all"),
        ("SPF-UNKNOWN-MODIFIER", spf("mx include=a.example -all", DEAD), None),
        ("SPF-UNKNOWN-MODIFIER", spf("mx -all include=a.example", A), "v=spf1 mx -all"),
        ("SPF-UNKNOWN-MODIFIER", spf("mx ip4=0.0.0.0/0 ra=x +all"), "v=spf1 mx ~all"),
        ("SPF-SPLIT-SPACE", 'story.example. TXT "v=spf1 mx ip4:192.0.2" ".1 +all"', "v=spf1 mx ip4:192.0.2.1 ~all"),
        ("SPF-INCLUDE-NXDOMAIN", spf("mx include:a.exampleinclude:b.example-all", A, include("b.example")), PARTED),
        ("SPF-INCLUDE-NXDOMAIN", spf("mx include:a.example,include:b.example -all", A), None),
        ("SPF-INCLUDE-NXDOMAIN", spf("mx include:a.example-all", DEAD), None),
        ("SPF-SPACES", spf("mx  ~all "), "v=spf1 mx ~all"),
        ("SPF-SPLIT-SPACE", SPLIT, "v=spf1 ip4:192.0.2.1 -all"),
        (
            "SPF-SPLIT-SPACE",
            'story.example. TXT "v=spf1 mx include:_a.example" "include:_b.example -all"',
            "v=spf1 mx include:_a.example include:_b.example -all",
        ),
        ("SPF-NOMAIL", spf("~all"), "v=spf1 -all"),
    ],
)
def test_the_record_to_paste(rule: str, zone: str, record: str | None) -> None:
    finding = check(Case(rule, "fail", zone, reason="dns.servfail" if "MX servfail" in zone else None))
    assert finding is not None
    assert finding.publish == ((published(record),) if record else ())
