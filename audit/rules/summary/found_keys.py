"""The DKIM records of a domain, as found: with who signs, where an alias tells, and what sort of key it is."""

from __future__ import annotations

from collections.abc import Iterator

from audit.catalog.providers import Providers
from audit.model.evidence import DomainEvidence
from audit.model.fact import Fact, Known
from audit.model.probe import Answer, DnsStatus, Question
from audit.model.report import CutValue, FoundRecord
from audit.protocol.dkim.discovery import joined, met_at, unlikely
from audit.protocol.inquiry import heard
from audit.rules.summary.excerpts import of_octets
from audit.syntax import dkim
from audit.syntax.escape import octet_text

BETWEEN = "._domainkey."


def found_keys(evidence: DomainEvidence, providers: Providers) -> Iterator[FoundRecord]:
    """What stands at each selector, without the guesses that found nothing, or what any name gets."""
    asked = {a.question: a.answer for a in evidence.answers if BETWEEN in a.question.name}
    nobody = Question(name=f"{unlikely(evidence.domain)}{BETWEEN}{evidence.domain}", rdtype="TXT")
    anything: Fact[Answer] = heard(nobody, asked.get(nobody) or Answer(status=DnsStatus.NOT_GATHERED))
    for question, got in asked.items():
        selector = question.name.partition(BETWEEN)[0]
        if selector in evidence.options.selectors or question == nobody:
            shown = selector in evidence.options.selectors or bool(got.records)
        else:
            usual = isinstance(anything, Known) and joined(got) == joined(anything.value)
            met = met_at(evidence.domain, selector, got, anything)
            shown = met is not None or (bool(got.records) and not usual)
        if shown:
            yield _record(question, got, providers)


def _record(question: Question, got: Answer, providers: Providers) -> FoundRecord:
    values = list(_aliases(got, providers))
    truncated: tuple[CutValue, ...] = ()
    for text in joined(got):
        value, cuts = of_octets(text, len(values))
        values.append(value)
        truncated += cuts
        if dkim.looks_like_key(text):
            values.append(described(dkim.parse(text)))
    return FoundRecord(
        name=question.name,
        type=question.rdtype,
        status=str(got.status),
        values=tuple(values),
        evidence=question.key,
        truncated=truncated,
    )


def _aliases(got: Answer, providers: Providers) -> Iterator[str]:
    for alias in got.aliases:
        provider = providers.of_key(alias)
        yield f"alias of {alias}{f' ({provider.name})' if provider else ''}"


def described(key: dkim.DkimKey) -> str:
    """What sort of key a record holds, in a few words."""
    if key.revoked:
        return "revoked"
    if key.problems:
        return "cannot be read as a key"
    if key.key_type == dkim.RSA:
        return f"RSA, {key.bits} bits"
    return "Ed25519" if key.key_type == dkim.ED25519 else f"a key of type {octet_text(key.key_type, 60)}"
