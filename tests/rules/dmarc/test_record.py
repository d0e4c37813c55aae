"""The DMARC record: whether there is one, where it stands, whether it can be read."""

from __future__ import annotations

from typing import Any

import pytest

from audit.model.probe import Answer, DnsStatus, Probe, Question
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
    SUB,
    at,
    own,
    text,
)
from tests.rules.world import Case, World, check, replayed

TWO = REJECT + own("p=none")
WILDCARD = '*.story.example. TXT "v=DMARC1; p=none"\n'
LONG = "a.b.c.d.e.f.g.story.example"
HOSTED = "_dmarc.story.example. CNAME d.hosted.example.\n"
LOST = "_dmarc.story.example. CNAME d.gone.invalid.\n"
FREE = "_dmarc.story.example. CNAME d.gone.com.\n"
REGISTRY = 'com. SOA "ns.nic.com. hostmaster.nic.com. 1 2 3 4 5"\ncom. NS a.nic.com.\na.nic.com. A 192.0.2.53\n'

ROUND = "_dmarc.story.example. CNAME d.hosted.example.\nd.hosted.example. CNAME _dmarc.story.example.\n"
ANY = "*.story.example. CNAME www.story.example.\nwww.story.example. A 192.0.2.9\n"
ITSELF = "_dmarc.story.example. CNAME _dmarc.story.example.\n"
CHAIN = "_dmarc.story.example. CNAME c0.example.\n" + "".join(
    f"c{n}.example. CNAME c{n + 1}.example.\n" for n in range(9)
)

