"""MTA-STS: what is announced, what is served, and what it means for the mail hosts."""

from __future__ import annotations

from datetime import timedelta

import pytest

from audit.model.evidence import Sighting
from audit.model.probe import FetchOutcome, HttpsFetch
from audit.protocol.mta_sts.history import of_id, of_policy
from tests.rules import pki, sessions
from tests.rules.fetches import HOST, URL, ended, got, policy
from tests.rules.pki import NOW
from tests.rules.world import Case, World, check, replayed, selected

MX = "story.example. MX 10 mx.story.example.\nmx.story.example. A 192.0.2.1\n"
AT = "_mta-sts.story.example."
TXT = f'{AT} TXT "v=STSv1; id=1"\n'
WEB = f"{HOST}. A 192.0.2.80\n"
WEB6 = f"{HOST}. AAAA 2001:db8::80\n"
ALL = MX + TXT + WEB
BOTH = ALL + WEB6
NO_WEB = MX + TXT
SILENT_WEB = MX + TXT + f"{HOST}. ANY timeout\n"
CLOCK_IS_WRONG = "SOA 8 0 86400 20200101050000 20191222040000 12345 . c2lnbmF0dXJl"
FREE = f"{HOST}. CNAME p.gone.com.\n"
REGISTRY = 'com. SOA "ns.nic.com. hostmaster.nic.com. 1 2 3 4 5"\ncom. NS a.nic.com.\na.nic.com. A 192.0.2.53\n'
GOOD = got()
TIMEOUT = ended(FetchOutcome.TIMEOUT)
GONE = got(status=404)


def web(fetch: HttpsFetch, ipv6: HttpsFetch | None = None) -> dict[str, HttpsFetch]:
    return {f"{URL} 192.0.2.80": fetch, **({f"{URL} 2001:db8::80": ipv6} if ipv6 else {})}


WELL = web(GOOD, GOOD)


def says(*mode: str, **rest: object) -> dict[str, HttpsFetch]:
    return web(got(policy(*mode, **rest)), GOOD)  # type: ignore[arg-type]


def record(*texts: str) -> str:
    return MX + WEB + "".join(f'{AT} TXT "{text}"\n' for text in texts)


