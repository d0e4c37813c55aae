"""Which attestation counts for a control of a domain, and how often each did.

The first that is about both and has not expired counts. One that has expired counts for nothing, and neither does one
that is of no use: both are named in the report, so that they are renewed or taken out.
"""

from __future__ import annotations

from collections.abc import Iterable

from audit.model.attestation import Attestation, AttestationState, AttestationUse
from audit.model.report import DomainReport
from audit.report.compliance.judging import Attested
from audit.syntax.wildcard import matches


class Attesting:
    """The attestations of a file, on the day of a run."""

    def __init__(self, attestations: Iterable[Attestation]) -> None:
        self._all = tuple(attestations)
        self._used = [0] * len(self._all)
        self._by_control: dict[str, list[int]] = {}
        for place, each in enumerate(self._all):
            for control in each.controls if each.state is AttestationState.LIVE else ():
                self._by_control.setdefault(control, []).append(place)

    def of(self, profile: str, domain: DomainReport) -> Attested:
        """What counts for a control of that profile and a domain."""

        def counts(control: str, _: str) -> Attestation | None:
            for place in self._by_control.get(f"{profile}/{control}", ()):
                if _is_about(self._all[place], domain):
                    self._used[place] += 1
                    return self._all[place]
            return None

        return counts

    def uses(self) -> tuple[AttestationUse, ...]:
        """Each attestation, and for how many assessments it stands."""
        return tuple(AttestationUse(attestation=a, assessments=n) for a, n in zip(self._all, self._used, strict=True))


def _is_about(attestation: Attestation, domain: DomainReport) -> bool:
    names = [name for name in (domain.domain, domain.unicode) if name]
    if attestation.domains and not any(matches(p, name) for p in attestation.domains for name in names):
        return False
    if not attestation.units:
        return True
    return domain.unit is not None and any(matches(pattern, domain.unit) for pattern in attestation.units)
