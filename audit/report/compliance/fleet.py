"""Figures over many domains: by control, and by control and unit of the organization."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from audit.model.compliance import Assessment, ComplianceProfile, ControlCount, ControlState, Fleet

Tally = dict[tuple[str, str | None], dict[ControlState, int]]


@dataclass(slots=True)
class Counting:
    """Counts assessments as they are made, a domain at a time."""

    profile: ComplianceProfile
    _domains: int = 0
    _tally: Tally = field(default_factory=dict)
    _units: dict[str, None] = field(default_factory=dict)

    def add(self, unit: str | None, assessments: Iterable[Assessment]) -> None:
        """Count one domain; a domain without a unit counts among all of them only."""
        assessed = tuple(assessments)
        if not assessed:
            return
        self._domains += 1
        if unit is not None:
            self._units[unit] = None
        for each in assessed:
            for of in {None, unit}:
                states = self._tally.setdefault((each.control, of), {})
                states[each.state] = states.get(each.state, 0) + 1

    def fleet(self) -> Fleet:
        """The figures: controls in the profile's order, units in that of the alphabet."""
        controls = tuple(self._count(control.id, None) for control in self.profile.controls)
        units = tuple(self._count(c.id, unit) for unit in sorted(self._units) for c in self.profile.controls)
        return Fleet(domains=self._domains, controls=controls, units=units)

    def _count(self, control: str, unit: str | None) -> ControlCount:
        states = self._tally.get((control, unit), {})
        return ControlCount(
            control=control,
            unit=unit,
            met=states.get(ControlState.MET, 0),
            not_met=states.get(ControlState.NOT_MET, 0),
            not_assessed=states.get(ControlState.NOT_ASSESSED, 0),
            not_applicable=states.get(ControlState.NOT_APPLICABLE, 0),
            needs_attestation=states.get(ControlState.NEEDS_ATTESTATION, 0),
            attested=states.get(ControlState.ATTESTED, 0),
        )
