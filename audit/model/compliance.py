"""What a body asks of domains, and how domains stand to it.

A profile is the list of controls of one publisher, such as a large receiver's conditions for bulk senders. A control
says what it wants as data: ways, of which one has to hold, each made of conditions on the results of rules and on
measures, such as the policy that DMARC asks for. What nobody can see from outside needs somebody's word instead.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Literal

from audit.model.attestation import Attestation
from audit.model.report import Severity
from audit.model.value import dataclass


class Criticality(StrEnum):
    """How much its publisher insists on a control."""

    REQUIRED = "required"
    RECOMMENDED = "recommended"
    INFORMATIVE = "informative"


class Applies(StrEnum):
    """The domains that a control is about. One that sends no mail is held to `all` and `parked` only."""

    ALL = "all"
    SENDS = "sends"
    RECEIVES = "receives"
    PARKED = "parked"


class ControlState(StrEnum):
    """How a domain stands to a control. `attested` is somebody's word, and never stands for a test."""

    MET = "met"
    NOT_MET = "not_met"
    NOT_ASSESSED = "not_assessed"
    NOT_APPLICABLE = "not_applicable"
    NEEDS_ATTESTATION = "needs_attestation"
    ATTESTED = "attested"


class Absent(StrEnum):
    """What a condition comes to where none of its rules had anything to judge."""

    MET = "met"
    NOT_MET = "not_met"
    NOT_APPLICABLE = "not_applicable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One thing that has to be so: either that rules do not fail, or that a measure is as wanted.

    Of `rules`, a failure at or above `at` breaks it. A measure holds if its value is one of `values`, is at least
    `at_least` (a number, or a word of an ordered measure), or has all of `contains`; `over` says for which names it is
    taken, where that can differ."""

    rules: tuple[str, ...] = ()
    at: Severity = Severity.INFO
    absent: Absent = Absent.MET
    measure: str | None = None
    values: tuple[str, ...] = ()
    at_least: str | int | None = None
    contains: tuple[str, ...] = ()
    over: tuple[Literal["domain", "subdomains", "nonexistent"], ...] = ("domain",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """Conditions that must all hold."""

    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """One demand of a profile, in our own words. It holds if one of `ways` does; where `attestation` says so, something
    about it cannot be seen from outside, and somebody has to state it."""

    id: str
    title: str
    meaning: str
    criticality: Criticality
    applies: Applies
    source: str
    draft: bool = False
    ways: tuple[Way, ...] = ()
    attestation: str | None = None  # what has to be stated
    untested: str | None = None  # what of it is not looked at, though it is no matter of a statement either


@dataclass(frozen=True, slots=True, kw_only=True)
class ComplianceProfile:
    """The demands of one publisher. `scope` tells whom they bind, and what they are read for here."""

    id: str
    title: str
    publisher: str
    version: str
    as_of: date  # the day of the text that is read
    source: str
    checked: date
    scope: str
    draft: bool
    controls: tuple[Control, ...]
    digest: str = ""  # SHA-256 (hex) of the file


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlFinding:
    """A failure or a gap that a control rests on; `fingerprint` finds it again in the report."""

    rule: str
    subject: str
    fingerprint: str
    severity: Severity | None  # of a failure
    message: str | None  # of a failure
    reason: str | None  # of what could not be established
    evidence: tuple[str, ...]
    waived_by: str | None = None  # the owner of a waiver that holds; "" where it names none
    waived_until: str | None = None
    waived_for: str | None = None  # its reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """How one domain stands to one control."""

    control: str
    domain: str
    state: ControlState
    because: tuple[str, ...]  # sentences
    findings: tuple[ControlFinding, ...] = ()
    reasons: tuple[str, ...] = ()  # of what could not be established, such as "dns.timeout"
    attestation: Attestation | None = None  # the one that counts
    evidence: tuple[str, ...] = ()  # keys of the probes that it rests on, as far as they are known


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlCount:
    """How many domains stand how to a control; `unit` is null for all of them."""

    control: str
    unit: str | None
    met: int = 0
    not_met: int = 0
    not_assessed: int = 0
    not_applicable: int = 0
    needs_attestation: int = 0
    attested: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Fleet:
    """The figures over all domains: by control, and by control and unit."""

    domains: int
    controls: tuple[ControlCount, ...]
    units: tuple[ControlCount, ...]
