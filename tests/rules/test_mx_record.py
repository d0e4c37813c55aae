"""The form of MX records, how many there are, and how long they may be kept."""

from __future__ import annotations

import pytest

from audit.model.evidence import DomainOptions
from audit.model.probe import SmtpVisit
from tests.rules.world import Case, World, check, replayed

WELL = "story.example. MX 10 mx.story.example.\nmx.story.example. A 192.0.2.1\n"
NULL = "story.example. MX 0 ."
IMPLICIT = "story.example. A 192.0.2.9"
SILENT = "story.example. MX timeout"
WANTED = DomainOptions(mail=True)


def named(*exchanges: str) -> str:
    return "\n".join(f"story.example. MX 10 {e}" for e in exchanges)


SYNTAX = (
    Case("MX-HOST-SYNTAX", "pass", WELL),
    Case("MX-HOST-SYNTAX", "pass", named("MX-1.xn--bcher-kva.example."), why="letters, digits, hyphens"),
    Case(
        "MX-HOST-SYNTAX",
        "fail",
        named("mx_1.story.example."),
        severity="medium",
        arguments={"hosts": ("mx_1.story.example (an underscore)",)},
    ),
    Case("MX-HOST-SYNTAX", "fail", named("-mx.story.example."), why="hyphen before"),
    Case("MX-HOST-SYNTAX", "fail", named("mx-.story.example."), why="hyphen behind"),
    Case("MX-HOST-SYNTAX", "fail", named(f"{'a' * 64}.example."), why="64 characters"),
    Case("MX-HOST-SYNTAX", "fail", named("mx.story.example.", "m@x.story.example."), why="one of two"),
    Case(
        "MX-HOST-SYNTAX",
        "fail",
        named("2130706433."),
        why="a number",
        arguments={"hosts": ("2130706433 (a number at the end)",)},
    ),
    Case("MX-HOST-SYNTAX", "fail", named("\\239\\188\\145\\239\\188\\146.0.0.1."), why="octets of wide digits"),
    Case("MX-HOST-SYNTAX", "not_applicable", NULL, why="null MX"),
    Case("MX-HOST-SYNTAX", "not_applicable", named("192.0.2.1."), why="an address: MX-IPLIT says so"),
    Case("MX-HOST-SYNTAX", "unknown", SILENT, reason="dns.timeout"),
)
COUNT = (
    Case("MX-COUNT", "pass", named(*(f"mx{i}.story.example." for i in range(10)))),
    Case(
        "MX-COUNT",
        "fail",
        named(*(f"mx{i}.story.example." for i in range(11))),
        severity="low",
        arguments={"count": 11, "allowed": 10},
    ),
    Case("MX-COUNT", "not_applicable", IMPLICIT, why="implicit MX"),
    Case("MX-COUNT", "unknown", SILENT, reason="dns.timeout"),
)
SOA = '"ns.story.example. hostmaster.story.example. 1 2 3 4 5"'
INSIDE = "in.example. A 10.0.0.1\nin.example. AAAA fd00::1\n"
ZONE = f"story.example. SOA {SOA}\nstory.example. NS ns.story.example.\nns.story.example. A 192.0.2.53\n"
BESIDE = "story.example. NS ns2.story.example.\nns2.story.example. A 192.0.2.54\n"


def kept(seconds: int) -> str:
    return f"{ZONE}story.example. {seconds} MX 10 mx.story.example.\nmx.story.example. A 192.0.2.1\n"