RECORD = (
    Case("MTASTS-MISSING", "pass", BOTH, fetches=WELL),
    Case("MTASTS-MISSING", "fail", MX, severity="low", arguments={"domain": "story.example"}),
    Case("MTASTS-MISSING", "fail", MX + f'{AT} TXT "v=STSv10; id=1"\n', why="another version"),
    Case("MTASTS-MISSING", "not_applicable", "story.example. MX 0 .\n"),
    Case("MTASTS-MISSING", "not_applicable", record("v=STSv1 ; id=1"), why="superseded by MTASTS-TXT-SYNTAX"),
    Case("MTASTS-MISSING", "unknown", MX + f"{AT} TXT servfail\n", reason="dns.servfail"),
    Case("MTASTS-MISSING", "unknown", "story.example. MX timeout\n", why="mail unknown", reason="dns.timeout"),
    Case("MTASTS-TXT-MULTI", "pass", BOTH, fetches=WELL),
    Case("MTASTS-TXT-MULTI", "pass", BOTH + f'{AT} TXT "v=spf1 -all"\n', why="another text", fetches=WELL),
    Case(
        "MTASTS-TXT-MULTI",
        "fail",
        record("v=STSv1; id=1", "v=STSv1; id=2"),
        severity="high",
        arguments={"count": 2},
    ),
    Case("MTASTS-TXT-MULTI", "not_applicable", MX),
    Case("MTASTS-TXT-MULTI", "unknown", MX + f"{AT} TXT timeout\n", reason="dns.timeout"),
    Case("MTASTS-MISSING", "fail", MX + f"{AT} CNAME {AT}\n", why="a circle of aliases"),
    Case("MTASTS-TXT-SYNTAX", "pass", BOTH, fetches=WELL),
    Case("MTASTS-TXT-SYNTAX", "pass", record('v=STSv1; id=20260831" "085700Z; x=y;'), why="two strings"),
    Case(
        "MTASTS-TXT-SYNTAX",
        "fail",
        record("v=STSv1;"),
        severity="high",
        arguments={"places": ("v=STSv1; (character 1: no id)",)},
    ),
    Case("MTASTS-TXT-SYNTAX", "fail", record("v=STSv1; id=a-b"), why="an id that is none"),
    Case("MTASTS-TXT-SYNTAX", "fail", record("id=1; v=STSv1"), why="the version is not first"),
    Case(
        "MTASTS-TXT-SYNTAX",
        "fail",
        record("v=STSv1 ; id=1"),
        why="a blank",
        arguments={"places": ("v=STSv1 ; id=1 (character 8: a blank before the semicolon)",)},
    ),
    Case("MTASTS-TXT-SYNTAX", "not_applicable", MX),
    Case("MTASTS-TXT-SYNTAX", "unknown", MX + f"{AT} TXT servfail\n", reason="dns.servfail"),
)
ORPHAN = (
    Case("MTASTS-ORPHAN", "pass", BOTH, fetches=WELL),
    Case("MTASTS-ORPHAN", "pass", ALL, why="another fault", fetches=web(got(status=500))),
    Case("MTASTS-ORPHAN", "pass", BOTH, why="gone at one address", fetches=web(GONE, GOOD)),
    Case("MTASTS-ORPHAN", "fail", NO_WEB, why="no host", severity="high"),
    Case("MTASTS-ORPHAN", "fail", NO_WEB + f"{HOST}. A nodata\n", why="no address", severity="high"),
    Case(
        "MTASTS-ORPHAN",
        "fail",
        BOTH,
        why="no file",
        severity="high",
        fetches=web(GONE, got(status=410)),
        arguments={"half": "a record, for a policy which is not there (status 404 at 192.0.2.80)"},
    ),
    Case("MTASTS-ORPHAN", "fail", MX + WEB, why="no record", severity="low", fetches=WELL),
    Case("MTASTS-ORPHAN", "not_applicable", MX),
    Case(
        "MTASTS-ORPHAN", "not_applicable", MX + WEB, why="a web server", fetches=web(got(b"<html>", kind="text/html"))
    ),
    Case("MTASTS-ORPHAN", "not_applicable", MX + WEB, why="a web server without the file", fetches=web(GONE)),
    Case("MTASTS-ORPHAN", "not_applicable", MX + WEB, why="being taken back", fetches=says("none")),
    Case("MTASTS-ORPHAN", "unknown", ALL, reason="https.timeout", fetches=web(TIMEOUT)),
    Case("MTASTS-ORPHAN", "unknown", SILENT_WEB, why="host unknown", reason="dns.timeout"),
    Case("MTASTS-ORPHAN", "unknown", MX + WEB, why="a silent host", reason="https.timeout", fetches=web(TIMEOUT)),
)
FAULTS: dict[str, HttpsFetch] = {
    "a redirect": got(status=301, location="https://www.story.example/"),
    "a redirect to nowhere": got(status=302),
    "not modified": got(status=304),
    "forbidden": got(status=403),
    "an error": got(status=503),
    "a success of another kind": got(status=204),
    "packed": got(content_encoding="gzip"),
    "refused": ended(FetchOutcome.REFUSED),
    "no TLS": ended(FetchOutcome.TLS_FAILED, "wrong version number"),
    "no HTTP": ended(FetchOutcome.NOT_HTTP, tls=True),
    "too long": ended(FetchOutcome.TOO_LONG, tls=True),
    "too slow": ended(FetchOutcome.TIMEOUT, tls=True),
    "broken off": ended(FetchOutcome.CLOSED, tls=True),
    "reset": ended(FetchOutcome.RESET, tls=True),
}
HOLES = {
    "https.timeout": TIMEOUT,
    "https.unreachable": ended(FetchOutcome.UNREACHABLE),
    "https.closed": ended(FetchOutcome.CLOSED),
    "https.turned_away": got(status=429),
    "net.guard_refused": ended(FetchOutcome.GUARD_REFUSED),
    "budget": ended(FetchOutcome.BUDGET),
    "not_gathered": ended(FetchOutcome.NOT_GATHERED),
}
FETCH = (
    Case("MTASTS-FETCH", "pass", BOTH, fetches=WELL),
    Case("MTASTS-FETCH", "pass", BOTH, why="one address gives it", fetches=web(TIMEOUT, GOOD)),
    Case("MTASTS-FETCH", "pass", ALL + f"{HOST}. AAAA timeout\n", why="half of the addresses", fetches=WELL),
    *(Case("MTASTS-FETCH", "fail", ALL, why=why, severity="high", fetches=web(f)) for why, f in FAULTS.items()),
    Case("MTASTS-FETCH", "fail", BOTH, why="both", fetches=web(FAULTS["a redirect"], FAULTS["refused"])),
    Case("MTASTS-FETCH", "fail", MX + TXT + f"{HOST}. A 10.0.0.1\n", why="an internal address"),
    Case("MTASTS-FETCH", "not_applicable", MX),
    Case("MTASTS-FETCH", "not_applicable", NO_WEB, why="superseded by MTASTS-ORPHAN"),
    *(Case("MTASTS-FETCH", "unknown", ALL, why=why, reason=why, fetches=web(f)) for why, f in HOLES.items()),
    Case("MTASTS-FETCH", "unknown", BOTH, why="beside a hole", reason="https.timeout", fetches=web(GONE, TIMEOUT)),
    Case(
        "MTASTS-FETCH",
        "unknown",
        BOTH,
        why="no IPv6 here",
        reason="vantage.no_ipv6",
        fetches=web(FAULTS["refused"]),
        routes=frozenset({"ipv4"}),
    ),
    Case("MTASTS-FETCH", "unknown", SILENT_WEB, why="host unknown", reason="dns.timeout"),
    Case("MTASTS-ADDRESS", "pass", BOTH, fetches=WELL),
    Case(
        "MTASTS-ADDRESS",
        "fail",
        BOTH,
        severity="medium",
        fetches=web(GOOD, FAULTS["refused"]),
        arguments={"failures": ("at 2001:db8::80 the connection is refused",)},
    ),
    Case("MTASTS-ADDRESS", "fail", BOTH, why="beside a hole", fetches=web(TIMEOUT, GONE)),
    Case(
        "MTASTS-ADDRESS",
        "fail",
        BOTH,
        why="another policy",
        fetches=web(GOOD, got(policy("testing"))),
        arguments={"failures": ("at 2001:db8::80 another policy than at 192.0.2.80",)},
    ),
    Case("MTASTS-ADDRESS", "pass", BOTH, why="other line ends", fetches=web(GOOD, got(policy(end="\n")))),
    Case("MTASTS-ADDRESS", "not_applicable", MX),
    Case("MTASTS-ADDRESS", "not_applicable", NO_WEB, why="no address"),
    Case("MTASTS-ADDRESS", "not_applicable", ALL, why="superseded by MTASTS-FETCH", fetches=web(FAULTS["refused"])),
    Case("MTASTS-ADDRESS", "unknown", BOTH, reason="https.timeout", fetches=web(GOOD, TIMEOUT)),
    Case(
        "MTASTS-ADDRESS",
        "unknown",
        BOTH,
        why="no IPv6 here",
        reason="vantage.no_ipv6",
        fetches=WELL,
        routes=frozenset({"ipv4"}),
    ),
)
BAD_CHAINS = {
    "expired": pki.expired(HOST),
    "not yet valid": pki.not_yet_valid(HOST),
    "another name": pki.for_another_name(HOST),
    "self-signed": pki.self_signed(HOST),
    "incomplete": pki.incomplete(HOST),
    "unknown root": pki.unknown_root(HOST),
    "no name": pki.common_name_only(HOST),
}
CERT = (
    Case("MTASTS-CERT", "pass", BOTH, fetches=WELL),
    Case("MTASTS-CERT", "pass", ALL, why="of a redirect", fetches=web(FAULTS["a redirect"])),
    *(
        Case("MTASTS-CERT", "fail", ALL, why=why, severity="high", fetches=web(got(chain=chain)))
        for why, chain in BAD_CHAINS.items()
    ),
    Case("MTASTS-CERT", "fail", BOTH, why="at one address", fetches=web(GOOD, got(chain=pki.expired(HOST)))),
    Case("MTASTS-CERT", "fail", BOTH, why="beside a hole", fetches=web(TIMEOUT, got(chain=pki.expired(HOST)))),
    Case("MTASTS-CERT", "not_applicable", MX),
    Case("MTASTS-CERT", "not_applicable", NO_WEB, why="no host"),
    Case("MTASTS-CERT", "not_applicable", ALL, why="no TLS", fetches=web(FAULTS["no TLS"])),
    Case("MTASTS-CERT", "unknown", ALL, reason="https.timeout", fetches=web(TIMEOUT)),
    Case("MTASTS-CERT", "unknown", ALL, why="none shown", reason="cert.none_shown", fetches=web(got(chain=()))),
    Case(
        "MTASTS-CERT",
        "unknown",
        ALL,
        why="unreadable",
        reason="cert.unreadable",
        fetches=web(got(chain=pki.garbage(HOST))),
    ),
    Case(
        "MTASTS-CERT", "unknown", ALL, why="clock", reason="vantage.clock", fetches=WELL, root_signature=CLOCK_IS_WRONG
    ),
)
CTYPE = (
    Case("MTASTS-CTYPE", "pass", BOTH, fetches=WELL),
    Case("MTASTS-CTYPE", "pass", ALL, why="a parameter", fetches=web(got(kind="Text/Plain; charset=utf-8"))),
    Case(
        "MTASTS-CTYPE",
        "fail",
        ALL,
        severity="low",
        fetches=web(got(kind="text/html")),
        arguments={"kinds": ("text/html",)},
    ),
    Case("MTASTS-CTYPE", "fail", ALL, why="none", fetches=web(got(kind=None)), arguments={"kinds": ("nothing",)}),
    Case("MTASTS-CTYPE", "not_applicable", MX),
    Case("MTASTS-CTYPE", "not_applicable", NO_WEB, why="no policy"),
    Case("MTASTS-CTYPE", "unknown", ALL, reason="https.timeout", fetches=web(TIMEOUT)),
    Case("MTASTS-CTYPE", "unknown", BOTH, why="one address", reason="https.timeout", fetches=web(GOOD, TIMEOUT)),
)
EVERY_POLICY_RULE = tuple(
    case
    for rule in ("MTASTS-POLICY-SYNTAX", "MTASTS-MODE", "MTASTS-MAXAGE", "MTASTS-MX-MATCH", "MTASTS-MX-EXTRA")
    for case in (
        Case(rule, "pass", BOTH, fetches=WELL),
        Case(rule, "not_applicable", MX),
        Case(rule, "not_applicable", NO_WEB, why="no policy"),
        Case(rule, "not_applicable", ALL, why="none to be had", fetches=web(FAULTS["a redirect"])),
        Case(rule, "unknown", ALL, reason="https.timeout", fetches=web(TIMEOUT)),
        Case(rule, "unknown", MX + f"{AT} TXT servfail\n", why="record unknown", reason="dns.servfail"),
    )
)
FIRST_COUNTS = tuple(  # so that a lost observation does not put another policy in its stead
    case
    for rule in ("MTASTS-POLICY-SYNTAX", "MTASTS-MODE", "MTASTS-MX-MATCH")
    for case in (
        Case(rule, "pass", BOTH, why="by the first address", fetches=web(GOOD, got(b"<html>"))),
        Case(rule, "pass", BOTH, why="where the first gives none", fetches=web(GONE, GOOD)),
        Case(rule, "unknown", BOTH, why="the first is silent", reason="https.timeout", fetches=web(TIMEOUT, GOOD)),
        Case(
            rule,
            "unknown",
            MX + TXT + f"{HOST}. A timeout\n" + WEB6,
            why="the first is not known",
            reason="dns.timeout",
            fetches=WELL,
        ),
    )
)
POLICY = (
    Case("MTASTS-POLICY-SYNTAX", "pass", ALL, why="LF", fetches=says("enforce", end="\n")),
    Case("MTASTS-POLICY-SYNTAX", "pass", ALL, why="a new field", fetches=says("enforce", more=b"new: thing\r\n")),
    Case("MTASTS-POLICY-SYNTAX", "fail", ALL, why="no mode", severity="high", fetches=says(None)),  # type: ignore[arg-type]
    Case(
        "MTASTS-POLICY-SYNTAX",
        "fail",
        ALL,
        why="no mx",
        fetches=web(got(b"version: STSv1\nmode: enforce\nmax_age: 1\n")),
    ),
    Case("MTASTS-POLICY-SYNTAX", "fail", ALL, why="CR alone", fetches=says("enforce", end="\r")),
    Case("MTASTS-POLICY-SYNTAX", "fail", ALL, why="a byte order mark", fetches=web(got(b"\xef\xbb\xbf" + policy()))),
    Case(
        "MTASTS-POLICY-SYNTAX", "fail", ALL, why="an age without end", fetches=says("enforce", max_age="1" + "0" * 30)
    ),
    Case("MTASTS-POLICY-SYNTAX", "fail", ALL, why="a page", fetches=web(got(b"<html>", kind="text/html"))),
    Case("MTASTS-POLICY-SYNTAX", "fail", ALL, why="a bad pattern", fetches=says("enforce", "*")),
    Case(
        "MTASTS-POLICY-SYNTAX",
        "fail",
        ALL,
        why="a final dot",
        severity="high",
        fetches=says("enforce", "mx.story.example."),
        arguments={"places": ("not a pattern, a final dot mx.story.example.",)},
    ),
    Case(
        "MTASTS-POLICY-SYNTAX",
        "fail",
        ALL,
        why="twice",
        severity="low",
        fetches=says("enforce", more=b"mode: none\r\n"),
        arguments={"places": ("mode: none (octet 71: given twice)",)},
    ),
    Case("MTASTS-MODE", "fail", ALL, why="testing", severity="low", fetches=says("testing")),
    Case("MTASTS-MODE", "fail", ALL, why="none", severity="info", fetches=says("none")),
    Case("MTASTS-MODE", "not_applicable", ALL, why="not readable", fetches=says("enforced")),
    Case("MTASTS-MAXAGE", "fail", ALL, why="an hour", severity="low", fetches=says("enforce", max_age=3600)),
    Case("MTASTS-MAXAGE", "fail", ALL, why="a day", severity="info", fetches=says("enforce", max_age=86400)),
    Case("MTASTS-MAXAGE", "not_applicable", ALL, why="taken back", fetches=says("none", max_age=86400)),
    Case("MTASTS-MX-MATCH", "pass", ALL, why="a star", fetches=says("enforce", "*.story.example")),
    Case("MTASTS-MX-MATCH", "pass", ALL, why="case", fetches=says("enforce", "MX.Story.Example")),
    Case(
        "MTASTS-MX-MATCH",
        "pass",
        "story.example. A 192.0.2.1\n" + TXT + WEB,
        why="implicit MX",
        fetches=says("enforce", "story.example"),
    ),
    Case(
        "MTASTS-MX-MATCH",
        "fail",
        ALL,
        severity="critical",
        fetches=says("enforce", "mx2.story.example"),
        arguments={"hosts": ("mx.story.example",)},
    ),
    Case(
        "MTASTS-MX-MATCH", "fail", ALL, why="testing", severity="medium", fetches=says("testing", "mx2.story.example")
    ),
    Case("MTASTS-MX-MATCH", "fail", ALL, why="two labels", fetches=says("enforce", "*.example")),
    Case(
        "MTASTS-MX-MATCH",
        "fail",
        "story.example. MX 10 mx.story.example.evil.\n" + TXT + WEB,
        why="only a prefix",  # T37
        fetches=WELL,
    ),
    Case("MTASTS-MX-MATCH", "not_applicable", ALL, why="taken back", fetches=says("none", "mx2.story.example")),
    Case("MTASTS-MX-MATCH", "not_applicable", "story.example. MX 0 .\n" + TXT + WEB, why="null MX", fetches=WELL),
    Case(
        "MTASTS-MX-MATCH",
        "unknown",
        "story.example. MX timeout\n" + TXT + WEB,
        why="hosts unknown",
        reason="dns.timeout",
        fetches=WELL,
    ),
    Case(
        "MTASTS-MX-EXTRA",
        "fail",
        ALL,
        severity="info",
        fetches=says("enforce", "mx.story.example", "*.old.example"),
        arguments={"patterns": ("*.old.example",)},
    ),
)
PLAIN = {"192.0.2.1": sessions.no_starttls()}


