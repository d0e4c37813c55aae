"""Where mail programs are sent: SRV records, autodiscover, autoconfig."""

from __future__ import annotations

import pytest

from audit.model.probe import HttpsGet, Outcome, Question, SmtpSession, SmtpVisit
from audit.protocol.client.services import MAX_DOMAINS, MAX_TARGETS
from tests.rules import pki, sessions
from tests.rules.world import GONE, Case, World, check, replayed

MX = "story.example. MX 10 mx.story.example.\nmx.story.example. A 192.0.2.1\n"
NO_MAIL = "story.example. MX 0 .\n"
PERHAPS = "story.example. MX timeout\n"
HOST = "mail.story.example. A 192.0.2.7\n"
SECURE = f"_submissions._tcp.story.example. SRV 0 1 465 mail.story.example.\n{HOST}"
IMAPS = "_imaps._tcp.story.example. SRV 0 1 993 mail.story.example.\n"
START = f"_submission._tcp.story.example. SRV 0 1 587 mail.story.example.\n{HOST}"
DENIED = "_submissions._tcp.story.example. SRV 0 0 0 .\n"

M365 = "story.example. MX 0 story-example.mail.protection.outlook.com.\n"
ALIAS = (
    "autodiscover.story.example. CNAME autodiscover.outlook.com.\n"
    "autodiscover.outlook.com. CNAME atod.office.com.\natod.office.com. A 198.51.100.7\n"
)
ZOHO = "story.example. MX 10 mx.zoho.com.\n"
FILTER = "story.example. MX 10 mx0a.pphosted.com.\n"
REGISTRY = (
    "test. SOA ns.nic.test. hostmaster.nic.test. 1 7200 900 1209600 86400\ntest. NS ns.nic.test.\n"
    "ns.nic.test. A 198.51.100.53\n"
)
STRAY = "_imaps._tcp.story.example. SRV 0 1 993 imap.gone.test.\n"
SETTINGS_NAME, DANGER = "autoconfig.story.example", "anybody may register gone.test"
LOST = "autoconfig.story.example. CNAME settings.gone.test.\n"
OUTLIVED = "autodiscover.story.example. CNAME lost.hosts.story.example.\n"

