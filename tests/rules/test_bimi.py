"""BIMI: the record, the policy that it needs, the picture, and the certificate of the mark."""

from __future__ import annotations

from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from audit.model.probe import FetchOutcome, HttpsFetch
from audit.syntax.mark_certificate import MARK_TYPE, PURPOSE
from tests.rules import pki
from tests.rules.fetches import ended, got
from tests.rules.pki import NOW
from tests.rules.world import Case, check
from tests.syntax.test_svg_tiny import GOOD as PICTURE

MX = "story.example. MX 10 mx.story.example.\nmx.story.example. A 192.0.2.1\n"
WEB = "pic.story.example. A 192.0.2.80\n"
AT = "default._bimi.story.example."
ICON, PEM = "https://pic.story.example/logo.svg", "https://pic.story.example/vmc.pem"
TXT = f'{AT} TXT "v=BIMI1; l={ICON}; a={PEM}"\n'
ICON_ALONE = f'{AT} TXT "v=BIMI1; l={ICON}; a="\n'
DECLINED = f'{AT} TXT "v=BIMI1; l=; a="\n'


def dmarc(text: str) -> str:
    return f'_dmarc.story.example. TXT "v=DMARC1; {text}"\n'


ENFORCED = dmarc("p=reject")
ALL = MX + WEB + TXT + ENFORCED


def certificate(name: str = "story.example", purpose: str = PURPOSE, since: int = -30, until: int = 300) -> bytes:
    """A mark certificate, as a PEM file."""
    subject = x509.Name(
        [
            x509.NameAttribute(x509.NameOID.COMMON_NAME, name),
            x509.NameAttribute(x509.ObjectIdentifier(MARK_TYPE), "Registered Mark"),
        ]
    )
    made = x509.CertificateBuilder().subject_name(subject).issuer_name(subject)
    made = made.public_key(pki.key("vmc").public_key()).serial_number(7)
    made = made.not_valid_before(NOW + timedelta(days=since)).not_valid_after(NOW + timedelta(days=until))
    made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
    made = made.add_extension(x509.ExtendedKeyUsage([x509.ObjectIdentifier(purpose)]), critical=False)
    return made.sign(pki.key("vmc"), hashes.SHA256()).public_bytes(Encoding.PEM)


def files(picture: HttpsFetch | bytes = PICTURE, pem: HttpsFetch | bytes | None = None) -> dict[str, HttpsFetch]:
    pem = certificate() if pem is None else pem
    return {
        ICON: picture if isinstance(picture, HttpsFetch) else got(picture, kind="image/svg+xml"),
        PEM: pem if isinstance(pem, HttpsFetch) else got(pem, kind="application/x-pem-file"),
    }


WELL = files()
TIMEOUT = ended(FetchOutcome.TIMEOUT)
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
    Case("BIMI-SYNTAX", "not_applicable", MX),
    Case("BIMI-SYNTAX", "unknown", MX + f"{AT} TXT servfail\n", reason="dns.servfail"),
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
    Case("BIMI-VMC", "fail", ALL, why="another name", fetches=files(pem=certificate("other.example"))),
    Case("BIMI-VMC", "fail", ALL, why="of a web server", fetches=files(pem=certificate(purpose="1.3.6.1.5.5.7.3.1"))),
    Case("BIMI-VMC", "fail", ALL, why="expired", fetches=files(pem=certificate(until=-1))),
    Case("BIMI-VMC", "fail", ALL, why="not yet valid", fetches=files(pem=certificate(since=1))),
    Case("BIMI-VMC", "not_applicable", MX),
    Case("BIMI-VMC", "not_applicable", MX + DECLINED, why="declined"),
    Case("BIMI-VMC", "unknown", ALL, reason="https.timeout", fetches=files(pem=TIMEOUT)),
)
CASES = (*RECORD, *POLICY, *FILES)


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.id)
def test_what_is_found_is_what_the_evidence_says(case: Case) -> None:
    check(case)


def test_a_subdomain_has_the_record_of_its_organization() -> None:
    zone = ALL.replace("story.example. MX", "news.story.example. MX", 1)
    check(Case("BIMI-SVG", "pass", zone, domain="news.story.example", fetches=WELL))
    check(Case("BIMI-VMC", "pass", zone, domain="news.story.example", fetches=WELL))
