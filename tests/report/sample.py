"""A report in which everything occurs, and the same report with a payload in every text that comes from the world."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, datetime
from enum import Enum
from typing import Any, Literal, cast

from audit.model.evidence import InputLine
from audit.model.report import (
    Argument,
    BaselineState,
    Comparison,
    Coverage,
    DomainReport,
    DomainVerdict,
    Finding,
    FoundRecord,
    Insight,
    Judged,
    MailPath,
    MailServer,
    PathStep,
    Problem,
    ReportDigests,
    Result,
    RuleText,
    RunReport,
    RunSummary,
    Severity,
    ShownCertificate,
    Sight,
    SpfDrawing,
    SpfLine,
    State,
    SubjectName,
    Tool,
    Topic,
    Turn,
    Waiver,
    WaiverUse,
    ZoneAnchors,
)

HOSTILE = "</td><script>alert(1)</script>\x1b[31mred\x07 \u202egro.elpmaxe\u202c zero\u200bwidth `code` | *b* @admin"

QUESTIONS: Mapping[str, str] = {
    "delivery": "Will mail arrive?",
    "forgery": "Can it be forged?",
    "forgery_subdomains": "Can its subdomains be forged?",
    "forgery_nonexistent": "Can made-up names be forged?",
    "encryption": "Is it encrypted?",
    "reputation": "Is it on a blocklist?",
}
LITERALS = {(DomainVerdict, "id"), (DomainReport, "status"), (MailPath, "sender")}  # the model allows only these words
PROSE = {(RuleText, "why"), (RuleText, "fix")}  # where backticks and line ends have a meaning


def rule(id_: str, topic: str, severity: str, title: str, why: str, fix: str, reference: str) -> RuleText:
    return RuleText(
        id=id_,
        topic=topic,
        severities=(Severity(severity),),
        title=title,
        why=why,
        fix=fix,
        reference=reference,
    )


RULES = (
    rule(
        "CERT-EXPIRED",
        "certificates",
        "medium",
        "The certificate of a mail server has expired.",
        "Senders that ask for a valid certificate (by MTA-STS or by their own policy) refuse to deliver; others "
        "deliver, but cannot tell the server from an impostor.",
        "Renew the certificate and load it into the mail server. Renewal is best left to a program: ACME (RFC 8555) "
        "clients such as `certbot` renew and reload.",
        "RFC 5280 section 4.1.2.5",
    ),
    rule(
        "CERT-NAME",
        "certificates",
        "low",
        "The certificate of a mail server is for another name.",
        "Only senders that verify the name take offence.",
        "Ask for a certificate that holds the MX host's name.",
        "RFC 9525 section 6",
    ),
    rule(
        "DKIM-RSA-1024",
        "dkim",
        "low",
        "A DKIM key is an RSA key of 1,024 bits.",
        "Such keys are within reach of well-funded attackers, and the large receivers ask for 2,048 bits.",
        "Make a new key of 2,048 bits with a new selector, publish it, switch signing over, and revoke the old one a "
        "week later.\n\n- keep the old selector until mail in transit has arrived\n- then publish it with an empty "
        "`p=`",
        "RFC 8301 section 3.2",
    ),
    rule(
        "DMARC-P-NONE",
        "dmarc",
        "medium",
        "The DMARC policy asks receivers to do nothing.",
        "With `p=none` receivers report forged mail, and deliver it.",
        "Read the reports until all your own senders pass. Then publish `p=quarantine`, and later `p=reject`.\n\n"
        '```\n_dmarc.example.com. TXT "v=DMARC1; p=reject; rua=mailto:dmarc@example.com"\n```',
        "RFC 9989 section 4.7",
    ),
    rule(
        "DNSBL-IP-LISTED",
        "blocklists",
        "high",
        "An address that sends the domain's mail is on a blocklist.",
        "Receivers that use this list refuse mail from the address, or put it into the spam folder.",
        "Find out why it is listed (a compromised account, a form, a neighbour), stop that, then ask for removal.",
        "RFC 5782 section 2.1",
    ),
    rule(
        "DNSBL-LIST-BROKEN",
        "blocklists",
        "info",
        "A blocklist fails its health check.",
        "A list that is gone either answers nothing, or lists the whole world.",
        "Nothing for the domain's owner: this list was not counted.",
        "RFC 5782 section 5",
    ),
    rule(
        "MX-PRIVATE",
        "mx",
        "critical",
        "A mail exchanger has an address that the internet cannot reach.",
        "Senders outside of your network cannot deliver to it; the mail waits and then bounces.",
        "Publish the public address of the mail server.",
        "RFC 6890 section 2.2.2",
    ),
    rule(
        "PTR-MISSING",
        "reverse",
        "high",
        "A sending address has no reverse name.",
        "Gmail and Microsoft, among others, refuse mail from addresses without a PTR record.",
        "Ask whoever gives you the address (mostly the hosting provider) to set its PTR record to the host's name.",
        "RFC 1912 section 2.1",
    ),
    rule(
        "SPF-LOOKUPS",
        "spf",
        "high",
        "SPF evaluation needs more DNS lookups than receivers allow.",
        "Receivers stop at ten lookups; a sender listed after the tenth gets `permerror` instead of `pass`.",
        "Remove unused includes, or replace `a` and `mx` by `ip4` and `ip6`.",
        "RFC 7208 section 4.6.4",
    ),
    rule(
        "SPF-ALL-SOFTFAIL",
        "spf",
        "info",
        "The SPF record ends in ~all.",
        "Together with an enforced DMARC policy that is as good as `-all`.",
        "Nothing needs to be done.",
        "RFC 7208 section 8.5",
    ),
)

LONG = " ".join(f"ip4:198.51.100.{n}" for n in range(12))
Spec = tuple[str, str, str]  # state, answer, because


def answers(
    delivery: Spec, forgery: Spec, encryption: Spec, reputation: Spec, *below: Spec
) -> tuple[DomainVerdict, ...]:
    """The answers, in the order of the questions; `below` on what is below the domain, where it is another."""
    subdomains, absent = below or (forgery, forgery)
    specs = (delivery, forgery, subdomains, absent, encryption, reputation)
    return tuple(
        DomainVerdict(id=cast("Any", id_), question=text, state=State(state), answer=answer, because=because, rules=())
        for (id_, text), (state, answer, because) in zip(QUESTIONS.items(), specs, strict=True)
    )


def fail(
    id_: str,
    severity: str,
    kind: str,
    name: str,
    message: str,
    *evidence: str,
    reason: str | None = None,
    arguments: Mapping[str, Argument] | None = None,
    publish: tuple[str, ...] = (),
) -> Finding:
    return Finding(
        rule=id_,
        subject=SubjectName(kind=kind, name=name),
        result=Result.FAIL,
        severity=Severity(severity),
        reason=reason,
        message=message,
        arguments=arguments or {},
        publish=publish,
        causes=(),
        evidence=evidence,
    )


def unknown(id_: str, kind: str, name: str, reason: str, *evidence: str) -> Finding:
    return Finding(
        rule=id_,
        subject=SubjectName(kind=kind, name=name),
        result=Result.UNKNOWN,
        severity=None,
        reason=reason,
        message=None,
        arguments={},
        publish=(),
        causes=(),
        evidence=evidence,
    )


def judged(name: str, ids: str, kind: str = "domain") -> tuple[Judged, ...]:
    return tuple(Judged(rule=id_, subject=SubjectName(kind=kind, name=name)) for id_ in ids.split())


def record(name: str, type_: str, *values: str, status: str = "noerror") -> FoundRecord:
    return FoundRecord(name=name, type=type_, status=status, values=values, evidence=f"dns {name} {type_}")


def row(
    line: int,
    text: str,
    domain: str | None,
    *,
    unicode: str | None = None,
    status: Literal["audited", "invalid_input", "duplicate", "failed"] = "audited",
    problem: Problem | None = None,
    verdicts: tuple[DomainVerdict, ...] = (),
    findings: tuple[Finding, ...] = (),
    passed: tuple[Judged, ...] = (),
    not_applicable: tuple[Judged, ...] = (),
    paths: tuple[MailPath, ...] = (),
    records: tuple[Topic, ...] = (),
    operators: tuple[str, ...] = (),
    servers: tuple[MailServer, ...] = (),
    spf: SpfDrawing | None = None,
    certificates: tuple[ShownCertificate, ...] = (),
) -> DomainReport:
    return DomainReport(
        input=InputLine(file="domains.txt", line=line, column=1, text=text),
        domain=domain,
        unicode=unicode or domain,
        status=status,
        problem=problem,
        verdicts=verdicts,
        findings=findings,
        passed=passed,
        not_applicable=not_applicable,
        paths=paths,
        records=records,
        operators=operators,
        servers=servers,
        spf=spf,
        certificates=certificates,
    )


def server(
    host: str, address: str | None, turn: Turn, text: str, preference: int | None = 10, reason: str | None = None
) -> MailServer:
    return MailServer(preference=preference, host=host, address=address, turn=turn, text=text, reason=reason)


def term(
    depth: int,
    text: str,
    lookups: int,
    total: int,
    *,
    provider: str | None = None,
    remark: str | None = None,
    reason: str | None = None,
) -> SpfLine:
    return SpfLine(
        depth=depth, text=text, lookups=lookups, total=total, provider=provider, remark=remark, reason=reason
    )


def certificate(name: str, start: datetime | None, end: datetime | None, *, issuing: bool = False) -> ShownCertificate:
    return ShownCertificate(
        subject=f"CN={name}",
        issuer="CN=Some CA",
        names=() if issuing else (name,),
        not_before=start,
        not_after=end,
        key="EC 256",
        sha256="0" * 64,
        issuing=issuing,
        servers=(f"{name} 192.0.2.25",),
    )


def _records(name: str) -> tuple[Topic, ...]:
    return (
        Topic(
            topic="mx",
            records=(record(name, "MX", f"10 mx1.{name}.", f"20 mx2.{name}."),),
        ),
        Topic(
            topic="addresses",
            records=(
                record(f"mx1.{name}", "A", "192.0.2.25"),
                record(f"mx1.{name}", "AAAA", "2001:db8:25::1"),
                record(f"mx2.{name}", "A", "198.51.100.25"),
                record(f"mx2.{name}", "AAAA", status="nodata"),
            ),
        ),
        Topic(topic="reverse", records=(record("25.2.0.192.in-addr.arpa", "PTR", f"mx1.{name}."),)),
        Topic(topic="spf", records=(record(name, "TXT", '"v=spf1 mx include:_spf.mail.example -all"'),)),
        Topic(
            topic="dkim",
            records=(
                record(
                    f"s1._domainkey.{name}",
                    "TXT",
                    '"v=DKIM1; k=rsa; p=MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA2N8xJ0hT7v5w3zP0QmB5dGhpcyBpcyBub3Q'
                    'gYSBrZXkgYnV0IGl0IGxvb2tzIGxpa2Ugb25lIGFuZCBpcyBsb25nIGVub3VnaCB0byB3cmFwIG9uIGEgcGhvbmU"',
                ),
            ),
        ),
        Topic(
            topic="dmarc",
            records=(record(f"_dmarc.{name}", "TXT", f'"v=DMARC1; p=reject; rua=mailto:dmarc@{name}"'),),
        ),
        Topic(
            topic="smtp",
            records=(
                FoundRecord(
                    name=f"mx1.{name} 192.0.2.25",
                    type="SMTP",
                    status="ok",
                    values=(f"220 mx1.{name} ESMTP", "STARTTLS", "TLSv1.3 TLS_AES_256_GCM_SHA384"),
                    evidence=f"smtp mx1.{name} 192.0.2.25:25",
                ),
                FoundRecord(
                    name=f"mx2.{name} 198.51.100.25",
                    type="SMTP",
                    status="timeout",
                    values=(),
                    evidence=f"smtp mx2.{name} 198.51.100.25:25",
                ),
            ),
        ),
    )


PASSED = (
    "DOMAIN-NXDOMAIN MX-MISSING MX-NULL-MIXED MX-CNAME MX-NOADDR MX-DUP MX-IPLIT SPF-MISSING SPF-MULTIPLE SPF-SYNTAX "
    "SPF-VOID SPF-LOOP DMARC-MISSING DMARC-MULTIPLE DMARC-SYNTAX DMARC-RUA-MISSING DKIM-SYNTAX DKIM-REVOKED"
)

PATHS = (
    MailPath(
        sender="plain",
        state=State.GOOD,
        answer="encrypted",
        because="Who sits on the way and only listens reads nothing.",
        steps=(
            PathStep(
                preference=10,
                host="mx1.good.example",
                address="192.0.2.25",
                turn=Turn.ENCRYPTED,
                taken=True,
                text="takes the mail encrypted (TLSv1.3)",
                reason=None,
            ),
        ),
    ),
    MailPath(
        sender="mta_sts",
        state=State.UNKNOWN,
        answer="could not test",
        because="Whether a server takes the mail could not be seen.",
        steps=(
            PathStep(
                preference=10,
                host="mx1.good.example",
                address=None,
                turn=Turn.UNCOVERED,
                taken=False,
                text="is not named in the policy, so it is passed by",
                reason=None,
            ),
            PathStep(
                preference=20,
                host="mx2.good.example",
                address="198.51.100.25",
                turn=Turn.UNKNOWN,
                taken=False,
                text="could not be tested",
                reason="smtp.timeout",
            ),
        ),
    ),
)

GOOD = row(
    3,
    "good.example selectors=s1",
    "good.example",
    verdicts=answers(
        ("good", "yes", "Two mail servers accept mail, over IPv4 and IPv6, and their names match."),
        ("good", "no", "SPF ends in -all, one DKIM key is in place, and DMARC asks to reject what fails."),
        ("good", "yes", "Both servers offer TLS 1.3 with a valid certificate for their name."),
        ("good", "no", "None of 6 blocklists names its 2 addresses."),
    ),
    passed=judged("good.example", PASSED),
    not_applicable=judged("good.example", "MX-NULL DKIM-CONFIGURED-MISSING MX-NONE-NOADDR DOMAIN-IDN"),
    paths=PATHS,
    records=_records("good.example"),
    operators=("Mailhost Ltd", "good.example"),
    servers=(
        server("mx1.good.example", "192.0.2.25", Turn.ENCRYPTED, "takes the mail encrypted (TLSv1.3)"),
        server("mx1.good.example", "2001:db8:25::1", Turn.CLEAR, "takes the mail in the clear"),
        server("mx2.good.example", "198.51.100.25", Turn.UNKNOWN, "could not be tested", 20, "smtp.timeout"),
        server("mx3.good.example", None, Turn.ABSENT, "has no address", 30),
    ),
    spf=SpfDrawing(
        lines=(
            term(0, "mx", 1, 1),
            term(0, "include:_spf.mail.example", 3, 4, provider="Mailhost Ltd"),
            term(1, "include:deep.mail.example", 2, 4),
            term(2, "a:out.mail.example", 1, 4),
            term(1, "include:slow.mail.example", 1, 5, reason="dns.timeout"),
            term(0, "include:gone.example", 7, 12, remark="no such name"),
            term(0, "-all", 0, 12),
        ),
        lookups=12,
        exact=False,
        cut=True,
    ),
    certificates=(
        certificate("mx1.good.example", datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 12, 30, tzinfo=UTC)),
        certificate("mx2.good.example", datetime(2026, 8, 14, tzinfo=UTC), datetime(2026, 11, 12, tzinfo=UTC)),
        certificate("mx3.good.example", None, None),
        certificate("Some CA", datetime(2016, 1, 1, tzinfo=UTC), datetime(2036, 1, 1, tzinfo=UTC), issuing=True),
    ),
)

SHOP = row(
    4,
    "shop.example",
    "shop.example",
    verdicts=answers(
        ("warning", "mostly", "One of two mail servers has no reverse name, so what it sends may be refused."),
        ("bad", "yes", "DMARC asks for nothing, and SPF breaks at the eleventh lookup."),
        ("warning", "mostly", "The certificate of two servers has expired 12 days ago."),
        ("bad", "yes", "192.0.2.25 is on a blocklist that many receivers use."),
    ),
    findings=(
        fail(
            "DMARC-P-NONE",
            "medium",
            "domain",
            "shop.example",
            "the policy is p=none since it was published; forged mail is delivered",
            "dns _dmarc.shop.example TXT",
            publish=('_dmarc.shop.example. 3600 IN TXT "v=DMARC1; p=reject; rua=mailto:dmarc@shop.example"',),
        ),
        fail(
            "CERT-EXPIRED",
            "medium",
            "server",
            "mx1.shop.example 192.0.2.25",
            "The certificate expired on 12 November 2026, 12 days ago",
            "smtp mx1.shop.example 192.0.2.25:25",
            reason="dns.timeout",
        ),
        fail(
            "CERT-EXPIRED",
            "medium",
            "server",
            "mx2.shop.example 198.51.100.25",
            "the certificate of mx2.shop.example at 198.51.100.25 expired on 12 November 2026",
            "smtp mx2.shop.example 198.51.100.25:25",
        ),
        fail(
            "SPF-LOOKUPS",
            "high",
            "domain",
            "shop.example",
            "11 DNS lookups are needed; receivers stop at 10",
            "dns shop.example TXT",
            "dns _spf.mail.example TXT",
            "dns _spf.newsletter.example TXT",
            arguments={"lookups": 11, "allowed": 10},
            publish=(f'shop.example. 3600 IN TXT "v=spf1 ip4:192.0.2.25 {LONG} -all" "second string"',),
        ),
        fail(
            "DNSBL-IP-LISTED",
            "high",
            "list_entry",
            "192.0.2.25 spamhaus_zen",
            "192.0.2.25 is listed by Spamhaus ZEN with 127.0.0.2 (SBL)",
            "dns 25.2.0.192.zen.spamhaus.org A",
            arguments={"codes": ("127.0.0.2",)},
        ),
        fail(
            "PTR-MISSING",
            "high",
            "address",
            "198.51.100.25",
            "198.51.100.25 has no PTR record",
            "dns 25.100.51.198.in-addr.arpa PTR",
        ),
        fail(
            "DKIM-RSA-1024",
            "low",
            "selector",
            "s1._domainkey.shop.example",
            "The key s1 is an RSA key of 1024 bits",
            "dns s1._domainkey.shop.example TXT",
        ),
        fail(
            "SPF-ALL-SOFTFAIL",
            "info",
            "domain",
            "shop.example",
            "The record ends in ~all",
            "dns shop.example TXT",
            publish=('shop.example. 3600 IN TXT "v=spf1 mx include:_spf.mail.example -all"',),
        ),
        unknown("TLS-VER-NO12", "server", "mx2.shop.example 198.51.100.25", "smtp.tempfail", "smtp mx2.shop.example"),
        unknown("CERT-NAME", "server", "mx2.shop.example 198.51.100.25", "smtp.tempfail", "smtp mx2.shop.example"),
        unknown("CERT-KEY", "server", "mx2.shop.example 198.51.100.25", "smtp.tempfail", "smtp mx2.shop.example"),
        unknown("DNSBL-IP-LISTED", "list_entry", "192.0.2.25 dead.list", "dnsbl.broken", "dns test.dead.list A"),
        unknown("DNSBL-IP-LISTED", "list_entry", "198.51.100.25 dead.list", "dnsbl.broken", "dns test.dead.list A"),
        unknown("DKIM-REVOKED", "selector", "k9._domainkey.shop.example", "odd.code"),
    ),
    passed=judged("shop.example", PASSED),
    not_applicable=judged("shop.example", "MX-NULL DOMAIN-IDN"),
    records=_records("shop.example"),
)

IDN = row(
    5,
    "münchen.example",
    "xn--mnchen-3ya.example",
    unicode="münchen.example",
    verdicts=answers(
        ("bad", "no", "Its only mail server has the private address 10.1.2.3."),
        ("warning", "partly", "DMARC asks for quarantine, for half of the mail."),
        ("unknown", "could not test", "The mail server could not be reached."),
        ("good", "no", "None of 6 blocklists names its address."),
        ("bad", "open", "sp=none asks receivers to do nothing."),
        ("unknown", "could not test", "Whether names exist could not be seen."),
    ),
    findings=(
        fail(
            "MX-PRIVATE",
            "critical",
            "host",
            "mx.xn--mnchen-3ya.example",
            "mx.xn--mnchen-3ya.example has only the private address 10.1.2.3",
            "dns mx.xn--mnchen-3ya.example A",
        ),
        unknown("TLS-STARTTLS-MISSING", "host", "mx.xn--mnchen-3ya.example", "net.guard_refused"),
        unknown("INTERNAL-RULE", "domain", "xn--mnchen-3ya.example", "internal.KeyError"),
    ),
    passed=judged("xn--mnchen-3ya.example", PASSED),
    records=_records("xn--mnchen-3ya.example")[:2],
)

PARKED = row(
    6,
    "parked.example parked=true",
    "parked.example",
    verdicts=answers(
        ("good", "none wanted", "A null MX says that this domain takes no mail."),
        ("good", "no", "SPF allows no sender, and DMARC asks to reject."),
        ("not_applicable", "does not apply", "No mail server, so nothing to encrypt."),
        ("not_applicable", "does not apply", "No address sends mail for it."),
    ),
    passed=judged("parked.example", "SPF-MISSING DMARC-MISSING"),
    not_applicable=judged("parked.example", "MX-MISSING MX-REACH CERT-EXPIRED"),
)

SILENT = row(
    7,
    "silent.example",
    "silent.example",
    verdicts=answers(*[("unknown", "could not test", "Its name servers did not answer.")] * 4),
    findings=tuple(
        unknown(id_, "domain", "silent.example", "dns.timeout", f"dns silent.example {type_}")
        for id_, type_ in zip(PASSED.split(), ["MX", "TXT", "A", "AAAA", "SOA", "NS"] * 3, strict=True)
    ),
)

ODD = row(
    8,
    HOSTILE,
    "odd.example",
    verdicts=answers(
        ("warning", "mostly", f"The banner says {HOSTILE}"),
        ("bad", "yes", "There is no DMARC record."),
        ("good", "yes", "TLS 1.3"),
        ("good", "no", "No list names it."),
    ),
    findings=(
        fail("DMARC-P-NONE", "medium", "domain", "odd.example", f"The record holds {HOSTILE}", f"dns {HOSTILE} TXT"),
        fail("UNEXPLAINED", "low", "domain", "odd.example", "A rule that the report does not explain"),
    ),
    records=(
        Topic(
            topic="dmarc",
            records=(
                FoundRecord(name="_dmarc.odd.example", type="TXT", status="noerror", values=(HOSTILE,), evidence="e"),
            ),
        ),
    ),
)

NOT_A_DOMAIN = row(
    9,
    "https://exa mple.com/ü",
    None,
    status="invalid_input",
    problem=Problem(
        reason="input.url",
        message="This is a web address, not a domain.",
        suggestion="Did you mean example.com?",
    ),
)

TWICE = row(
    10,
    "Good.Example.",
    "good.example",
    status="duplicate",
    problem=Problem(reason="input.duplicate", message="good.example is already on line 3.", suggestion=None),
)

BROKEN = row(
    11,
    "broken.example",
    "broken.example",
    status="failed",
    problem=Problem(reason="internal.KeyError", message="Gathering broke off with an internal error.", suggestion=None),
)

SIGHTS = (
    Sight(id="resolver", state=State.GOOD, reason=None, text="The resolver at 127.0.0.1 answers.", advice=None),
    Sight(id="honest", state=State.GOOD, reason=None, text="It does not invent answers.", advice=None),
    Sight(
        id="port25",
        state=State.BAD,
        reason="smtp.egress_blocked",
        text="No connection to port 25 gets out of this network, so no mail server could be tested.",
        advice="Run mxaudit from a host that may use port 25; most clouds open it on request.",
    ),
    Sight(
        id="ipv6",
        state=State.UNKNOWN,
        reason="vantage.no_ipv6",
        text="There is no IPv6 here.",
        advice="Give this host an IPv6 address, or take the audit elsewhere.",
    ),
    Sight(id="clock", state=State.WARNING, reason=None, text="The clock is 40 seconds off.", advice="Use NTP."),
    Sight(id="blocklists", state=State.NOT_APPLICABLE, reason=None, text="No blocklist was selected.", advice=None),
)

SUMMARY = RunSummary(
    tool=Tool(name="mxaudit", version="0.1.0", rules_version="2026.11"),
    observed_at=datetime(2026, 11, 24, 9, 30, tzinfo=UTC),
    complete=True,
    done=9,
    total=9,
    observed_from=datetime(2026, 11, 24, 9, 30, tzinfo=UTC),
    observed_until=datetime(2026, 11, 24, 9, 30, tzinfo=UTC),
    list_name="domains.txt",
    profile="baseline",
    smtp=False,
    smtp_off_because="--no-smtp",
    https=False,
    https_off_because="--no-https",
    ehlo="audit.example.net",
    blocklists=("spamhaus_zen", "barracuda", "dead.list"),
    allow_net=("192.0.2.0/24", "2001:db8::/32"),
    second_opinion=True,
    trust_anchors=(
        ZoneAnchors(zone=".", tags=(20326, 38696), built_in=True),
        ZoneAnchors(zone="corp.example", tags=(1,), built_in=False),
    ),
    digests=ReportDigests(list="0f" * 32, judgement="a7" * 32),
    vantage=SIGHTS,
    coverage=Coverage(
        rows=9,
        audited=6,
        passed=402,
        failed=10,
        unknown=18,
        not_applicable=40,
        unknown_share=42,
        without_record_result=("silent.example",),
        not_selected=("TLS-STARTTLS-MISSING", "TLS-STARTTLS-FAIL", "CERT-KEY"),
    ),
)

SAMPLE = RunReport(
    schema="https://mxaudit.example/schemas/report-1.json",
    run=SUMMARY,
    rules=RULES,
    domains=(GOOD, SHOP, IDN, PARKED, SILENT, ODD, NOT_A_DOMAIN, TWICE, BROKEN),
    insights=(
        Insight(
            rule="SPF-LOOKUPS",
            cause=SubjectName(kind="include", name="_spf.mail.example"),
            severity=Severity.HIGH,
            message=None,
            affected=214,
            domains=("shop.example", "elsewhere.example"),
            publish=(),
        ),
        Insight(
            rule="PTR-MISSING",
            cause=SubjectName(kind="address", name="198.51.100.25"),
            severity=Severity.HIGH,
            message="198.51.100.25 has no PTR record",
            affected=2,
            domains=("shop.example", "odd.example"),
            publish=("25.100.51.198.in-addr.arpa. 3600 IN PTR mx2.shop.example.",),
        ),
    ),
    findings=(
        fail(
            "DNSBL-LIST-BROKEN",
            "info",
            "blocklist",
            "dead.list",
            "dead.list lists addresses that no list may name, so it was not counted",
            "dns 1.0.0.127.dead.list A",
        ),
        unknown("DNSBL-LIST-BROKEN", "blocklist", "quiet.list", "dns.timeout", "dns 2.0.0.127.quiet.list A"),
    ),
)

EMPTY = replace(
    SAMPLE,
    rules=(),
    domains=(),
    insights=(),
    findings=(),
    run=replace(
        SUMMARY,
        smtp=True,
        smtp_off_because=None,
        https=True,
        https_off_because=None,
        blocklists=(),
        allow_net=(),
        second_opinion=False,
        vantage=(),
        coverage=Coverage(
            rows=0,
            audited=0,
            passed=0,
            failed=0,
            unknown=0,
            not_applicable=0,
            unknown_share=0,
            without_record_result=(),
            not_selected=(),
        ),
    ),
)
ONLY_BAD_ROWS = replace(EMPTY, domains=(NOT_A_DOMAIN, TWICE, BROKEN))
CLEAN = replace(EMPTY, rules=RULES, domains=(GOOD,), run=replace(EMPTY.run, vantage=SIGHTS[:2]))


def waiver(rule_id: str, expires: str | None, *, expired: bool = False, domain: str | None = None) -> Waiver:
    return Waiver(
        rule=rule_id,
        domain=domain,
        subject=None if domain is None else "*",
        reason=f"{rule_id} is accepted.",
        owner=None if expires is None else "Mail team",
        expires=expires,
        expired=expired,
    )


LIVE = waiver("SPF-LOOKUPS", "2026-12-31", domain="shop.*")
ENDLESS = waiver("DNSBL-LIST-BROKEN", None)
EXPIRED = waiver("PTR-MISSING", "2026-11-01", expired=True)
UNUSED = waiver("MX-PRIVATE", None)
HELD = {w.rule: w for w in (LIVE, EXPIRED, ENDLESS)}


def _decided(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """The same, marked by waivers, and by a baseline that knows the first."""
    fails = [f for f in findings if f.result is Result.FAIL]
    states = dict(zip(map(id, fails), [BaselineState.KNOWN, BaselineState.WORSE], strict=False))
    return tuple(
        replace(f, waiver=HELD.get(f.rule), baseline=states.get(id(f), BaselineState.NEW)) if f in fails else f
        for f in findings
    )


DECIDED = replace(
    SAMPLE,
    domains=tuple(replace(d, findings=_decided(d.findings)) for d in SAMPLE.domains),
    findings=_decided(SAMPLE.findings),
    waivers=tuple(WaiverUse(waiver=w, findings=n) for w, n in ((LIVE, 1), (EXPIRED, 2), (UNUSED, 0), (ENDLESS, 1))),
    baseline=Comparison(
        name="mxaudit-baseline.json",
        observed_at=datetime(2026, 10, 1, 8, 0, tzinfo=UTC),
        new=6,
        worse=2,
        known=3,
        unseen=1,
    ),
)
REPORTS: Mapping[str, RunReport] = {
    "sample": SAMPLE,
    "empty": EMPTY,
    "bad rows": ONLY_BAD_ROWS,
    "clean": CLEAN,
    "decided": DECIDED,
}


def poisoned(value: Any, payload: str) -> Any:
    """The same value with the payload before and after every text in it, however deep."""
    if isinstance(value, str):
        return value if isinstance(value, Enum) else f"{payload}{value}{payload}"
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{f.name: _field(value, f.name, payload) for f in fields(value)})
    if isinstance(value, Mapping):
        return {k: poisoned(v, payload) for k, v in value.items()}
    if isinstance(value, Iterable):
        return tuple(poisoned(v, payload) for v in value)
    return value


def _field(owner: Any, name: str, payload: str) -> Any:
    value = getattr(owner, name)
    if (type(owner), name) in LITERALS:
        return value
    if (type(owner), name) in PROSE:
        return f"{value} {' '.join(payload.replace('`', '').split())}"
    return poisoned(value, payload)
