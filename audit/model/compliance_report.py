"""How the domains of a report stand to compliance profiles: `compliance.json` is the dump of a ComplianceReport.

Of a domain that keeps a control only the id of the control is told; what it does not keep, or what could not be
assessed, is told with findings and evidence.
"""

from __future__ import annotations

from datetime import datetime

from audit.model.attestation import AttestationUse
from audit.model.compliance import Applies, Assessment, Criticality, Fleet
from audit.model.evidence import MergedRun
from audit.model.report import Coverage, Sight, Tool, WaiverUse
from audit.model.value import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ComplianceDigests:
    """SHA-256 (hex) of what the report rests on; null where the files were not at hand. `whole` is that of
    digests.json, which takes in evidence and reports."""

    list: str
    judgement: str
    evidence: str | None
    hosts: str | None
    report: str | None
    whole: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ComplianceScope:
    """What was looked at, when, from where, how, and by what."""

    tool: Tool  # that judged the evidence
    assessed_by: Tool  # that held the report to the profiles
    list_name: str
    rows: int
    audited: int
    units: tuple[str, ...]
    observed_from: datetime
    observed_until: datetime
    complete: bool
    judged_by: str  # the profile of rules and severities
    method: tuple[str, ...]  # sentences
    ehlo: str
    vantage: tuple[Sight, ...]
    merged: tuple[MergedRun, ...]
    coverage: Coverage
    digests: ComplianceDigests


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlText:
    """A control, with what a reader needs: an old report still tells what was asked."""

    id: str
    title: str
    meaning: str
    criticality: Criticality
    applies: Applies
    source: str
    draft: bool
    tested: tuple[str, ...]  # rules and thresholds, a way a sentence; empty where nothing is tested
    attestation: str | None
    untested: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainStanding:
    """How one domain stands to a profile. `met` and `not_applicable` are ids of controls; `others` is told in full."""

    domain: str
    unicode: str | None
    unit: str | None
    met: tuple[str, ...]
    not_applicable: tuple[str, ...]
    others: tuple[Assessment, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileReport:
    """One profile, and how the domains stand to it."""

    id: str
    title: str
    publisher: str
    version: str
    as_of: str  # a day, of the text that was read
    source: str
    checked: str
    scope: str
    draft: bool
    digest: str
    controls: tuple[ControlText, ...]
    fleet: Fleet
    domains: tuple[DomainStanding, ...]  # in the order of the list


@dataclass(frozen=True, slots=True, kw_only=True)
class ComplianceReport:
    """All profiles, and what holds for each of them."""

    compliance: str  # the address of the schema
    scope: ComplianceScope
    profiles: tuple[ProfileReport, ...]
    attestations: tuple[AttestationUse, ...]
    waivers: tuple[WaiverUse, ...]
    unaudited: tuple[str, ...]  # rows of the list of which nothing was assessed: as the list has them