HERE = "mx.story.example"
BINDING = (
    Case("MTASTS-MX-TLS", "pass", ALL, fetches=WELL),
    Case("MTASTS-MX-TLS", "fail", ALL, severity="critical", fetches=WELL, sessions=PLAIN),
    Case("MTASTS-MX-TLS", "fail", ALL, why="testing", severity="high", fetches=says("testing"), sessions=PLAIN),
    Case(
        "MTASTS-MX-TLS",
        "fail",
        ALL,
        why="TLS fails",
        fetches=WELL,
        sessions={"192.0.2.1": sessions.tls_alert()},
        arguments={"failures": ("TLS fails: alert handshake failure",)},
    ),
    *(
        Case("MTASTS-MX-TLS", "fail", ALL, why=why, fetches=WELL, sessions={"192.0.2.1": sessions.healthy(chain)})
        for why, chain in {
            "expired": pki.expired(HERE),
            "another name": pki.for_another_name(HERE),
            "self-signed": pki.self_signed(HERE),
            "incomplete": pki.incomplete(HERE),
        }.items()
    ),
    Case("MTASTS-MX-TLS", "not_applicable", MX, sessions=PLAIN),
    Case("MTASTS-MX-TLS", "not_applicable", ALL, why="taken back", fetches=says("none"), sessions=PLAIN),
    Case(
        "MTASTS-MX-TLS",
        "not_applicable",
        ALL,
        why="not covered",
        fetches=says("enforce", "mx2.story.example"),
        sessions=PLAIN,
    ),
    Case(
        "MTASTS-MX-TLS",
        "not_applicable",
        ALL,
        why="the policy's certificate is bad",
        fetches=web(got(chain=pki.expired(HOST))),
        sessions=PLAIN,
    ),
    Case(
        "MTASTS-MX-TLS",
        "not_applicable",
        record("v=STSv1; id=1", "v=STSv1; id=2"),
        why="two records",
        fetches=WELL,
        sessions=PLAIN,
    ),
    Case("MTASTS-MX-TLS", "unknown", ALL, reason="https.timeout", fetches=web(TIMEOUT)),
    Case(
        "MTASTS-MX-TLS",
        "unknown",
        ALL,
        why="turned away",
        reason="smtp.tempfail",
        fetches=WELL,
        sessions={"192.0.2.1": sessions.greeting(450)},
    ),
    Case("MTASTS-CNAME", "pass", BOTH, fetches=WELL),
    Case("MTASTS-CNAME", "pass", MX, why="nothing there"),
    Case(
        "MTASTS-CNAME",
        "pass",
        MX + "*.story.example. CNAME www.story.example.\nwww.story.example. A 192.0.2.9\n",
        why="what any name gets",
    ),
    Case(
        "MTASTS-CNAME",
        "fail",
        MX + TXT + f"{HOST}. CNAME sts.operator.example.\nsts.operator.example. A 192.0.2.80\n",
        why="host",
        severity="info",
        fetches=WELL,
        arguments={"aliases": (f"{HOST} to sts.operator.example",)},
    ),
    Case(
        "MTASTS-CNAME",
        "fail",
        MX + WEB + f'{AT} CNAME rec.operator.example.\nrec.operator.example. TXT "v=STSv1; id=1"\n',
        why="record",
        severity="info",
        fetches=WELL,
    ),
    Case("MTASTS-CNAME", "fail", MX + TXT + f"{HOST}. CNAME gone.invalid.\n", why="dangling", severity="high"),
    Case(
        "MTASTS-CNAME",
        "fail",
        MX + f"{AT} CNAME gone.invalid.\n{HOST}. A timeout\n",
        why="dangling beside a hole",
        severity="high",
        reason="dns.timeout",
    ),
    Case(
        "MTASTS-CNAME",
        "fail",
        MX + TXT + FREE + REGISTRY,
        why="free",
        severity="critical",
        arguments={"aliases": (f"{HOST} to p.gone.com, which does not exist (anybody may register gone.com)",)},
    ),
    Case("MTASTS-CNAME", "fail", MX + f"{AT} CNAME r.gone.com.\n" + REGISTRY, why="record, free", severity="critical"),
    Case(
        "MTASTS-CNAME",
        "fail",
        MX + TXT + FREE + REGISTRY + "gone.com. NS ns.gone.com.\n",
        why="registered",
        severity="high",
        arguments={"aliases": (f"{HOST} to p.gone.com, which does not exist",)},
    ),
    Case(
        "MTASTS-CNAME",
        "fail",
        MX + TXT + FREE + REGISTRY + "gone.com. NS@192.0.2.53 servfail\n",
        why="the registry does not say",
        severity="high",
        reason="dns.servfail",
    ),
    Case(
        "MTASTS-CNAME",
        "fail",
        MX + f"{AT} CNAME r.operator.example.\nr.operator.example. CNAME {AT}\n",
        why="in a circle",
        severity="high",
        arguments={"aliases": ("_mta-sts.story.example to r.operator.example, and the aliases lead in a circle",)},
    ),
    Case("MTASTS-CNAME", "unknown", MX + TXT + f"{HOST}. A servfail\n", reason="dns.servfail"),
)


