"""BIMI: the record, the policy that it needs, the picture, and the certificate of the mark."""

from __future__ import annotations

import pytest

from audit.model.probe import FetchOutcome, HttpsFetch
from tests.rules import pki
from tests.rules.fetches import ended, got
from tests.rules.world import Case, World, check, replayed
from tests.syntax.marks import authority, logotypes, mark
from tests.syntax.test_svg_tiny import GOOD as PICTURE

MX = "story.example. MX 10 mx.story.example.\nmx.story.example. A 192.0.2.1\n"
WEB_HOST = "pic.story.example"
WEB = f"{WEB_HOST}. A 192.0.2.80\n"
AT = "default._bimi.story.example."
ICON, PEM = "https://pic.story.example/logo.svg", "https://pic.story.example/vmc.pem"
TXT = f'{AT} TXT "v=BIMI1; l={ICON}; a={PEM}"\n'
ICON_ALONE = f'{AT} TXT "v=BIMI1; l={ICON}; a="\n'
PEM_ALONE = f'{AT} TXT "v=BIMI1; l=; a={PEM}"\n'
CLOCK_IS_WRONG = "SOA 8 0 86400 20200101050000 20191222040000 12345 . c2lnbmF0dXJl"
DECLINED = f'{AT} TXT "v=BIMI1; l=; a="\n'

REGISTRY = 'com. SOA "ns.nic.com. hostmaster.nic.com. 1 2 3 4 5"\ncom. NS a.nic.com.\na.nic.com. A 192.0.2.53\n'


def dmarc(text: str) -> str:
    return f'_dmarc.story.example. TXT "v=DMARC1; {text}"\n'


ENFORCED = dmarc("p=reject")
ALL = MX + WEB + TXT + ENFORCED


def files(
    picture: HttpsFetch | bytes = PICTURE, pem: HttpsFetch | bytes | None = None, chain: pki.Chain | None = None
) -> dict[str, HttpsFetch]:
    """What the web server has; `chain` is what it shows."""
    kinds = ((ICON, picture, "image/svg+xml"), (PEM, SOUND if pem is None else pem, "application/x-pem-file"))
    shown = pki.good(WEB_HOST) if chain is None else chain
    return {
        url: body if isinstance(body, HttpsFetch) else got(body, kind=kind, chain=shown) for url, body, kind in kinds
    }


SOUND = mark(logos=logotypes(PICTURE))
WELL = files()
TIMEOUT = ended(FetchOutcome.TIMEOUT)
LOGOS = logotypes(PICTURE)
INVALID = "the certificate of its web server is not valid"


def vmc(why: str, pem: bytes, problem: str) -> Case:
    """A case of a certificate with one fault."""
    return Case("BIMI-VMC", "fail", ALL, why=why, fetches=files(pem=pem), arguments={"problems": (problem,)})


