"""TLS-RPT: whether senders are told where to report on TLS."""

from __future__ import annotations

import pytest

from tests.rules.world import Case, check

HERE = "story.example. MX 10 mx.story.example.\nmx.story.example. A 192.0.2.1\n"
NO_MAIL = "story.example. MX 0 .\n"
AT = "_smtp._tls.story.example."
STS = '_mta-sts.story.example. TXT "v=STSv1; id=1"\n'
MAIL = "mailto:tls@story.example"
AWAY = "mailto:t@reports.example"
WEB = "https://reports.example/tls"
DEAD, SILENT = f"{AT} TXT servfail\n", f"{AT} TXT timeout\n"


def own(*rua: str) -> str:
    return f'{AT} TXT "v=TLSRPTv1; rua={",".join(rua)}"\n'


GOOD = HERE + own(MAIL)
DISCARDED = (
    f" v=TLSRPTv1; rua={MAIL}",
    f"V=TLSRPTV1; rua={MAIL}",
    f'\\"v=TLSRPTv1; rua={MAIL}\\"',
    f"v=TLSRPTv1\\\\; rua={MAIL}",
)
MISSING = (
    Case("TLSRPT-MISSING", "pass", GOOD),
    Case("TLSRPT-MISSING", "pass", GOOD + f'{AT} TXT "v=spf1 -all"\n', why="another text is discarded"),
    Case(
        "TLSRPT-MISSING",
        "pass",
        HERE + f"{AT} CNAME rpt.example.\n" + own(MAIL).replace(AT, "rpt.example."),
        why="alias",
    ),
    Case("TLSRPT-MISSING", "fail", HERE, severity="low", arguments={"domain": "story.example"}),
    Case("TLSRPT-MISSING", "fail", HERE + f"{AT} TXT nodata\n", why="NODATA"),
    Case("TLSRPT-MISSING", "fail", HERE + f'{AT} TXT "v=TLSRPTv10; rua={MAIL}"\n', why="another version"),
    Case("TLSRPT-MISSING", "fail", HERE + own(MAIL).replace(AT, "story.example."), why="at the wrong place"),
    Case("TLSRPT-MISSING", "fail", HERE + STS, why="with MTA-STS", severity="medium"),
    Case(
        "TLSRPT-MISSING",
        "fail",
        HERE + "_mta-sts.story.example. TXT timeout\n",
        why="whether with MTA-STS is unknown",
        severity="low",
        reason="dns.timeout",
    ),
    Case("TLSRPT-MISSING", "not_applicable", NO_MAIL),
    Case(
        "TLSRPT-MISSING", "not_applicable", HERE + own(MAIL).replace("v1;", "v1 ;"), why="superseded by TLSRPT-SYNTAX"
    ),
    Case("TLSRPT-MISSING", "unknown", HERE + DEAD, reason="dns.servfail"),  # T22
    Case("TLSRPT-MISSING", "unknown", HERE + SILENT, why="silence", reason="dns.timeout"),
    Case("TLSRPT-MISSING", "unknown", "story.example. MX timeout\n", why="mail unknown", reason="dns.timeout"),
)
RECORD = (
    Case("TLSRPT-MULTI", "pass", GOOD),
    Case("TLSRPT-MULTI", "fail", GOOD + own(WEB), severity="medium", arguments={"domain": "story.example", "count": 2}),
    Case("TLSRPT-MULTI", "not_applicable", HERE),
    Case("TLSRPT-MULTI", "unknown", HERE + DEAD, reason="dns.servfail"),
    Case("TLSRPT-SYNTAX", "pass", GOOD),
    Case("TLSRPT-SYNTAX", "pass", HERE + own(WEB, MAIL), why="several addresses"),
    Case("TLSRPT-SYNTAX", "pass", HERE + f'{AT} TXT "v=TLSRPTv1; new=1; rua={MAIL};"\n', why="unknown fields"),
    Case(
        "TLSRPT-SYNTAX", "pass", HERE + f'{AT} TXT "v=TLSRPTv1; rua=mail" "to:tls@story.example"\n', why="two strings"
    ),  # T29
    Case(
        "TLSRPT-SYNTAX",
        "fail",
        HERE + f'{AT} TXT "v=TLSRPTv1;"\n',
        severity="medium",
        arguments={"domain": "story.example", "places": ("v=TLSRPTv1; (character 1: no rua)",)},
    ),
    Case("TLSRPT-SYNTAX", "fail", HERE + own("tls@story.example", MAIL), why="no scheme"),
    Case(
        "TLSRPT-SYNTAX",
        "fail",
        HERE + own(f"{MAIL}!10m"),
        why="a size behind the address",
        arguments={"places": (f"{MAIL}!10m (character 13: a size, which DMARC had)",)},
    ),
    Case(
        "TLSRPT-SYNTAX",
        "fail",
        HERE + f'{AT} TXT "v=TLSRPTv1 ; rua={MAIL}"\n',
        why="a space before the semicolon",
        arguments={"places": ('it does not begin with "v=TLSRPTv1;"',)},
    ),
    Case("TLSRPT-SYNTAX", "fail", HERE + f'{AT} TXT "v=TLSRPTv1; rua=\\255\\254"\n', why="octets beyond ASCII"),
    Case("TLSRPT-SYNTAX", "not_applicable", HERE),
    Case("TLSRPT-SYNTAX", "unknown", HERE + SILENT, reason="dns.timeout"),
)
REGISTRY = 'com. SOA "ns.nic.com. hostmaster.nic.com. 1 2 3 4 5"\ncom. NS a.nic.com.\na.nic.com. A 192.0.2.53\n'
LEADING = f"{AT} CNAME"
ROUND = f"{LEADING} r.example.\nr.example. CNAME {AT}\n"
ANY = "*.story.example. CNAME www.story.example.\nwww.story.example. A 192.0.2.9\n"
ALIASES = (
    Case("TLSRPT-CNAME", "pass", GOOD),
    Case("TLSRPT-CNAME", "pass", HERE, why="nothing there"),
    Case("TLSRPT-CNAME", "pass", HERE + ANY, why="what any name gets"),
    Case(
        "TLSRPT-CNAME",
        "fail",
        HERE + f"{LEADING} r.example.\n" + own(MAIL).replace(AT, "r.example."),
        severity="info",
        arguments={"name": "_smtp._tls.story.example", "target": "r.example", "state": ""},
    ),
    Case(
        "TLSRPT-CNAME", "fail", HERE + f"{LEADING} r.example.\nr.example. A 192.0.2.9\n", why="no text", severity="info"
    ),
    Case(
        "TLSRPT-CNAME",
        "fail",
        HERE + f"{LEADING} gone.invalid.\n",
        why="dangling",
        severity="low",
        arguments={"state": ", which does not exist"},
    ),
    Case("TLSRPT-CNAME", "fail", HERE + f"{LEADING} r.story.example.\n", why="dangling, its own", severity="low"),
    Case(
        "TLSRPT-CNAME",
        "fail",
        HERE + f"{LEADING} r.gone.com.\n" + REGISTRY,
        why="free",
        severity="medium",
        arguments={"target": "r.gone.com", "state": ", which does not exist (anybody may register gone.com)"},
    ),
    Case(
        "TLSRPT-CNAME",
        "fail",
        HERE + f"{LEADING} r.gone.com.\n" + REGISTRY + "gone.com. NS ns.gone.com.\n",
        why="registered",
        severity="low",
    ),
    Case(
        "TLSRPT-CNAME",
        "fail",
        HERE + f"{LEADING} r.gone.com.\n" + REGISTRY + "gone.com. NS@192.0.2.53 timeout\n",
        why="the registry is silent",
        severity="low",
        reason="dns.timeout",
    ),
    Case(
        "TLSRPT-CNAME",
        "fail",
        HERE + ROUND,
        why="in a circle",
        severity="low",
        arguments={"target": "r.example", "state": ", and the aliases lead in a circle"},
    ),
    Case("TLSRPT-MISSING", "fail", HERE + ROUND, why="aliases in a circle"),
    Case("TLSRPT-CNAME", "unknown", HERE + DEAD, reason="dns.servfail"),
)
MAILBOXES = (
    Case("TLSRPT-RUA-MX", "pass", GOOD),
    Case("TLSRPT-RUA-MX", "pass", HERE + own(AWAY) + "reports.example. A 192.0.2.9\n", why="implicit MX"),
    Case(
        "TLSRPT-RUA-MX",
        "fail",
        HERE + own(AWAY),
        severity="low",
        arguments={"domain": "story.example", "mailboxes": (AWAY,)},
    ),
    Case("TLSRPT-RUA-MX", "fail", HERE + own(AWAY) + "reports.example. MX 0 .\n", why="null MX"),
    Case(
        "TLSRPT-RUA-MX",
        "fail",
        HERE + own(AWAY, "mailto:a@slow.example") + "slow.example. MX timeout\n",
        why="one beside a hole",
        arguments={"mailboxes": (AWAY,)},
    ),
    Case("TLSRPT-RUA-MX", "not_applicable", HERE),
    Case("TLSRPT-RUA-MX", "not_applicable", HERE + own(WEB), why="only https"),
    Case("TLSRPT-RUA-MX", "unknown", HERE + own(AWAY) + "reports.example. MX timeout\n", reason="dns.timeout"),
    Case("TLSRPT-RUA-MX", "unknown", HERE + DEAD, why="the record", reason="dns.servfail"),
    Case(
        "TLSRPT-RUA-MX",
        "unknown",
        HERE + own(*(f"mailto:{n}@story.example" for n in "abcdef")),
        why="more mailboxes than are looked at",
        reason="budget",
    ),
)
CASES = (*MISSING, *RECORD, *ALIASES, *MAILBOXES)


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.id)
def test_what_is_found_is_what_the_evidence_says(case: Case) -> None:
    check(case)


