"""Reports of made-up domains: a sound one, and the same with things that fail, or that could not be told.

What is to be different is written in words: `SPF-SYNTAX` fails, `SPF-SYNTAX:low` with that severity, `?SPF-SYNTAX`
could not be told, `-SPF-SYNTAX` had nothing to judge, `!SPF-SYNTAX` was not judged in the run. `dmarc=none`,
`sp=none` and `np=none` are policies in effect, `?dmarc` could not be told, `rua=a@b` are mailboxes for reports,
`keys=0` that no DKIM key is there, `?keys` that selectors are not known, `bits=1024` how long the key is, `?senders`
that no sending address is known, `ns6=1` how many name servers have IPv6, `?ns6` that it is not known, and `parked` is
a domain without mail.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from audit.model.evidence import InputLine
from audit.model.report import (
    DomainReport,
    Finding,
    FoundRecord,
    Judged,
    Result,
    Severity,
    SpfDrawing,
    SpfLine,
    SubjectName,
    Topic,
    Waiver,
)
from audit.report.compliance.seen import Selection
from audit.rules.registry import RULES
from audit.rules.summary.domain_report import rule_text

NAME = "sound.example"
ADDRESS = "192.0.2.1"
CISA = "reports@dmarc.cyber.dhs.gov"
MAILBOXES = f"dmarc@{NAME},{CISA}"
SELECTION = Selection.of(rule_text(rule) for rule in RULES)
ASIDE = frozenset({"DOMAIN-PARKED-INCOMPLETE"})  # of a domain that has mail
PARKED_ASIDE = frozenset({"DKIM-NONE", "DKIM-NOTFOUND"})
REASON = "dns.timeout"


def _key(bits: int) -> str:
    public = rsa.generate_private_key(65537, bits).public_key()
    octets = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return f"v=DKIM1; k=rsa; p={base64.b64encode(octets).decode()}"


KEYS = {bits: _key(bits) for bits in (1024, 2048)}


@dataclass
class Different:
    """What is different from a sound domain, as read from words."""

    fails: dict[str, Severity | None] = field(default_factory=dict)
    unknown: set[str] = field(default_factory=set)
    aside: set[str] = field(default_factory=set)
    unjudged: set[str] = field(default_factory=set)
    values: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, words: str) -> Different:
        read = cls()
        known = {rule.id for rule in RULES}
        for word in words.split():
            rule, _, severity = word.lstrip("?-!").partition(":")
            if rule in known and word[0] in "?-!":
                {"?": read.unknown, "-": read.aside, "!": read.unjudged}[word[0]].add(rule)
            elif rule in known:
                read.fails[rule] = Severity(severity) if severity else None
            else:
                name, _, value = word.partition("=")
                read.values[name] = value
        return read


def selection(words: str) -> Selection:
    unjudged = Different.of(words).unjudged
    return Selection({rule: worst for rule, worst in SELECTION.gravest.items() if rule not in unjudged})


def domain(words: str = "", waiver: Waiver | None = None, name: str = NAME) -> DomainReport:
    """A domain that is sound but for that."""
    different = Different.of(words)
    parked = "parked" in different.values
    if different.values.get("keys") == "0":
        different.fails.setdefault("DKIM-NONE", None)
    if "?keys" in different.values:
        different.unknown.add("DKIM-NOTFOUND")
    if parked:
        different.fails |= {"MX-NONE-NOADDR": Severity.INFO}
    aside = {*different.aside, *(PARKED_ASIDE if parked else ASIDE)}
    said = {*different.fails, *different.unknown, *aside, *different.unjudged}
    findings = [*_failures(different.fails, waiver), *_unknowns(different.unknown)]
    return DomainReport(
        input=InputLine(file="domains.txt", line=1, column=1, text=name),
        domain=name,
        unicode=name,
        status="audited",
        problem=None,
        verdicts=(),
        findings=tuple(findings),
        passed=tuple(Judged(rule=r.id, subject=_subject(r.id)) for r in RULES if r.id not in said),
        not_applicable=tuple(Judged(rule=r, subject=_subject(r)) for r in sorted(aside - different.unjudged)),
        paths=(),
        records=(
            *_dmarc(different.values, name),
            *_dkim(different.values, parked=parked),
            *_servers(different.values, name),
        ),
        spf=_spf(different.values, parked=parked),
    )


def _subject(rule: str) -> SubjectName:
    return (
        SubjectName(kind="address", name=ADDRESS) if rule.startswith("PTR-") else SubjectName(kind="domain", name=NAME)
    )


def _failures(rules: dict[str, Severity | None], waiver: Waiver | None) -> Iterable[Finding]:
    for rule, severity in rules.items():
        yield _finding(rule, Result.FAIL, severity=severity or SELECTION.gravest[rule], waiver=waiver)


def _unknowns(rules: Iterable[str]) -> Iterable[Finding]:
    for rule in sorted(rules):
        yield _finding(rule, Result.UNKNOWN, reason=REASON)


def _finding(
    rule: str, result: Result, severity: Severity | None = None, reason: str | None = None, waiver: Waiver | None = None
) -> Finding:
    return Finding(
        rule=rule,
        subject=_subject(rule),
        result=result,
        severity=severity,
        reason=reason,
        message=f"{rule} fails" if result is Result.FAIL else None,
        arguments={"mode": "testing"} if rule == "MTASTS-MODE" else {},
        publish=(),
        causes=(),
        evidence=(f"dns {NAME} TXT",),
        waiver=waiver,
    )


def _dmarc(values: dict[str, str], name: str) -> tuple[Topic, ...]:
    """The topic as the report has it: the record, and what it comes to."""
    own = values.get("dmarc", "reject")
    row = (
        f"record: {'none' if own == 'missing' else name}",
        f"organizational domain: {name} (DNS), {name} (suffix list)",
        f"the domain: {_asked(own, values)}",
        f"existing subdomains: {_asked(values.get('sp', own), values)}",
        f"non-existent subdomains: {_asked(values.get('np', own), values)}",
    )
    if "?dmarc" in values:
        row = (f"record: could not be told ({REASON})", *row[1:])
    boxes = ",".join(f"mailto:{box}" for box in values.get("rua", MAILBOXES).split(",") if box)
    text = f"v=DMARC1; p={own}; rua={boxes}" if boxes else f"v=DMARC1; p={own}"
    texts = (_record(f"_dmarc.{name}", "TXT", text),) if own != "missing" else ()
    return (Topic(topic="dmarc", records=(*texts, _record(name, "policy", *row))),)


def _asked(policy: str, values: dict[str, str]) -> str:
    if "?dmarc" in values:
        return f"could not be told ({REASON})"
    return f"{'nothing' if policy == 'missing' else f'{policy} (p of {NAME})'}; by RFC 7489: {policy}"


def _dkim(values: dict[str, str], *, parked: bool) -> tuple[Topic, ...]:
    if parked or "?keys" in values or values.get("keys") == "0":
        return ()
    bits = int(values.get("bits", "2048"))
    record = _record(f"s1._domainkey.{NAME}", "TXT", KEYS[bits], f"RSA, {bits} bits")
    return (Topic(topic="dkim", records=(record,)),)


def _servers(values: dict[str, str], name: str) -> tuple[Topic, ...]:
    """The name servers of the zone, and their addresses."""
    names = [f"ns{number}.{name}" for number in (1, 2)]
    with_address = names[: int(values.get("ns6", "2"))]
    lost = replace(_record(name, "NS"), status="timeout")
    listed = lost if "?ns6" in values else _record(name, "NS", *(f"{each}." for each in names))
    addresses = (
        _record(each, "AAAA", "2001:db8::1")
        if each in with_address
        else replace(_record(each, "AAAA"), status="nodata")
        for each in names
    )
    return (Topic(topic="zone", records=(listed,)), Topic(topic="addresses", records=tuple(addresses)))


def _spf(values: dict[str, str], *, parked: bool) -> SpfDrawing:
    texts = ("-all",) if parked else ("include:_spf.other.example", "-all")
    if not parked and "?senders" not in values:
        texts = (f"ip4:{ADDRESS}", *texts)
    lines = (SpfLine(depth=0, text=t, lookups=0, total=0, provider=None, remark=None, reason=None) for t in texts)
    return SpfDrawing(lines=tuple(lines), lookups=0, exact=True, cut=False)


def _record(name: str, type_: str, *values: str) -> FoundRecord:
    return FoundRecord(name=name, type=type_, status="noerror", values=values, evidence=f"dns {name} TXT")
