"""The four answers that a person looks for first, drawn from the findings alone.

Will mail arrive? Can the domain be forged? Is its mail encrypted? Is its sender listed? What could not be tested is
said to be so: an answer is `good` only when something was seen that makes it so.
"""

from __future__ import annotations

from audit.model.report import DomainVerdict, Finding, State
from audit.rules.summary.delivery import delivery
from audit.rules.summary.encryption import encryption
from audit.rules.summary.findings import QUESTIONS, Findings, answer
from audit.rules.summary.forgery import forgery
from audit.rules.summary.reputation import reputation


def verdicts(all_findings: tuple[Finding, ...], *, smtp: bool, lists: bool) -> tuple[DomainVerdict, ...]:
    """Answer the four questions. `smtp` and `lists` tell whether servers and blocklists were asked at all."""
    found = Findings(all_findings)
    if found.failed("DOMAIN-NXDOMAIN"):
        return _of_nothing()
    return (
        delivery(found, smtp=smtp),
        forgery(found),
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
        answer("forgery", State.NOT_APPLICABLE, "no domain", nobody),
        answer("encryption", State.NOT_APPLICABLE, "no domain", nobody),
        answer("reputation", State.NOT_APPLICABLE, "no domain", nobody),
    )