RECORD = (
    Case("BIMI-MISSING", "pass", ALL, fetches=WELL),
    Case("BIMI-MISSING", "fail", MX + ENFORCED, severity="info"),
    Case("BIMI-MISSING", "not_applicable", MX, why="no DMARC"),
    Case("BIMI-MISSING", "not_applicable", MX + dmarc("p=none"), why="DMARC is not enforced"),
    Case("BIMI-MISSING", "unknown", MX + ENFORCED + f"{AT} TXT timeout\n", reason="dns.timeout"),
    Case("BIMI-MISSING", "unknown", MX + "_dmarc.story.example. TXT timeout\n", why="DMARC", reason="dns.timeout"),
    Case("BIMI-SYNTAX", "pass", ALL, fetches=WELL),
    Case("BIMI-SYNTAX", "pass", MX + DECLINED, why="declined"),
    Case("BIMI-SYNTAX", "fail", MX + f'{AT} TXT "v=BIMI1;"\n', severity="low"),
    Case("BIMI-SYNTAX", "fail", MX + f'{AT} TXT "v=BIMI1; l=http://a.example/b.svg"\n', why="no TLS"),
    Case("BIMI-SYNTAX", "fail", MX + TXT + DECLINED, why="two", arguments={"places": ("there are 2",)}),
    Case("BIMI-SYNTAX", "pass", MX + TXT.replace(".example/", ".example:8443/"), why="a port"),
    Case("BIMI-SYNTAX", "pass", MX + TXT.replace("v=BIMI1", "v = BIMI1"), why="blanks"),
    Case("BIMI-SYNTAX", "not_applicable", MX),
    Case("BIMI-SYNTAX", "not_applicable", MX + f"{AT} CNAME {AT}\n", why="a circle of aliases"),
    Case("BIMI-SYNTAX", "unknown", MX + f"{AT} TXT servfail\n", reason="dns.servfail"),
)
ROUND = f"{AT} CNAME b.example.\nb.example. CNAME {AT}\n"
ANY = "*.story.example. CNAME www.story.example.\nwww.story.example. A 192.0.2.9\n"
ALIASES = (
    Case("BIMI-CNAME", "pass", ALL, fetches=WELL),
    Case("BIMI-CNAME", "pass", MX, why="nothing there"),
    Case("BIMI-CNAME", "pass", MX + ANY, why="what any name gets"),
    Case(
        "BIMI-CNAME",
        "fail",
        MX + f"{AT} CNAME b.example.\n" + DECLINED.replace(AT, "b.example."),
        severity="info",
        arguments={"name": "default._bimi.story.example", "target": "b.example", "state": ""},
    ),
    Case("BIMI-CNAME", "fail", MX + f"{AT} CNAME gone.invalid.\n", why="dangling", severity="low"),
    Case(
        "BIMI-CNAME",
        "fail",
        MX + f"{AT} CNAME b.gone.com.\n" + REGISTRY,
        why="free",
        severity="medium",
        arguments={"state": ", which does not exist (anybody may register gone.com)"},
    ),
    Case(
        "BIMI-CNAME",
        "fail",
        MX + f"{AT} CNAME b.gone.com.\n" + REGISTRY + "gone.com. NS ns.gone.com.\n",
        why="registered",
        severity="low",
        arguments={"state": ", which does not exist"},
    ),
    Case(
        "BIMI-CNAME",
        "fail",
        MX + f"{AT} CNAME b.gone.com.\n" + REGISTRY + "gone.com. NS@192.0.2.53 timeout\n",
        why="the registry is silent",
        severity="low",
        reason="dns.timeout",
    ),
    Case("BIMI-CNAME", "fail", MX + ROUND, why="in a circle", severity="low"),
    Case("BIMI-SYNTAX", "not_applicable", MX + ROUND, why="aliases in a circle"),
    Case("BIMI-CNAME", "unknown", MX + f"{AT} TXT servfail\n", reason="dns.servfail"),
)
POLICY = (
    Case("BIMI-DMARC", "pass", ALL, fetches=WELL),
    Case("BIMI-DMARC", "pass", MX + TXT + WEB + dmarc("p=quarantine"), why="quarantine", fetches=WELL),
    Case(
        "BIMI-DMARC",
        "fail",
        MX + TXT + WEB + dmarc("p=none"),
        severity="medium",
        fetches=WELL,
        arguments={"lacks": ("none for the domain", "none for existing subdomains")},
    ),
    Case("BIMI-DMARC", "fail", MX + TXT + WEB, why="no record", fetches=WELL),
    Case(
        "BIMI-DMARC",
        "fail",
        MX + TXT + WEB + dmarc("p=reject; sp=none"),
        why="subdomains",
        fetches=WELL,
        arguments={"lacks": ("none for existing subdomains",)},
    ),
    Case("BIMI-DMARC", "fail", MX + TXT + WEB + dmarc("p=reject; t=y"), why="t=y", fetches=WELL),
    Case("BIMI-DMARC", "fail", MX + TXT + WEB + dmarc("p=reject; pct=50"), why="pct", fetches=WELL),
    Case("BIMI-DMARC", "not_applicable", MX),
    Case("BIMI-DMARC", "not_applicable", MX + DECLINED, why="declined"),
    Case(
        "BIMI-DMARC",
        "unknown",
        MX + TXT + WEB + "_dmarc.story.example. TXT timeout\n",
        reason="dns.timeout",
        fetches=WELL,
    ),
)
FILES = (
    Case("BIMI-SVG", "pass", ALL, fetches=WELL),
    Case(
        "BIMI-SVG",
        "fail",
        ALL,
        severity="low",
        fetches=files(PICTURE.replace(b"tiny-ps", b"tiny")),
        arguments={"problems": ("its baseProfile is not tiny-ps",)},
    ),
    Case("BIMI-SVG", "fail", ALL, why="nothing there", fetches=files(got(status=404))),
    Case("BIMI-SVG", "fail", ALL, why="too large", fetches=files(ended(FetchOutcome.TOO_LONG, tls=True))),
    Case("BIMI-SVG", "fail", MX + TXT + ENFORCED, why="no host", fetches=WELL),
    Case("BIMI-SVG", "fail", MX + TXT + "pic.story.example. A 10.0.0.1\n", why="an internal address"),
    Case("BIMI-SVG", "not_applicable", MX),
    Case("BIMI-SVG", "not_applicable", MX + DECLINED, why="declined"),
    Case("BIMI-SVG", "unknown", ALL, reason="https.timeout", fetches=files(TIMEOUT)),
    Case("BIMI-SVG", "unknown", ALL, why="moved", reason="https.status", fetches=files(got(status=302))),
    Case("BIMI-SVG", "unknown", MX + TXT + "pic.story.example. ANY timeout\n", why="host", reason="dns.timeout"),
    Case("BIMI-VMC", "pass", ALL, fetches=WELL),
    Case("BIMI-VMC", "fail", MX + WEB + ICON_ALONE, why="none", severity="info", fetches=WELL),
    Case("BIMI-VMC", "fail", ALL, why="not there", fetches=files(pem=got(status=404))),
    Case("BIMI-VMC", "fail", ALL, why="no certificate", fetches=files(pem=b"hello")),
    vmc("another name", mark(("other.example",), logos=LOGOS), "it is for other names"),
    vmc("another selector", mark(("a._bimi.story.example",), logos=LOGOS), "it is for other names"),
    vmc("of a web server", mark(purpose="1.3.6.1.5.5.7.3.1", logos=LOGOS), "its purpose is not BIMI"),
    vmc("expired", mark(until=-1, logos=LOGOS), "it is out of date"),
    vmc("not yet valid", mark(since=1, logos=LOGOS), "it is not valid yet"),
    vmc("no issuer", mark(above=None, logos=LOGOS), "the file lacks the certificate of its issuer"),
    vmc("old issuer", mark(above=authority(until=-1), logos=LOGOS), "a certificate above it is out of date"),
    vmc("no picture", mark(logos=None), "it holds no picture"),
    vmc("another picture", mark(), "the picture that the record names is not the one in it"),
    Case("BIMI-VMC", "fail", ALL, why="and no picture is there", fetches=files(got(status=404), mark(until=-1))),
    Case("BIMI-VMC", "pass", ALL, why="no picture to compare", fetches=files(got(status=404))),
    Case("BIMI-VMC", "pass", MX + WEB + PEM_ALONE, why="its own picture alone", fetches=files()),
    Case("BIMI-VMC", "unknown", ALL, why="picture", reason="https.timeout", fetches=files(TIMEOUT)),
    Case("BIMI-VMC", "fail", ALL, why="beside an unknown picture", fetches=files(TIMEOUT, mark(until=-1))),
    *(
        Case(rule, "fail", ALL, why=why, fetches=files(chain=chain), arguments={"problems": (f"{INVALID}: {text}",)})
        for rule in ("BIMI-SVG", "BIMI-VMC")
        for why, chain, text in (
            ("web server expired", pki.expired(WEB_HOST), "expired 2026-11-14"),
            ("web server of another name", pki.for_another_name(WEB_HOST), "name-mismatch mail.elsewhere.example"),
            ("web server self-signed", pki.self_signed(WEB_HOST), "self-signed CN=pic.story.example"),
        )
    ),
    *(
        Case(rule, "unknown", ALL, why=reason, fetches=files(chain=chain), reason=reason)
        for rule in ("BIMI-SVG", "BIMI-VMC")
        for reason, chain in (("cert.none_shown", ()), ("cert.unreadable", pki.garbage(WEB_HOST)))
    ),
    *(
        Case(rule, "unknown", ALL, why="clock", fetches=WELL, reason="vantage.clock", root_signature=CLOCK_IS_WRONG)
        for rule in ("BIMI-SVG", "BIMI-VMC")
    ),
    Case("BIMI-SVG", "fail", ALL, why="whatever the clock", fetches=files(b"<svg/>"), root_signature=CLOCK_IS_WRONG),
    *(
        Case(rule, "unknown", MX + WEB + TXT.replace(".example/", ".example:8443/"), why="port", reason="https.port")
        for rule in ("BIMI-SVG", "BIMI-VMC")
    ),
    Case("BIMI-SVG", "pass", MX + WEB + TXT.replace(".example/", ".example:443/"), why="its own port", fetches=WELL),
    Case(
        "BIMI-SVG",
        "unknown",
        MX + TXT + f"{WEB_HOST}. A timeout\n{WEB_HOST}. AAAA 2001:db8::80\n",
        why="the first address",  # another than the one that is always looked at
        reason="dns.timeout",
        fetches=files(got(status=404)),
    ),
    Case("BIMI-SVG", "pass", MX + TXT + f"{WEB_HOST}. AAAA 2001:db8::80\n", why="IPv6 alone", fetches=WELL),
    Case("BIMI-VMC", "not_applicable", MX),
    Case("BIMI-VMC", "not_applicable", MX + DECLINED, why="declined"),
    Case("BIMI-VMC", "unknown", ALL, reason="https.timeout", fetches=files(pem=TIMEOUT)),
)
CASES = (*RECORD, *ALIASES, *POLICY, *FILES)


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.id)
def test_what_is_found_is_what_the_evidence_says(case: Case) -> None:
    check(case)