LIFETIME = (
    Case("MX-TTL-LOW", "pass", kept(300)),
    Case("MX-TTL-LOW", "fail", kept(299), severity="info", arguments={"ttl": 299}),
    Case("MX-TTL-LOW", "not_applicable", ZONE + NULL.replace(" MX", " TXT"), why="no MX"),
    Case("MX-TTL-LOW", "unknown", SILENT, why="no MX known", reason="dns.timeout"),
    Case("MX-TTL-LOW", "unknown", kept(60) + "story.example. NS servfail", reason="dns.servfail"),
    Case("MX-TTL-LOW", "unknown", WELL, why="nobody says whose zone it is", reason="dns.no_authority"),
    Case("MX-TTL-LOW", "unknown", kept(60) + "story.example. MX@192.0.2.53 lame", why="lame", reason="dns.lame"),
    Case("MX-TTL-LOW", "fail", kept(60) + BESIDE + "story.example. MX@192.0.2.53 timeout", why="the other server"),
    Case("MX-TTL-HIGH", "pass", kept(86_400)),
    Case("MX-TTL-HIGH", "fail", kept(86_401), severity="info", arguments={"ttl": 86_401}),
    Case("MX-TTL-HIGH", "not_applicable", IMPLICIT, why="implicit MX"),
    Case("MX-TTL-HIGH", "unknown", kept(99_999) + "ns.story.example. A servfail", reason="dns.servfail"),
)
WISHES = (
    Case("MX-MISSING", "fail", IMPLICIT, why="meant to take mail", options=WANTED, severity="high"),
    Case("MX-NONE-NOADDR", "fail", "story.example. TXT x", why="meant to take mail", options=WANTED, severity="high"),
    Case("MX-NULL", "fail", NULL, why="meant to take mail", options=WANTED, severity="high"),
)
CASES = (*SYNTAX, *COUNT, *LIFETIME, *WISHES)


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.id)
def test_what_is_found_is_what_the_evidence_says(case: Case) -> None:
    check(case)


@pytest.mark.parametrize(
    ("case", "publish"),
    [
        (Case("MX-MISSING", "fail", IMPLICIT), ("10 story.example.",)),
        (Case("MX-TTL-LOW", "fail", kept(60)), ("10 mx.story.example.",)),
        (
            Case(
                "MX-DUP",
                "fail",
                WELL + "story.example. MX 5 mx.story.example.\nstory.example. MX 7 b.example.\nb.example. A 192.0.2.2",
            ),
            ("5 mx.story.example.", "7 b.example."),
        ),
        (
            Case("MX-NXDOMAIN", "fail", WELL + "story.example. MX 5 gone.example.", subject="gone.example"),
            ("10 mx.story.example.",),
        ),
        (Case("MX-NXDOMAIN", "fail", "story.example. MX 5 gone.example."), ()),
        (
            Case(
                "MX-NOADDR", "fail", WELL + "story.example. MX 5 no.example.\nno.example. TXT x", subject="no.example"
            ),
            ("10 mx.story.example.",),
        ),
        (
            Case(
                "MX-CNAME",
                "fail",
                "story.example. MX 10 a.example.\na.example. CNAME b.example.\nb.example. A 192.0.2.1\n"
                "story.example. MX 20 c.example.\nc.example. A 192.0.2.2",
                subject="a.example",
            ),
            ("10 b.example.", "20 c.example."),
        ),
        (Case("MX-CNAME", "fail", "story.example. MX 10 a.example.\na.example. CNAME gone.example."), ()),
        # A host that the internet reaches nowhere is left out where another is left.
        (
            Case("MX-NULL-MIXED", "fail", WELL + "story.example. MX 0 .\nstory.example. MX 5 in.example.\n" + INSIDE),
            ("10 mx.story.example.",),
        ),
        (
            Case("MX-NULL-MIXED", "fail", "story.example. MX 0 .\nstory.example. MX 5 in.example.\n" + INSIDE),
            ("5 in.example.",),
        ),
        (
            Case(
                "MX-NULL-MIXED",
                "fail",
                WELL + f"story.example. MX 0 .\nstory.example. MX 5 in.example.\n{INSIDE}in.example. A 192.0.2.7",
            ),
            ("5 in.example.", "10 mx.story.example."),
        ),
        (
            Case(
                "MX-NULL-MIXED",
                "fail",
                WELL + "story.example. MX 0 .\nstory.example. MX 5 in.example.\n"
                "in.example. A 10.0.0.1\nin.example. AAAA timeout",
            ),
            ("5 in.example.", "10 mx.story.example."),
        ),
    ],
)
def test_the_records_that_mend_it(case: Case, publish: tuple[str, ...]) -> None:
    found = check(case)
    assert found is not None
    assert found.publish == tuple(f"story.example. 3600 IN MX {data}" for data in publish)