RECORDS = (
    Case("SUB-SRV-MISSING", "fail", MX, severity="info", arguments={"domain": "story.example"}),
    Case("SUB-SRV-MISSING", "pass", MX + SECURE),
    Case("SUB-SRV-MISSING", "pass", MX + DENIED, why="said to be absent"),
    Case("SUB-SRV-MISSING", "pass", f"{MX}{IMAPS}_submission._tcp.story.example. SRV timeout", why="one is enough"),
    Case("SUB-SRV-MISSING", "not_applicable", NO_MAIL),
    Case("SUB-SRV-MISSING", "unknown", f"{MX}_imaps._tcp.story.example. SRV servfail", reason="dns.servfail"),
    Case("SUB-SRV-MISSING", "unknown", PERHAPS, why="perhaps no mail", reason="dns.timeout"),
)
TARGETS = (
    Case("SUB-SRV-TARGET", "pass", MX + SECURE + IMAPS),
    Case("SUB-SRV-TARGET", "not_applicable", MX),
    Case("SUB-SRV-TARGET", "not_applicable", MX + DENIED, why="said to be absent"),
    Case(
        "SUB-SRV-TARGET",
        "fail",
        MX + IMAPS,
        severity="medium",
        arguments={"faults": ("_imaps._tcp: mail.story.example does not exist",)},
    ),
    Case(
        "SUB-SRV-TARGET",
        "fail",
        f"{MX}{IMAPS}mail.story.example. CNAME real.story.example.\nreal.story.example. A 192.0.2.7",
        why="alias",
        arguments={"faults": ("_imaps._tcp: mail.story.example is an alias, of real.story.example",)},
    ),
    Case(
        "SUB-SRV-TARGET",
        "fail",
        f'{MX}{IMAPS}mail.story.example. TXT "x"',
        why="no address",
        arguments={"faults": ("_imaps._tcp: mail.story.example has no address",)},
    ),
    Case(
        "SUB-SRV-TARGET",
        "fail",
        f"{MX}_submissions._tcp.story.example. SRV 0 1 587 mail.story.example.\n{HOST}",
        why="port",
        arguments={"faults": ("_submissions._tcp: port 587 of mail.story.example is for submission",)},
    ),
    Case(
        "SUB-SRV-TARGET",
        "pass",
        f"{MX}_submissions._tcp.story.example. SRV 0 1 4465 mail.story.example.\n{HOST}",
        why="a port of one's own",
    ),
    Case(
        "SUB-SRV-TARGET",
        "fail",
        f"{MX}{IMAPS}_pop3s._tcp.story.example. SRV timeout",
        why="certain beside a silent one",
        severity="medium",
        reason="dns.timeout",
    ),
    Case(
        "SUB-SRV-TARGET",
        "fail",
        MX + STRAY + REGISTRY,
        why="free",
        severity="high",
        arguments={"faults": ("_imaps._tcp: imap.gone.test does not exist (anybody may register gone.test)",)},
    ),
    Case("SUB-SRV-TARGET", "fail", MX + STRAY + REGISTRY + "gone.test. NS a.gone.test.", why="had", severity="medium"),
    Case(
        "SUB-SRV-TARGET",
        "fail",
        MX + STRAY + REGISTRY + "gone.test. NS@198.51.100.53 refused",
        why="the registry does not say",
        severity="medium",
        reason="dns.refused",
    ),
    Case(
        "SUB-SRV-TARGET",
        "fail",
        f"{MX}_submissions._tcp.story.example. SRV 0 1 0 mail.story.example.\n{HOST}",
        why="no port",
        arguments={"faults": ("_submissions._tcp: port 0 of mail.story.example takes no connection",)},
    ),
    Case("SUB-SRV-TARGET", "unknown", f"{MX}{IMAPS}mail.story.example. ANY servfail", reason="dns.servfail"),
    Case(
        "SUB-SRV-TARGET",
        "unknown",
        f"{MX}{SECURE}_imaps._tcp.story.example. SRV nonsense",
        why="no SRV",
        reason="dns.malformed",
    ),
)
INSIDE = "mail.story.example. A 10.0.0.7\n"
ADDRESS = (
    Case("SUB-SRV-ADDRESS", "pass", MX + SECURE + IMAPS),
    Case("SUB-SRV-ADDRESS", "not_applicable", MX),
    Case("SUB-SRV-ADDRESS", "not_applicable", MX + DENIED, why="said to be absent"),
    Case(
        "SUB-SRV-ADDRESS",
        "fail",
        MX + IMAPS + INSIDE,
        severity="medium",
        arguments={"addresses": ("mail.story.example at 10.0.0.7 (private)",)},
    ),
    Case(
        "SUB-SRV-ADDRESS",
        "fail",
        f"{MX}{SECURE}{IMAPS}mail.story.example. AAAA ::1\n",
        why="one of two",
        arguments={"addresses": ("mail.story.example at ::1 (loopback)",)},
    ),
    Case("SUB-SRV-ADDRESS", "pass", MX + IMAPS + INSIDE, why="allowed", settings={"allow_net": ("10.0.0.0/8",)}),
    Case(
        "SUB-SRV-ADDRESS",
        "fail",
        f"{MX}{IMAPS}{INSIDE}_pop3s._tcp.story.example. SRV timeout",
        why="certain beside a silent one",
    ),
    Case("SUB-SRV-ADDRESS", "unknown", f"{MX}{SECURE}mail.story.example. AAAA servfail", reason="dns.servfail"),
    Case(
        "SUB-SRV-ADDRESS",
        "unknown",
        f"{MX}{SECURE}_imaps._tcp.story.example. SRV refused",
        reason="dns.refused",
        why="SRV",
    ),
)
CLEAR = (
    Case("SUB-SRV-CLEAR", "pass", MX + SECURE + START),
    Case("SUB-SRV-CLEAR", "not_applicable", MX),
    Case(
        "SUB-SRV-CLEAR",
        "fail",
        MX + START,
        severity="low",
        arguments={"services": ("_submission._tcp",), "twins": ("_submissions._tcp",)},
    ),
    Case("SUB-SRV-CLEAR", "fail", MX + START + DENIED, why="twin denied"),
    Case(
        "SUB-SRV-CLEAR",
        "unknown",
        f"{MX}{START}_submissions._tcp.story.example. SRV timeout",
        reason="dns.timeout",
    ),
    Case("SUB-SRV-CLEAR", "pass", f"{MX}{SECURE}_submission._tcp.story.example. SRV timeout", why="its twin is there"),
    Case("SUB-SRV-CLEAR", "pass", MX + SECURE, why="nothing but TLS"),
    Case(
        "SUB-SRV-CLEAR",
        "unknown",
        f"{MX}_submissions._tcp.story.example. SRV timeout",
        why="perhaps offered",
        reason="dns.timeout",
    ),
)
MICROSOFT = (
    Case("AUTOD-M365", "pass", M365 + ALIAS),
    Case("AUTOD-M365", "not_applicable", MX),
    Case("AUTOD-M365", "not_applicable", NO_MAIL, why="no mail"),
    Case("AUTOD-M365", "not_applicable", M365 + MX, why="beside another host"),
    Case(
        "AUTOD-M365",
        "fail",
        M365,
        severity="low",
        arguments={"name": "autodiscover.story.example", "service": "autodiscover.outlook.com"},
    ),
    Case("AUTOD-M365", "fail", f"{M365}autodiscover.story.example. A 192.0.2.9", why="a host of its own"),
    Case(
        "AUTOD-M365",
        "pass",
        f"{M365}_autodiscover._tcp.story.example. SRV 0 0 443 autodiscover.outlook.com.",
        why="by SRV",
    ),
    Case(
        "AUTOD-M365",
        "fail",
        f"story.example. MX 0 x.mail.protection.office365.us.\n{ALIAS}",
        why="of another cloud",
        arguments={"service": "autodiscover.office365.us"},
    ),
    Case("AUTOD-M365", "unknown", f"{M365}autodiscover.story.example. A timeout", reason="dns.timeout"),
    Case(
        "AUTOD-M365",
        "unknown",
        f"{M365}_autodiscover._tcp.story.example. SRV refused",
        why="SRV not heard",
        reason="dns.refused",
    ),
)
STALE = (
    Case("AUTOD-STALE", "pass", M365 + ALIAS),
    Case("AUTOD-STALE", "not_applicable", MX),
    Case(
        "AUTOD-STALE",
        "fail",
        MX + REGISTRY + LOST,
        why="free",
        severity="high",
        arguments={
            "faults": (f"{SETTINGS_NAME} is an alias of settings.gone.test, which does not exist ({DANGER})",),
        },
    ),
    Case("AUTOD-STALE", "fail", MX + REGISTRY + LOST + "gone.test. NS a.gone.test.", why="had", severity="medium"),
    Case(
        "AUTOD-STALE",
        "fail",
        f"{MX}{OUTLIVED}autoconfig.story.example. A timeout",
        why="gone, and perhaps a free one beside it",
        severity="medium",
        reason="dns.timeout",
    ),
    Case("AUTOD-STALE", "fail", MX + OUTLIVED, why="gone", severity="medium"),
    Case(
        "AUTOD-STALE",
        "fail",
        f"{MX}{LOST}test. SOA timeout",
        why="nobody knows whether it is free",
        severity="medium",
        reason="dns.timeout",
    ),
    Case(
        "AUTOD-STALE",
        "fail",
        f"{ZOHO}autodiscover.story.example. CNAME autodiscover.emailsrvr.com.\nautodiscover.emailsrvr.com. A 192.0.2.9",
        why="elsewhere",
        severity="medium",
    ),
    Case("AUTOD-STALE", "pass", FILTER + ALIAS, why="a filter says nothing"),
    Case("AUTOD-STALE", "unknown", f"{MX}autoconfig.story.example. A servfail", reason="dns.servfail"),
)