def seen(body: bytes = GOOD.body, id_: str = "1", days: int = 9, id_days: int | None = None) -> tuple[Sighting, ...]:
    """What earlier runs saw, so many days ago for the first time."""
    since, id_since = (NOW - timedelta(days=d) for d in (days, days if id_days is None else id_days))
    return (
        Sighting(name="_mta-sts.story.example", digest=of_id(id_), first_seen=id_since),
        Sighting(name=HOST, digest=of_policy(body), first_seen=since),
    )


OTHER = policy("testing")
STALE = (
    Case("MTASTS-ID-STALE", "pass", ALL, fetches=WELL, sightings=seen()),
    Case("MTASTS-ID-STALE", "pass", ALL, why="both changed", fetches=WELL, sightings=seen(OTHER, "0")),
    Case("MTASTS-ID-STALE", "pass", ALL, why="only the id changed", fetches=WELL, sightings=seen(id_="0")),
    Case("MTASTS-ID-STALE", "pass", ALL, why="the id changed later", fetches=WELL, sightings=seen(days=9, id_days=5)),
    Case("MTASTS-ID-STALE", "pass", ALL, why="other line ends", fetches=WELL, sightings=seen(policy(end="\n"))),
    Case(
        "MTASTS-ID-STALE",
        "fail",
        ALL,
        severity="high",
        fetches=WELL,
        sightings=seen(OTHER),
        arguments={"since": "2026-11-15"},
    ),
    Case("MTASTS-ID-STALE", "fail", ALL, why="since long", fetches=WELL, sightings=seen(days=5, id_days=9)),
    Case("MTASTS-ID-STALE", "not_applicable", MX, sightings=()),
    Case("MTASTS-ID-STALE", "not_applicable", NO_WEB, why="no policy", sightings=()),
    Case("MTASTS-ID-STALE", "unknown", ALL, reason="history.none", fetches=WELL, sightings=()),
    Case("MTASTS-ID-STALE", "unknown", ALL, why="no policy seen", reason="https.timeout", fetches=web(TIMEOUT)),
)
CASES = (*RECORD, *ORPHAN, *FETCH, *CERT, *CTYPE, *EVERY_POLICY_RULE, *FIRST_COUNTS, *POLICY, *BINDING, *STALE)


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.id)
def test_what_is_found_is_what_the_evidence_says(case: Case) -> None:
    check(case)


