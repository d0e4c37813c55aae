"""Which records to paste have a place. Beside an alias (CNAME) no other record may stand (RFC 1034 section 3.6.2), and
servers refuse a zone that holds both.

A domain or a listed name is an alias often enough, `www` above all. What receivers read there is the target's, and so
is what is wrong with it: a record of the name's own can be had only in place of the alias, which is more than a
record to paste can say. A name that is an alias only because a wildcard makes any name one has no record yet, and may
be given its own (RFC 4592 section 2.2.1).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from audit.model.evidence import DomainEvidence
from audit.model.report import Finding
from audit.model.subject import Subdomain
from audit.protocol.dkim.discovery import unlikely


def placeable(findings: tuple[Finding, ...], evidence: DomainEvidence) -> tuple[Finding, ...]:
    """The findings, without records for the domain, or for a listed name, where that was seen to be an alias."""
    listed = {f.subject.name for f in findings if f.subject.kind == Subdomain.kind}
    aliases = dict(_aliases(evidence, {evidence.domain, *listed}))
    if not aliases:
        return findings
    return tuple(replace(f, publish=tuple(r for r in f.publish if not _barred(r, aliases))) for f in findings)


def _aliases(evidence: DomainEvidence, names: set[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Those of these names that are aliases, and where they lead."""
    anything = f"{unlikely(evidence.domain)}.{evidence.domain}"
    of_any = next((a.answer.aliases for a in evidence.answers if a.question.name == anything), ())
    for each in evidence.answers:
        name, aliases = each.question.name, each.answer.aliases
        if name in names and aliases and aliases != of_any:
            yield name, aliases


def _barred(record: str, aliases: dict[str, tuple[str, ...]]) -> bool:
    """Whether a record would stand beside an alias."""
    owner, *rest = record.split(maxsplit=4)
    return owner.removesuffix(".") in aliases and rest[2:3] != ["CNAME"]
