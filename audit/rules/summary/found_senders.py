"""What receivers find of the addresses that send a domain's mail, for the report: a row for each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from audit.model.fact import Fact, Known, Unknown
from audit.model.probe import Question
from audit.model.report import FoundRecord
from audit.protocol.spf.outcome import SpfOutcome
from audit.protocol.spf.sender import SenderChecks
from audit.syntax.escape import octet_text

NOT_THERE: Fact[Any] = Unknown("not_gathered")


def found_senders(domain: str, facts: Mapping[type, Fact[Any]]) -> Iterator[FoundRecord]:
    """The result of each check, the terms that led to it, and what the domain says to one that it refuses."""
    checks: Fact[SenderChecks] = facts.get(SenderChecks, NOT_THERE)
    for address, fact in checks.value.each if isinstance(checks, Known) else ():
        yield FoundRecord(
            name=address,
            type="check_host",
            status=str(fact.value.result) if isinstance(fact, Known) else fact.reason,
            values=tuple(_values(fact.value)) if isinstance(fact, Known) else (),
            evidence=Question(name=domain, rdtype="TXT").key,
        )


def _values(outcome: SpfOutcome) -> Iterator[str]:
    for match in outcome.path:
        yield f"{octet_text(match.term)} of {octet_text(match.domain)}"
    if outcome.reason:
        yield f"because: {octet_text(outcome.reason)}"
    if outcome.explanation:
        yield f"explanation: {octet_text(outcome.explanation)}"
