"""A rule with all that can be said of it, for whoever asks what a finding means."""

from __future__ import annotations

from audit.model.report import Severity
from audit.model.value import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Grade:
    """How grave a failure is, and when: "" is always. `context` is the rule's own word for that."""

    context: str
    when: str
    severity: Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    id: str
    topic: str
    title: str
    subject: str  # the kind of subject for which it is judged
    severities: tuple[Grade, ...]  # the gravest first
    message: str  # what a finding says; names in braces stand for the values of the case
    why: str
    fix: str
    reference: str
    supersedes: tuple[str, ...]  # rules that say the same less well: they stay silent when this one fails
    superseded_by: tuple[str, ...]
    facts: tuple[str, ...]  # what must be established; where one is not, the result is unknown
