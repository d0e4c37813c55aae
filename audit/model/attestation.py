"""What somebody attests of a control that nobody can see from outside, such as whether outbound mail insists on TLS.

An attestation is a person's word: it has an owner, a link to what it rests on, and an end. It is shown as attested,
and never as tested.
"""

from __future__ import annotations

from enum import StrEnum

from audit.model.value import dataclass


class AttestationState(StrEnum):
    """Whether an attestation counts on the day of the run."""

    LIVE = "live"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attestation:
    """Somebody's word that controls are kept. `domains` and `units` are patterns in which `*` and `?` stand for any
    characters; where both are empty it is about every domain."""

    controls: tuple[str, ...]  # "profile/control"
    statement: str
    owner: str
    evidence: str  # a link, http or https
    date: str  # the day on which it was made, as 2026-11-30
    expires: str  # the last day on which it holds (UTC)
    domains: tuple[str, ...]
    units: tuple[str, ...]
    state: AttestationState


@dataclass(frozen=True, slots=True, kw_only=True)
class AttestationUse:
    """An attestation, and for how many assessments of a control it stands: none where it is of no use."""

    attestation: Attestation
    assessments: int
