"""What to mend first: the gravest failures of all domains, a rule at a time, with the records that mend them.

What one cause does to several domains is an insight, and is told there; here is what is left.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from audit.model.report import DomainReport, Finding, Glance, Insight, Result, RuleText, Severity
from audit.report.groups import message, nameless
from audit.report.proposals import Proposal, proposals, wanted

GRAVE = (Severity.CRITICAL, Severity.HIGH)
SHOWN = 6  # rules
NAMED = 3  # domains of a rule that are told with their records
RULES = 2000  # a hostile report may name any number


@dataclass(frozen=True, slots=True)
class Struck:
    """A domain that breaks a rule, and what mends it there."""

    anchor: str
    name: str
    message: str
    proposals: tuple[Proposal, ...]


@dataclass(frozen=True, slots=True)
class Worst:
    """A rule, how many domains break it with this severity, and the first of them."""

    rule: RuleText
    severity: Severity
    affected: int
    first: tuple[Struck, ...]


@dataclass(frozen=True, slots=True)
class _Met:
    """The same before its rule is at hand. `finding` is the first of several that say the same."""

    anchor: str
    name: str
    finding: Finding
    proposals: tuple[Proposal, ...]


@dataclass(slots=True)
class Grave:
    """The gravest failures as they are met, domain by domain."""

    shared: frozenset[tuple[str, str, str]]  # rule and cause of what is told as an insight
    _affected: dict[tuple[int, str], int] = field(default_factory=dict)
    _first: dict[tuple[int, str], list[_Met]] = field(default_factory=dict)

    def add(self, anchor: str, name: str, domain: DomainReport | Glance) -> None:
        struck: dict[tuple[int, str], list[Finding]] = {}
        for finding in domain.findings:
            open_ = finding.result is Result.FAIL and not finding.waived
            if open_ and finding.severity in GRAVE and not self._is_shared(finding):
                struck.setdefault((GRAVE.index(finding.severity), finding.rule), []).append(finding)
        if not struck:
            return
        all_wanted = wanted((f.rule, f.publish) for f in domain.findings if f.result is Result.FAIL)
        for key, findings in struck.items():
            if key not in self._affected and len(self._affected) >= RULES:
                continue
            self._affected[key] = self._affected.get(key, 0) + 1
            first = self._first.setdefault(key, [])
            if len(first) < NAMED:
                publishing = proposals(key[1], (f.publish for f in findings), all_wanted)
                first.append(_Met(anchor, name, findings[0], publishing))

    def _is_shared(self, finding: Finding) -> bool:
        return any((finding.rule, cause.kind, cause.name) in self.shared for cause in finding.causes)

    def worst(self, rules: Mapping[str, RuleText]) -> Iterator[Worst]:
        """The gravest first; among those as grave, what most domains have."""
        ranked = sorted(self._affected.items(), key=lambda item: (item[0][0], -item[1], item[0][1]))
        for (rank, id_), affected in ranked[:SHOWN]:
            rule = rules.get(id_) or nameless(id_)
            first = tuple(
                Struck(m.anchor, m.name, message(m.finding, rule), m.proposals) for m in self._first[rank, id_]
            )
            yield Worst(rule, GRAVE[rank], affected, first)


def shared(insights: Iterable[Insight]) -> frozenset[tuple[str, str, str]]:
    """What is told once for several domains."""
    return frozenset((i.rule, i.cause.kind, i.cause.name) for i in insights)
