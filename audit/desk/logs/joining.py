"""What an audit found, beside what servers said: the finding that explains a refusal.

A cause names rules, by the engine that explains replies. Of their failures those belong to it that are about an address
that the replies name, or about a domain whose mail was refused; others are no explanation. A reply that names a list
and no address is explained by the entry of a sender's address in that list.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from audit.catalog.suffixes import registry_domain
from audit.desk.listing import listing
from audit.desk.logs.causes import Cause
from audit.model.report import Result, RunReport, glances

LEAST_NAME = 5  # letters of a keeper's name, below which it may be any word


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
        if _explains(failure, cause):
            kept.append(failure)
    return kept


def _explains(failure: Failure, cause: Cause) -> bool:
    words = failure.subject.lower().split()
    if any(address in words for address in cause.addresses):
        return True
    ours = failure.domain in cause.senders
    if failure.kind == "list_entry":
        return ours and not cause.addresses and _is_named(words[-1], cause)
    return ours and failure.kind != "address"


def _is_named(zone: str, cause: Cause) -> bool:
    """Whether replies name a list: by its zone, by a name that is known to be its, or by who keeps it."""
    known, text = listing(zone), cause.sample.lower()
    if zone in text or (known is not None and known.name == cause.told.blocklist):
        return True
    keeper = (registry_domain(zone) or "").partition(".")[0]
    return len(keeper) >= LEAST_NAME and re.search(rf"\b{re.escape(keeper)}\b", text) is not None