NEW = f'{AT} 3600 IN TXT "v=STSv1; id=20261124120000Z"'


@pytest.mark.parametrize(
    ("case", "lines"),
    [
        (
            Case("MTASTS-MISSING", "fail", MX),
            (
                f"; first serve this text at {URL} :",
                "; version: STSv1",
                "; mode: testing",
                "; mx: mx.story.example",
                "; max_age: 86400",
                NEW,
            ),
        ),
        (Case("MTASTS-TXT-MULTI", "fail", record("v=STSv1; id=1", "v=STSv1; id=2")), (NEW,)),
        (Case("MTASTS-TXT-SYNTAX", "fail", record("v=STSv1;")), (NEW,)),
        (Case("MTASTS-ORPHAN", "fail", NO_WEB), ()),
        (Case("MTASTS-ORPHAN", "fail", MX + WEB, fetches=WELL), (NEW,)),
        (
            Case("MTASTS-MX-MATCH", "fail", ALL, fetches=says("enforce", "*.old.example")),
            (
                f"; first serve this text at {URL} :",
                "; version: STSv1",
                "; mode: enforce",
                "; mx: *.old.example",
                "; mx: mx.story.example",
                "; max_age: 604800",
                NEW,
            ),
        ),
        (
            Case("MTASTS-MODE", "fail", ALL, fetches=says("testing", max_age=3600)),
            (
                f"; first serve this text at {URL} :",
                "; version: STSv1",
                "; mode: enforce",
                "; mx: mx.story.example",
                "; max_age: 604800",
                NEW,
            ),
        ),
    ],
    ids=lambda v: getattr(v, "id", "lines"),
)
def test_what_to_publish(case: Case, lines: tuple[str, ...]) -> None:
    finding = check(case)
    assert finding is not None
    assert finding.publish == lines


