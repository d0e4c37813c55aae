"""The answers that a person looks for first.

Will mail arrive? Can the domain be forged, or a name below it? Is its mail encrypted? Is its sender listed? What could
not be tested is said to be so: an answer is `good` only when something was seen that makes it so. What was lost leaves
an answer as it was, or makes its state `unknown`; the words still tell what was seen.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from audit.model.fact import Fact
from audit.model.report import DomainVerdict, Finding, State
from audit.rules.summary.delivery import delivery
from audit.rules.summary.encryption import encryption
from audit.rules.summary.findings import QUESTIONS, Findings, answer
from audit.rules.summary.forgery import forgery
from audit.rules.summary.reputation import reputation


def verdicts(
    all_findings: tuple[Finding, ...], facts: Mapping[type, Fact[Any]], *, smtp: bool, lists: bool
) -> tuple[DomainVerdict, ...]:
    """Answer the questions, from findings, and from what else was established of the domain.

    `smtp` and `lists` tell whether servers and blocklists were asked at all.
    """
    found = Findings(all_findings)
    if found.failed("DOMAIN-NXDOMAIN"):
        return _of_nothing()
    return (
        delivery(found, smtp=smtp),
        *forgery(found, facts),
        encryption(found, smtp=smtp),
        reputation(found, lists=lists),
    )


def _of_nothing() -> tuple[DomainVerdict, ...]:
    gone = "The domain does not exist in the DNS."
    nobody = "A domain that does not exist has nothing to test."
    return (
        DomainVerdict(
            id="delivery",
            question=QUESTIONS["delivery"],
            state=State.BAD,
            answer="no",
            because=gone,
            rules=("DOMAIN-NXDOMAIN",),
        ),
        *(answer(id_, State.NOT_APPLICABLE, "no domain", nobody) for id_ in QUESTIONS if id_ != "delivery"),
    )
