"""What an audit found, beside what servers said: the finding that explains a refusal.

A cause names rules, by the engine that explains replies. Of their failures those belong to it that are about an address
or a list that the replies name, or about a domain whose mail was refused; others are no explanation.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from audit.desk.logs.causes import Cause
from audit.model.report import Result, RunReport, glances


@dataclass(frozen=True, slots=True)
class Failure:
    """A failure of an audit, as far as it is needed here."""

    rule: str
    domain: str
    kind: str
    subject: str
    message: str


def failures(report: RunReport) -> tuple[Failure, ...]:
    """The failures of a report."""
    return tuple(
        Failure(f.rule, domain.domain or "", f.subject.kind, f.subject.name, f.message or "")
        for domain in glances(report.domains)
        for f in domain.findings
        if f.result is Result.FAIL
    )


def joined(cause: Cause, found: Iterable[Failure], most: int = 5) -> list[Failure]:
    """The failures that explain a cause."""
    rules = set(cause.told.rules)
    kept: list[Failure] = []
    for failure in found:
        if failure.rule not in rules or len(kept) >= most:
            continue
        words = failure.subject.lower().split()
        if any(address in words for address in cause.addresses) or (
            failure.kind not in {"address", "list_entry"} and failure.domain in cause.senders
        ):
            kept.append(failure)
    return kept