BROKEN = """
    story.example. MX 30 gone.example.
    story.example. MX 20 alias.example.
    alias.example. CNAME real.example.
    real.example.  A 192.0.2.1
    story.example. MX 20 bare.example.
    bare.example.  TXT x
    story.example. MX 10 round.example.
    round.example. CNAME about.example.
    about.example. CNAME round.example.
    story.example. MX 15 192.0.2.9.
    story.example. MX 0  .
    story.example. MX 25 mx.example.
    story.example. MX 26 real.example.
    mx.example.    A 192.0.2.2
    story.example. MX 5  hidden.example.
    hidden.example. ANY timeout
"""
FAULTS = {"MX-NXDOMAIN", "MX-CNAME", "MX-NOADDR", "MX-IPLIT", "MX-NULL-MIXED"}


def test_all_that_is_wrong_is_mended_in_one_set() -> None:
    findings = [f for f in replayed(Case("", "", BROKEN)).findings if f.rule.startswith("MX-") and f.publish]
    assert {f.rule for f in findings} == FAULTS
    assert {f.subject.name for f in findings} == {
        "story.example",
        "gone.example",
        "alias.example",
        "bare.example",
        "round.example",
    }
    mended = ("5 hidden.example.", "20 real.example.", "25 mx.example.")
    assert {f.publish for f in findings} == {tuple(f"story.example. 3600 IN MX {data}" for data in mended)}


@pytest.mark.parametrize(
    "text",
    [
        "story.example. MX 10 a.example.\na.example. TXT x\nstory.example. MX 20 b.example.",
        "story.example. MX 10 192.0.2.1.",
        "story.example. MX 0 .\nstory.example. MX 10 gone.example.",
        "story.example. MX 10 gone.example.\nstory.example. MX 20 gone.example.",
    ],
)
def test_where_no_server_would_be_left_nothing_is_proposed(text: str) -> None:
    failed = [f for f in replayed(Case("", "", text)).findings if f.rule.startswith("MX-") and f.message]
    assert failed
    assert not [f.rule for f in failed if f.publish]


def test_an_alias_whose_target_was_not_seen_is_left_as_it_is() -> None:
    text = "story.example. MX 10 a.example.\na.example. CNAME b.example.\nb.example. AAAA timeout\nb.example. TXT x\n"
    findings = replayed(Case("", "", text + "story.example. MX 20 gone.example.")).findings
    told = {f.rule: f.publish for f in findings if f.rule in ("MX-CNAME", "MX-NXDOMAIN") and f.message}
    assert told == {"MX-CNAME": (), "MX-NXDOMAIN": ("story.example. 3600 IN MX 10 a.example.",)}


def dialled(text: str) -> list[str]:
    """The addresses that would be dialled, beside those of the run. The guard is the network's."""
    world = World(Case("", "", text))
    replayed(world.case, world)
    return [p.address for p in world.asked if isinstance(p, SmtpVisit) and not p.host.endswith(".test")]


@pytest.mark.parametrize(
    ("text", "rule", "subject"),
    [
        ("story.example. MX 10 localhost.\nlocalhost. A 127.0.0.1", "MX-PRIVATE", "localhost 127.0.0.1"),
        (named("mx.story.example.", ".") + "\nmx.story.example. A 192.0.2.1", "MX-NULL-MIXED", None),
        (named("2130706433."), "MX-HOST-SYNTAX", None),
        *(
            (f"story.example. MX 10 a.example.\na.example. {kind} {address}", "MX-PRIVATE", f"a.example {address}")
            for kind, address in (
                ("AAAA", "64:ff9b::a9fe:a9fe"),
                ("AAAA", "2002:7f00:1::1"),
                ("AAAA", "::ffff:10.0.0.1"),
                ("A", "168.63.129.16"),
            )
        ),
    ],
)
def test_hostile_exchanges_are_named_for_what_they_are(text: str, rule: str, subject: str | None) -> None:
    check(Case(rule, "fail", text, subject=subject))


@pytest.mark.parametrize("exchange", ["2130706433.", "\\239\\188\\145.0.0.1.", "192.0.2.1.", "0x7f000001."])
def test_what_looks_like_an_address_is_never_dialled_as_one(exchange: str) -> None:
    assert dialled(named(exchange)) == []