CLOCK_IS_WRONG = "SOA 8 0 86400 20200101050000 20191222040000 12345 . c2lnbmF0dXJl"
SUBMIT = "mail.story.example"
IMPLICIT, EXPLICIT = MX + SECURE, MX + START
AT = "192.0.2.7"


def tls(chain: pki.Chain, version: str = "TLSv1.3") -> dict[str, SmtpSession]:
    return {AT: sessions.implicit(chain, version=version)}


def starttls(chain: pki.Chain, version: str = "TLSv1.3") -> dict[str, SmtpSession]:
    return {AT: sessions.healthy(chain, version=version)}


GOOD = pki.good(SUBMIT)
OTHER = "start.story.example"
BOTH_WAYS = f"{IMPLICIT}_submission._tcp.story.example. SRV 0 1 587 {OTHER}.\n{OTHER}. A 192.0.2.8\n"
AT_587_SILENT = {**tls(GOOD), "192.0.2.8": sessions.timeout()}


def led_to(port: int, service: str = "submission") -> str:
    return f"{MX}_{service}._tcp.story.example. SRV 0 1 {port} mail.story.example.\n{HOST}"


SUBMISSIONS = (
    Case("SUB-465", "pass", IMPLICIT, sessions=tls(GOOD)),
    Case("SUB-465", GONE, EXPLICIT, why="of submission nothing", sessions=starttls(GOOD)),
    Case("SUB-465", "pass", BOTH_WAYS, why="the other fails", sessions=AT_587_SILENT),
    Case(
        "SUB-465",
        "pass",
        f"{IMPLICIT}_submission._tcp.story.example. SRV timeout",
        why="of the other nothing is known",
        sessions=tls(GOOD),
    ),
    Case("SUB-587", "unknown", BOTH_WAYS, sessions=AT_587_SILENT, why="alone", reason="smtp.connect_timeout"),
    Case("SUB-465", GONE, MX, why="no record"),
    Case(
        "SUB-465",
        "fail",
        IMPLICIT,
        sessions=tls(pki.good("other.example")),
        severity="high",
        arguments={"host": SUBMIT, "port": 465, "address": AT},
    ),
    Case("SUB-465", "fail", IMPLICIT, why="expired", sessions=tls(pki.expired(SUBMIT))),
    Case("SUB-465", "fail", IMPLICIT, why="self-signed", sessions=tls(pki.self_signed(SUBMIT))),
    Case("SUB-465", "fail", IMPLICIT, why="old", sessions=tls(GOOD, "TLSv1.1")),
    Case(
        "SUB-465", "fail", IMPLICIT, why="speaks in the clear", sessions={AT: sessions.implicit_ended(Outcome.NOT_TLS)}
    ),
    Case("SUB-465", "unknown", IMPLICIT, sessions={AT: sessions.timeout()}, reason="smtp.connect_timeout"),
    Case(
        "SUB-465", "unknown", IMPLICIT, why="refused", sessions={AT: sessions.refused()}, reason="smtp.connect_refused"
    ),
    Case(
        "SUB-465",
        "unknown",
        IMPLICIT,
        why="cut",
        sessions={AT: sessions.implicit_ended(Outcome.RESET)},
        reason="tls.io",
    ),
    Case(
        "SUB-465",
        "unknown",
        IMPLICIT,
        why="our clock is wrong",
        sessions=tls(pki.expired(SUBMIT)),
        root_signature=CLOCK_IS_WRONG,
        reason="vantage.clock",
    ),
    Case(
        "SUB-465",
        "pass",
        f"{IMPLICIT}_imaps._tcp.story.example. SRV timeout",
        why="another service is not heard",
        sessions=tls(GOOD),
    ),
    *(
        Case("SUB-587", "unknown", led_to(port), why=f"port {port}", reason="smtp.port_not_dialled")
        for port in (22, 25, 53, 80, 993, 6379)
    ),
    Case("SUB-587", "pass", led_to(2525), why="port 2525", sessions=starttls(GOOD)),
    Case("SUB-465", "unknown", led_to(443, "submissions"), why="port 443", reason="smtp.port_not_dialled"),
    Case("SUB-AUTH-CLEAR", "unknown", led_to(6379), why="port 6379", reason="smtp.port_not_dialled"),
    Case("SUB-587", GONE, f"{MX}{START.replace(AT, '10.0.0.7')}", why="inside"),
    Case("SUB-465", "unknown", IMPLICIT, why="unreadable", sessions=tls(pki.garbage(SUBMIT)), reason="cert.unreadable"),
    Case("SUB-587", "pass", EXPLICIT, sessions=starttls(GOOD)),
    Case("SUB-587", GONE, IMPLICIT, why="of submissions nothing", sessions=tls(GOOD)),
    Case("SUB-587", "fail", EXPLICIT, sessions={AT: sessions.no_starttls()}, severity="high"),
    Case("SUB-587", "fail", EXPLICIT, why="another name", sessions=starttls(pki.good("other.example"))),
    Case("SUB-587", "fail", EXPLICIT, why="alert", sessions={AT: sessions.tls_alert()}),
    Case("SUB-587", "unknown", EXPLICIT, sessions={AT: sessions.greeting(421)}, reason="smtp.tempfail"),
    Case("SUB-AUTH-CLEAR", "pass", EXPLICIT, sessions=starttls(GOOD)),
    Case("SUB-AUTH-CLEAR", GONE, IMPLICIT, why="TLS comes first", sessions=tls(GOOD)),
    Case(
        "SUB-AUTH-CLEAR",
        "fail",
        EXPLICIT,
        sessions={AT: sessions.no_starttls("AUTH PLAIN LOGIN", "AUTH=LOGIN")},
        severity="high",
        arguments={"mechanisms": ("PLAIN", "LOGIN")},
    ),
    Case("SUB-AUTH-CLEAR", "unknown", EXPLICIT, sessions={AT: sessions.ehlo(550)}, reason="smtp.client_rejected"),
)
CASES = (*RECORDS, *TARGETS, *ADDRESS, *CLEAR, *MICROSOFT, *STALE, *SUBMISSIONS)


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.id)
def test_case(case: Case) -> None:
    check(case)