SUBDOMAIN = ALL.replace("story.example. MX", "news.story.example. MX", 1)
NEWS = '_dmarc.news.story.example. TXT "v=DMARC1; p=reject"\n'


@pytest.mark.parametrize(
    ("organization", "lacks"),
    [
        ("p=reject", ()),
        ("p=none; sp=reject", ("none for the organizational domain",)),
        ("p=reject; sp=none", ("none for existing subdomains",)),
    ],
)
def test_a_subdomain_needs_the_policy_of_its_organization_as_well(organization: str, lacks: tuple[str, ...]) -> None:
    zone = SUBDOMAIN.replace(ENFORCED, dmarc(organization)) + NEWS
    expected = "fail" if lacks else "pass"
    arguments = {"lacks": lacks} if lacks else None
    check(Case("BIMI-DMARC", expected, zone, domain="news.story.example", fetches=WELL, arguments=arguments))


def test_a_subdomain_has_the_record_of_its_organization() -> None:
    check(Case("BIMI-SVG", "pass", SUBDOMAIN, domain="news.story.example", fetches=WELL))
    check(Case("BIMI-VMC", "pass", SUBDOMAIN, domain="news.story.example", fetches=WELL))


def test_a_failure_that_may_be_chance_is_confirmed() -> None:
    world = World(Case("BIMI-SVG", "unknown", ALL, fetches=files(got(status=503))))
    replayed(world.case, world)
    assert [p.key for p in world.asked if p.key.startswith(f"https {ICON}")] == [
        f"https {ICON} 192.0.2.80 443",
        f"https {ICON} 192.0.2.80 443 #1",
    ]