@pytest.mark.parametrize(
    ("case", "record"),
    [
        (Case("TLSRPT-MISSING", "fail", HERE), "rua=mailto:postmaster@story.example"),
        (Case("TLSRPT-MULTI", "fail", GOOD + own(WEB)), f"rua={WEB},{MAIL}"),
        (Case("TLSRPT-SYNTAX", "fail", HERE + own("nonsense", MAIL)), f"rua={MAIL}"),
        (Case("TLSRPT-SYNTAX", "fail", HERE + own(f"{MAIL}!10m")), f"rua={MAIL}"),
        (Case("TLSRPT-SYNTAX", "fail", HERE + own("tls@story.example", WEB)), f"rua={MAIL},{WEB}"),
        (Case("TLSRPT-SYNTAX", "fail", HERE + own(f"{MAIL}; {WEB}")), f"rua={MAIL},{WEB}"),
        (Case("TLSRPT-SYNTAX", "fail", HERE + own("nonsense")), None),
        *((Case("TLSRPT-SYNTAX", "fail", f'{HERE}{AT} TXT "{text}"'), f"rua={MAIL}") for text in DISCARDED),
        (Case("TLSRPT-MISSING", "fail", f"{HERE}{AT} CNAME gone.example."), None),
        (Case("TLSRPT-SYNTAX", "fail", f'{HERE}{AT} CNAME rpt.other.test.\nrpt.other.test. TXT "v=TLSRPTv1"'), None),
        (Case("TLSRPT-RUA-MX", "fail", HERE + own(AWAY, MAIL)), f"rua={MAIL}"),
        (Case("TLSRPT-RUA-MX", "fail", HERE + own(AWAY)), None),
    ],
    ids=lambda v: v if isinstance(v, str) else getattr(v, "rule", "none"),
)
def test_what_to_publish_would_pass(case: Case, record: str | None) -> None:
    finding = check(case)
    assert finding is not None
    expected = () if record is None else (f'{AT} 3600 IN TXT "v=TLSRPTv1; {record}"',)
    assert finding.publish == expected
    for line in finding.publish:
        mended = HERE + line.replace("3600 IN ", "") + "\n"
        for rule in ("TLSRPT-MISSING", "TLSRPT-MULTI", "TLSRPT-SYNTAX", "TLSRPT-RUA-MX"):
            check(Case(rule, "pass", mended))


def test_a_dead_mailbox_is_a_cause_that_domains_may_share() -> None:
    finding = check(Case("TLSRPT-RUA-MX", "fail", HERE + own(AWAY)))
    assert finding is not None
    assert [(c.kind, c.name) for c in finding.causes] == [("report_mailbox", "reports.example")]