def test_the_alias_is_given_to_paste_where_nothing_stands_in_its_way() -> None:
    def published(zone: str) -> list[tuple[str, ...]]:
        return [f.publish for f in replayed(Case("AUTOD-M365", "fail", zone)).findings if f.rule == "AUTOD-M365"]

    assert published(M365) == [("autodiscover.story.example. 3600 IN CNAME autodiscover.outlook.com.",)]
    assert published(f"{M365}autodiscover.story.example. A 192.0.2.9") == [()]


def test_a_domain_without_mail_is_asked_nothing() -> None:
    found = replayed(Case("SUB-SRV-MISSING", "not_applicable", NO_MAIL)).findings
    assert not any("_tcp.story" in probe for f in found if f.rule.startswith("SUB-") for probe in f.evidence)


@pytest.mark.parametrize("service", ["submission", "submissions", "imap", "imaps", "pop3", "pop3s"])
def test_no_zone_makes_us_dial_a_port_that_is_not_for_handing_in_mail(service: str) -> None:
    """A stranger's zone may name any host and port: what we say there would be said to his victim."""
    ports = (21, 22, 23, 53, 80, 110, 143, 443, 465, 587, 993, 995, 2525, 3306, 5432, 6379, 8080, 11211)
    dialled = set()
    for port in ports:
        world = World(Case("", "", led_to(port, service)))
        replayed(world.case, world, rules=())
        dialled |= {p.port for p in world.asked if isinstance(p, SmtpVisit)} - {25}
        assert not {p for p in world.asked if isinstance(p, HttpsGet)}
    assert dialled <= {465, 587, 2525}
    assert bool(dialled) == service.startswith("submission")


def test_the_questions_are_bounded() -> None:
    """Six services on six hosts each, all of them missing in domains of their own, cost what is allowed and no more."""
    services = ("submission", "submissions", "imap", "imaps", "pop3", "pop3s")
    wide = "".join(
        f"_{s}._tcp.story.example. SRV 0 {n} 465 {s}{n}.gone{s}{n}.test.\n" for s in services for n in range(6)
    )
    world = World(Case("SUB-SRV-TARGET", "fail", MX + REGISTRY + wide))
    replayed(world.case, world)
    asked = [p for p in world.asked if isinstance(p, Question)]
    assert len([q for q in asked if q.rdtype == "SRV"]) == len(services) + 1  # and _autodiscover
    assert len({q.name for q in asked if ".gone" in q.name and q.server is None}) == MAX_TARGETS
    assert len({q.name for q in asked if q.server and q.name.startswith("gone")}) == MAX_DOMAINS