FOUND = (
    Case("DMARC-MISSING", "pass", REJECT),
    Case("DMARC-MISSING", "pass", REJECT + DEAD_ABOVE, why="the walk above fails"),
    Case("DMARC-MISSING", "pass", REJECT + BELOW, why="inherited", domain=SUB),
    Case("DMARC-MISSING", "pass", text("v=DMARC1; p=reject; x=\\233"), why="an octet that is not UTF-8"),  # T29
    Case("DMARC-MISSING", "pass", '_dmarc.story.example. TXT "v=DMA" "RC1; p=reject"', why="two strings"),  # T29
    Case("DMARC-MISSING", "fail", HERE, severity="high", arguments={"domain": "story.example"}),
    Case("DMARC-MISSING", "fail", NO_MAIL, why="takes no mail"),
    Case("DMARC-MISSING", "fail", HERE + NO_SEND, why="sends no mail"),
    Case("DMARC-MISSING", "fail", HERE + "_dmarc.story.example. TXT nodata", why="NODATA"),
    Case("DMARC-MISSING", "fail", HERE + 'story.example. TXT "v=DMARC1; p=reject"', why="at the wrong place"),  # T35
    Case("DMARC-MISSING", "fail", HERE + ROUND, why="aliases in a circle"),
    Case("DMARC-MISSING", "fail", f"{SUB}. MX 0 .\n" + ROUND, why="aliases in a circle above", domain=SUB),
    # Some receivers go on to the record above, others take a circle for a failure of the DNS.
    Case(
        "DMARC-MISSING",
        "unknown",
        HERE + ROUND + at("example", "p=reject"),
        why="aliases in a circle below a record",
        reason="dns.cname_chain",
    ),
    Case(
        "DMARC-MISSING",
        "unknown",
        BELOW + ROUND + at("example", "p=reject", "psd=n"),
        why="aliases in a circle between",
        domain=SUB,
        reason="dns.cname_chain",
    ),
    Case(
        "DMARC-MISSING",
        "pass",
        own("p=none").replace("story", "x.story") + ROUND,
        why="its own",
        domain="x.story.example",
    ),
    Case("DMARC-MISSING", "unknown", HERE + CHAIN, why="too many aliases", reason="dns.cname_chain"),
    Case("DMARC-MISSING", "unknown", DEAD, reason="dns.servfail"),  # T22
    Case("DMARC-MISSING", "unknown", SILENT, why="silence", reason="dns.timeout"),
    Case("DMARC-MISSING", "unknown", "_dmarc.story.example. TXT bogus", why="bogus", reason="dns.bogus"),
    Case("DMARC-MISSING", "unknown", HERE + DEAD_ABOVE, why="the walk fails", reason="dns.servfail"),
    Case("DMARC-MISSING", "not_applicable", TWO, why="superseded by DMARC-MULTIPLE"),  # seed 8
    Case("DMARC-MISSING", "not_applicable", text("V=dmarc1; P=reject"), why="superseded by DMARC-VERSION"),  # seed 8
    Case("DMARC-INHERITED", "pass", REJECT),
    Case(
        "DMARC-INHERITED",
        "fail",
        REJECT + BELOW,
        domain=SUB,
        severity="info",
        arguments={"domain": SUB, "at": "story.example"},
    ),
    Case("DMARC-INHERITED", "not_applicable", HERE),
    Case("DMARC-INHERITED", "unknown", DEAD, reason="dns.servfail"),
    Case("DMARC-MULTIPLE", "pass", REJECT),
    Case("DMARC-MULTIPLE", "pass", REJECT + text("v=spf1 -all"), why="another text is discarded"),
    Case("DMARC-MULTIPLE", "pass", HERE, why="none"),
    Case("DMARC-MULTIPLE", "pass", REJECT + at("example", "p=none") + at("example", "p=reject"), why="two above one"),
    Case(
        "DMARC-MULTIPLE",
        "pass",
        REJECT + BELOW + at("dept.story.example", "p=none") + at("dept.story.example", "p=reject"),
        why="two between, which nobody uses",
        domain=SUB,
    ),
    Case("DMARC-MULTIPLE", "fail", TWO, severity="high", arguments={"at": "story.example", "count": 2}),
    Case("DMARC-MULTIPLE", "fail", text("v=DMARC1;p=reject", "v=DMARC1;p=reject "), why="the same twice"),  # seed 8
    Case("DMARC-MULTIPLE", "fail", TWO + DEAD_ABOVE, why="the walk above fails"),
    Case("DMARC-MULTIPLE", "fail", TWO + BELOW, why="above", domain=SUB, arguments={"at": "story.example", "count": 2}),
    Case("DMARC-MULTIPLE", "unknown", SILENT, reason="dns.timeout"),
    Case("DMARC-MULTIPLE", "unknown", HERE + DEAD_ABOVE, why="the walk fails", reason="dns.servfail"),
)
PLACE = (
    Case("DMARC-VERSION", "pass", REJECT),
    Case("DMARC-VERSION", "pass", HERE, why="none"),
    Case("DMARC-VERSION", "pass", text("v=spf1 -all"), why="another text"),
    Case("DMARC-VERSION", "pass", REJECT + text("v=spf1 -all"), why="another text beside a good one"),
    Case("DMARC-VERSION", "fail", REJECT + text("v=dmarc1; p=none"), why="beside a good one", severity="low"),
    Case(
        "DMARC-VERSION",
        "fail",
        text("v=dmarc1; p=reject"),
        severity="high",
        arguments={
            "domain": "story.example",
            "fault": "DMARC1 must be in capitals, without a space in it",
            "text": "v=dmarc1; p=reject",
        },
    ),
    Case("DMARC-VERSION", "fail", text("V=dmarc1; P=reject"), why="capitals the wrong way"),  # seed 8
    Case("DMARC-VERSION", "fail", text(" v=DMARC1; p=reject"), why="a space"),
    Case("DMARC-VERSION", "fail", text("p=reject; v=DMARC1"), why="not first"),
    Case("DMARC-VERSION", "fail", text("p=reject"), why="none"),
    Case("DMARC-VERSION", "fail", text("v=DMARC1 p=reject"), why="no semicolon"),
    Case("DMARC-VERSION", "fail", text("v=dmarc1; p=none", "v=dmarc1; p=reject"), why="two"),
    Case(
        "DMARC-VERSION",
        "fail",
        text("v=dmarc1; p=reject; x=\\233"),
        why="an octet that is not UTF-8",
        arguments={"text": "v=dmarc1; p=reject; x=\\xe9"},
    ),
    Case("DMARC-VERSION", "unknown", DEAD, reason="dns.servfail"),
    Case("DMARC-EXTRA-TXT", "pass", REJECT),
    Case("DMARC-EXTRA-TXT", "pass", HERE, why="none"),
    Case("DMARC-EXTRA-TXT", "pass", text("v=dmarc1; p=none"), why="DMARC-VERSION says it"),
    Case(
        "DMARC-EXTRA-TXT",
        "fail",
        REJECT + text("v=spf1 -all", "=cmd|'/c calc'!A1"),  # seed 9
        severity="low",
        arguments={"domain": "story.example", "texts": ("=cmd|'/c calc'!A1", "v=spf1 -all")},
    ),
    Case("DMARC-EXTRA-TXT", "pass", REJECT + text("v=dmarc1; p=none"), why="DMARC-VERSION says it beside a good one"),
    Case(
        "DMARC-EXTRA-TXT",
        "fail",
        REJECT + text("v=dmarc1; p=none", "hello"),
        why="both",
        arguments={"texts": ("hello",)},
    ),
    Case("DMARC-EXTRA-TXT", "fail", HERE + text("hello"), why="alone"),
    Case("DMARC-EXTRA-TXT", "unknown", SILENT, reason="dns.timeout"),
    Case("DMARC-WRONG-PLACE", "pass", REJECT),
    Case("DMARC-WRONG-PLACE", "pass", WILDCARD, why="a wildcard"),
    Case(
        "DMARC-WRONG-PLACE",
        "fail",
        'story.example. TXT "v=DMARC1; p=none"',
        severity="medium",
        arguments={"places": ("story.example",)},
    ),
    Case("DMARC-WRONG-PLACE", "fail", REJECT + 'story.example. TXT "v=DMARC1; p=none"', why="besides"),
    Case("DMARC-WRONG-PLACE", "fail", REJECT + 'dmarc.story.example. TXT "v=DMARC1"', why="without underscore"),
    Case(
        "DMARC-WRONG-PLACE",
        "fail",
        HERE + '_dmarc._dmarc.story.example. TXT "v=DMARC1; p=none"',
        why="typed twice",
        arguments={"places": ("_dmarc._dmarc.story.example",)},
    ),
    Case(
        "DMARC-WRONG-PLACE",
        "fail",
        'story.example. TXT servfail\ndmarc.story.example. TXT "v=DMARC1"',
        why="beside a hole",
    ),
    Case("DMARC-WRONG-PLACE", "unknown", "dmarc.story.example. TXT timeout", reason="dns.timeout"),
    Case("DMARC-CNAME", "pass", REJECT),
    Case("DMARC-CNAME", "pass", HERE, why="none"),
    Case(
        "DMARC-CNAME",
        "fail",
        HOSTED + 'd.hosted.example. TXT "v=DMARC1; p=none"',
        severity="info",
        arguments={"domain": "story.example", "target": "d.hosted.example", "state": ""},
    ),
    Case("DMARC-CNAME", "fail", HOSTED + "d.hosted.example. A 192.0.2.1", why="no text there", severity="info"),
    Case(
        "DMARC-CNAME",
        "fail",
        LOST,
        why="dangling",
        severity="high",
        arguments={"state": ", which does not exist"},
    ),
    Case(
        "DMARC-CNAME",
        "fail",
        "_dmarc.story.example. CNAME d.story.example.\n" + REGISTRY,
        why="dangling, in the domain itself",
        severity="high",
    ),
    Case(
        "DMARC-CNAME",
        "fail",
        FREE + REGISTRY,
        why="free",
        severity="critical",
        arguments={
            "target": "d.gone.com",
            "state": ", which does not exist; anybody may register gone.com, and then decides on the policy",
        },
    ),
    Case("DMARC-CNAME", "fail", FREE + REGISTRY + "gone.com. NS ns.gone.com.", why="registered", severity="high"),
    Case(
        "DMARC-CNAME",
        "fail",
        FREE + REGISTRY + "gone.com. NS@192.0.2.53 timeout",
        why="the registry is silent",
        severity="high",
        reason="dns.timeout",
    ),
    Case(
        "DMARC-CNAME",
        "fail",
        ROUND,
        why="in a circle",
        severity="high",
        arguments={"target": "d.hosted.example", "state": ", and the aliases lead in a circle"},
    ),
    Case("DMARC-CNAME", "fail", ITSELF, why="of itself", severity="high", arguments={"target": "_dmarc.story.example"}),
    Case("DMARC-CNAME", "fail", ROUND + at("example", "p=reject"), why="in a circle below a record", severity="high"),
    Case("DMARC-CNAME", "pass", HERE + ANY, why="what any name gets"),
    Case(
        "DMARC-CNAME",
        "fail",
        HERE + ANY + HOSTED + "d.hosted.example. A 192.0.2.1",
        why="beside a wildcard",
        severity="info",
    ),
    Case("DMARC-CNAME", "fail", HERE + "*.story.example. CNAME gone.invalid.", why="any, dangling", severity="high"),
    Case(
        "DMARC-CNAME",
        "unknown",
        HERE + HOSTED + "d.hosted.example. A 192.0.2.1\n*.story.example. TXT timeout",
        why="perhaps what any name gets",
        reason="dns.timeout",
    ),
    Case("DMARC-CNAME", "unknown", CHAIN, why="too many aliases", reason="dns.cname_chain"),
    Case("DMARC-CNAME", "unknown", SILENT, reason="dns.timeout"),
    Case("DMARC-CNAME", "unknown", REJECT + "_dmarc.story.example. CNAME timeout", why="alias", reason="dns.timeout"),
    Case("DMARC-LONGNAME", "pass", REJECT),
    Case("DMARC-LONGNAME", "pass", f"{SUB} A 192.0.2.1", why="five labels", domain=SUB),
    Case(
        "DMARC-LONGNAME",
        "fail",
        REJECT + f"{LONG}. A 192.0.2.9",
        domain=LONG,
        severity="info",
        arguments={"domain": LONG, "labels": 9, "skipped": "one name", "applied": "the record of story.example"},
    ),
    Case(
        "DMARC-LONGNAME",
        "fail",
        f"x.y.{LONG}. A 192.0.2.9",
        why="longer",
        domain=f"x.y.{LONG}",
        arguments={"domain": f"x.y.{LONG}", "labels": 11, "skipped": "3 names", "applied": "no record"},
    ),
    Case("DMARC-LONGNAME", "unknown", f"{LONG}. A 192.0.2.9\n{DEAD}", domain=LONG, reason="dns.servfail"),
)
GRAMMAR = (
    Case("DMARC-SYNTAX", "pass", REJECT),
    Case("DMARC-SYNTAX", "pass", own("p=none", "x=y", "ri=3600", "pct=50"), why="unknown tags"),
    Case(
        "DMARC-SYNTAX",
        "fail",
        own("p=none", "oops"),
        severity="medium",
        arguments={"at": "story.example", "places": ("oops (character 18: not a tag)",)},
    ),
    Case("DMARC-SYNTAX", "fail", own("p=none", "p=reject"), why="twice"),
    Case(
        "DMARC-SYNTAX",
        "fail",
        own("p=none", "\\233\\255"),
        why="octets",
        arguments={"places": ("\\xe9\\xff (character 18: not a tag)",)},
    ),
    Case("DMARC-SYNTAX", "not_applicable", HERE),
    Case("DMARC-SYNTAX", "unknown", DEAD, reason="dns.servfail"),
    Case("DMARC-RF-RI", "pass", REJECT),
    Case(
        "DMARC-RF-RI",
        "fail",
        own("p=none", RUA, "rf=afrf", "ri=86400"),
        severity="info",
        arguments={"at": "story.example", "tags": ("rf", "ri")},
    ),
    Case("DMARC-RF-RI", "fail", own("p=none", "ri="), why="empty", arguments={"tags": ("ri",)}),
    Case("DMARC-RF-RI", "not_applicable", HERE),
    Case("DMARC-RF-RI", "unknown", SILENT, reason="dns.timeout"),
)
CASES = (*FOUND, *PLACE, *GRAMMAR)


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.id)
def test_what_is_found_is_what_the_evidence_says(case: Case) -> None:
    check(case)


def test_what_troubles_many_domains_is_named() -> None:
    finding = check(next(c for c in PLACE if c.why == "dangling"))
    assert finding is not None
    assert [(c.kind, c.name) for c in finding.causes] == [("host", "d.gone.invalid")]


def test_an_alias_beside_a_text_is_a_broken_zone() -> None:
    """Zone text cannot say it, since a text beside an alias is never reached there."""
    case = Case("DMARC-CNAME", "fail", REJECT)
    world = World(case)

    def seen(probe: Probe[Any]) -> Any:
        if isinstance(probe, Question) and (probe.name, probe.rdtype) == ("_dmarc.story.example", "CNAME"):
            return Answer(status=DnsStatus.NOERROR, records=("d.hosted.example.",))
        return world(probe)

    (found,) = [f for f in replayed(case, seen).findings if f.rule == case.rule]
    assert (found.result, found.severity) == ("fail", "high")
    assert (
        found.message == "_dmarc.story.example is an alias of d.hosted.example, beside which it holds texts of its own"
    )