@pytest.mark.parametrize(
    "case",
    [
        Case("MTASTS-MODE", "fail", ALL, fetches=says("testing", "other.example")),
        Case("MTASTS-MODE", "fail", ALL, fetches=says("testing"), sessions=PLAIN),
        Case("MTASTS-MODE", "fail", ALL, fetches=says("testing"), sessions={"192.0.2.1": sessions.timeout()}),
        Case("MTASTS-MODE", "fail", "story.example. MX timeout\n" + TXT + WEB, fetches=says("testing")),
        Case("MTASTS-MODE", "fail", MX + "mx.story.example. AAAA timeout\n" + TXT + WEB, fetches=says("testing")),
        Case("MTASTS-MODE", "fail", ALL, fetches=says("testing"), settings={"smtp": False}),
        Case("MTASTS-MODE", "fail", "story.example. MX 0 .\n" + TXT + WEB, fetches=says("testing")),
    ],
    ids=["left out", "no TLS", "silent", "MX unknown", "address unknown", "not asked", "no mail"],
)
def test_no_enforced_policy_is_given_that_may_keep_mail_away(case: Case) -> None:
    found = replayed(case, rules=selected(case))
    assert not found.faults
    assert [f.publish for f in found.findings if (f.rule, f.result) == (case.rule, case.expected)] == [()]


