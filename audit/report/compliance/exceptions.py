"""What a compliance report tells first: the controls that are not met, then what was not assessed, and why.

Of hundreds of domains most are as they should be. Those are counted; the others are told one by one, up to a bound.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from audit.model.compliance import Assessment, ControlCount, ControlState
from audit.model.compliance_report import ComplianceReport, ControlText, DomainStanding, ProfileReport
from audit.report.compliance.wording import STATES
from audit.report.reasons import reason

TOLD = 100  # domains of one control that are told one by one
NAMED = 50  # domains of which the same is told
PROFILE_TOLD = 1500  # of all controls of a profile
UNIT_ROWS = 400
ORDER = tuple(STATES)


@dataclass(frozen=True, slots=True)
class Told:
    """What there is to say of one control: of a domain, or of several of which it is the same, without a finding."""

    standings: tuple[DomainStanding, ...]
    assessment: Assessment


@dataclass(frozen=True, slots=True)
class Exceptions:
    """A control, how many domains stand how to it, and those that are told; `left` are not."""

    control: ControlText
    count: ControlCount
    told: tuple[Told, ...]
    left: int

    @property
    def states(self) -> Iterator[tuple[ControlState, int]]:
        """Each state that occurs, with the number of domains, in the order in which somebody looks for them."""
        for state in ORDER:
            if number := count_of(self.count, state):
                yield state, number


def count_of(count: ControlCount, state: ControlState) -> int:
    """How many domains stand so."""
    number: int = getattr(count, state.value)
    return number


def exceptions(profile: ProfileReport) -> tuple[Exceptions, ...]:
    """The controls of a profile, in its order, each with the domains that have to be looked at."""
    by_control: dict[str, dict[object, tuple[Assessment, list[DomainStanding]]]]
    by_control = {control.id: {} for control in profile.controls}
    for standing in profile.domains:
        for each in standing.others:
            key = standing.domain if each.findings else (each.state, each.because, each.reasons)
            by_control[each.control].setdefault(key, (each, []))[1].append(standing)
    counts = {count.control: count for count in profile.fleet.controls}
    room = PROFILE_TOLD
    found = []
    for control in profile.controls:
        those = (Told(tuple(standings), each) for each, standings in by_control[control.id].values())
        sorted_ = sorted(those, key=lambda told: ORDER.index(told.assessment.state))
        shown = sorted_[: min(TOLD, room)]
        room -= len(shown)
        left = sum(len(told.standings) for told in sorted_[len(shown) :])
        found.append(Exceptions(control, counts[control.id], tuple(shown), left))
    return tuple(found)


def unit_rows(profile: ProfileReport) -> tuple[tuple[ControlCount, ...], int]:
    """Figures by unit and control where something is not met or open; and how many more there are."""
    rows = [c for c in profile.fleet.units if c.not_met or c.not_assessed or c.needs_attestation or c.attested]
    return tuple(rows[:UNIT_ROWS]), max(len(rows) - UNIT_ROWS, 0)


def totals(profile: ProfileReport) -> tuple[tuple[ControlState, int], ...]:
    """How often each state occurs, over all controls and domains."""
    return tuple((s, sum(count_of(c, s) for c in profile.fleet.controls)) for s in ORDER)


def open_reasons(report: ComplianceReport) -> tuple[tuple[str, str, int], ...]:
    """Why controls were not assessed: the code, what it means, and of how many assessments; the most frequent first."""
    found: Counter[str] = Counter()
    for profile in report.profiles:
        for standing in profile.domains:
            for each in standing.others:
                if each.state is ControlState.NOT_ASSESSED:
                    found.update(set(each.reasons))
    return tuple((code, OWN.get(code) or reason(code).sentence, number) for code, number in found.most_common(50))


OWN = {
    "no_test": "Nothing about the control can be tested from outside, or it is not tested by mxaudit.",
    "not_judged": "A rule that the control rests on was not judged in the run: it was left out, or is younger than it.",
    "internal": "A part of this tool failed; that says nothing about the domain.",
}
