"""The exit code: what a script may conclude from a run, and why it is that one."""

from __future__ import annotations

from dataclasses import dataclass

from audit.model.report import BaselineState, Finding, RunReport, Severity, State, glances
from audit.pipeline.exits import Exit
from audit.report.words import plural
from audit.rules.rule import ORDER

EVERY_SIGHT = "all"
SIGHTS = ("resolver", "honest", "validating", "port25", "ipv4", "ipv6", "clock", "blocklists")
NAMED = 3  # domains that are named


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """What a run has to come to. `max_unknown` is in percent; `fail_on` None never fails for findings."""

    fail_on: Severity | None
    max_unknown: float
    only_new: bool = False  # findings that a baseline knows don't count, unless they became graver
    vantage: frozenset[str] = frozenset()  # sights that must be good


@dataclass(frozen=True, slots=True)
class Ruling:
    """The exit code, and a sentence on why; None where all is well."""

    code: Exit
    because: str | None = None


def gate(report: RunReport, wanted: Gate) -> Ruling:
    """Judge the report as a whole. A failure that a waiver holds back does not count."""
    reached = invalid = 0
    for domain in glances(report.domains):
        invalid += domain.status == "invalid_input"
        reached += sum(_counts(f, wanted) for f in domain.findings)
    if invalid:
        return Ruling(Exit.USAGE, f"{plural(invalid, 'line')} of the list cannot be read.")
    if reached:
        verb = "is" if reached == 1 else "are"
        return Ruling(Exit.FINDINGS, f"{plural(reached, 'finding')} {verb} {_limit(wanted)}.")
    return _sure(report, wanted)


def _sure(report: RunReport, wanted: Gate) -> Ruling:
    """Whether enough could be tested for the rest to mean anything."""
    if poor := _poor_sight(report, wanted.vantage):
        return Ruling(Exit.INCOMPLETE, f"the vantage is not as --require-vantage asks: {poor}")
    coverage = report.run.coverage
    if coverage.unknown_share > wanted.max_unknown * 10:
        share = f"{coverage.unknown_share / 10:g} % of the checks could not be tested"
        return Ruling(Exit.INCOMPLETE, f"{share} (--max-unknown {wanted.max_unknown:g}).")
    if useless := coverage.without_record_result:
        names = ", ".join(useless[:NAMED]) + (" …" if len(useless) > NAMED else "")
        return Ruling(Exit.INCOMPLETE, f"no record of {plural(len(useless), 'domain')} could be judged: {names}.")
    return Ruling(Exit.OK)


def _poor_sight(report: RunReport, wanted: frozenset[str]) -> str | None:
    """The first sight that is not as it has to be. One that is named has to be there; of all, those that apply."""
    seen = {sight.id: sight for sight in report.run.vantage}
    for id_ in sorted(wanted - {EVERY_SIGHT} - set(seen)):
        return f"{id_} was not looked at."
    for sight in seen.values():
        fine = {State.GOOD} if sight.id in wanted else {State.GOOD, State.NOT_APPLICABLE}
        if (sight.id in wanted or EVERY_SIGHT in wanted) and sight.state not in fine:
            return f"{sight.text} ({sight.id})"
    return None


def _counts(finding: Finding, wanted: Gate) -> bool:
    if finding.waived or (wanted.only_new and finding.baseline is BaselineState.KNOWN):
        return False
    severity, limit = finding.severity, wanted.fail_on
    return severity is not None and limit is not None and ORDER.index(severity) <= ORDER.index(limit)


def _limit(wanted: Gate) -> str:
    new = "new and " if wanted.only_new else ""
    graver = " or graver" if wanted.fail_on is not Severity.CRITICAL else ""
    return f"{new}{wanted.fail_on}{graver}, as --fail-on asks"