@pytest.mark.parametrize(("families", "given"), [(("A", "AAAA"), True), (("AAAA",), False)])
def test_a_machine_without_ipv6_gives_an_enforced_policy_by_what_it_sees(
    families: tuple[str, ...], given: bool
) -> None:
    at = {"A": "192.0.2.1", "AAAA": "2001:db8::1"}
    zone = "story.example. MX 10 mx.story.example.\n" + TXT + WEB
    zone += "".join(f"mx.story.example. {family} {at[family]}\n" for family in families)
    finding = check(Case("MTASTS-MODE", "fail", zone, fetches=says("testing"), routes=frozenset({"ipv4"})))
    assert finding is not None
    assert bool(finding.publish) is given


def test_what_is_published_would_pass() -> None:
    finding = check(Case("MTASTS-MISSING", "fail", MX))
    assert finding is not None
    body = "".join(f"{line[2:]}\n" for line in finding.publish[1:-1]).encode()
    mended = MX + WEB + finding.publish[-1].replace("3600 IN ", "") + "\n"
    for rule in ("MTASTS-MISSING", "MTASTS-TXT-SYNTAX", "MTASTS-FETCH", "MTASTS-POLICY-SYNTAX", "MTASTS-MX-MATCH"):
        check(Case(rule, "pass", mended, fetches=web(got(body))))


@pytest.mark.parametrize(("mode", "severity"), [("enforce", "critical"), ("testing", "high"), ("none", "medium")])
def test_a_certificate_matters_as_the_policy_asks(mode: str, severity: str) -> None:
    expired = {"192.0.2.1": sessions.healthy(pki.expired(HERE))}
    check(Case("CERT-EXPIRED", "fail", ALL, severity=severity, fetches=says(mode), sessions=expired))


@pytest.mark.parametrize(
    ("fetch", "text"),
    [
        (got(status=302, location="/e429"), "status 302 sends on to /e429, where senders must not follow"),
        (got(status=302), "status 302 sends on, where senders must not follow"),
        (got(status=304), "status 304"),
    ],
)
def test_what_is_said_of_a_redirect(fetch: HttpsFetch, text: str) -> None:
    check(Case("MTASTS-FETCH", "fail", ALL, fetches=web(fetch), arguments={"failures": (f"at 192.0.2.80 {text}",)}))


def test_a_failure_that_may_be_chance_is_confirmed() -> None:
    """The second fetch of the same counts."""
    case = Case("MTASTS-FETCH", "pass", ALL, fetches=web(got(status=503)))
    world = World(case)
    replayed(case, world)
    assert [p.key for p in world.asked if p.key.startswith("https")] == [
        f"https {URL} 192.0.2.80 443",
        f"https {URL} 192.0.2.80 443 #1",
    ]


GIVEN = "story.example. MX 10 mx.story.example.\nmx.story.example. A 192.0.2.1\n"


@pytest.mark.parametrize(
    ("zone", "given"),
    [
        (GIVEN, True),
        (f"{GIVEN}story.example. MX 20 gone.story.example.", False),
        (f"{GIVEN}story.example. MX 20 mx2.story.example.\nmx2.story.example. ANY timeout", False),
        (f"{GIVEN}_mta-sts.story.example. CNAME nowhere.story.example.", False),
    ],
)
def test_a_first_policy_is_given_where_all_its_hosts_are_there_and_nothing_stands_in_its_way(
    zone: str, given: bool
) -> None:
    (finding,) = (f for f in replayed(Case("MTASTS-MISSING", "fail", zone)).findings if f.rule == "MTASTS-MISSING")
    assert bool(finding.publish) is given
