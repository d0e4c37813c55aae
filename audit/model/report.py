"""The report, as it is written: `report.json` is the dump of a RunReport, and each format is rendered from one."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Literal, TypeAlias

from audit.model.evidence import InputLine, MergedRun
from audit.model.value import dataclass

Argument: TypeAlias = str | int | bool | tuple[str, ...]
QuestionId: TypeAlias = Literal[
    "delivery", "forgery", "forgery_subdomains", "forgery_nonexistent", "encryption", "reputation"
]


class Severity(StrEnum):
    """How bad a failure is; from the gravest to the least."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    INFO = "info"


class Result(StrEnum):
    PASS = "pass"
    FAIL = "fail"
    NOT_APPLICABLE = "not_applicable"
    UNKNOWN = "unknown"


class Confidence(StrEnum):
    """What a failure rests on, where it is less than usual."""

    SINGLE = "single"  # one session, and no second place that says the same
    SAMPLED = "sampled"  # a session with the same server under another customer's name


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectName:
    kind: str
    name: str


class BaselineState(StrEnum):
    """How a failure stands to those that were accepted when a baseline was written."""

    NEW = "new"
    WORSE = "worse"  # known, and graver now
    KNOWN = "known"


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiver:
    """Somebody's word that a failure is accepted, for a reason and mostly for a time. `domain` and `subject` are
    patterns in which `*` and `?` stand for any characters; None takes in all."""

    rule: str
    domain: str | None
    subject: str | None
    reason: str
    owner: str | None
    expires: str | None  # the last day on which it holds (UTC), as 2026-12-31
    expired: bool  # when the run was made


@dataclass(frozen=True, slots=True, kw_only=True)
class WaiverUse:
    """A waiver, and the failures that it is about: none where it is of no use any more."""

    waiver: Waiver
    findings: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """The failures of a run beside those of a baseline. `unseen` ones of the baseline were not met again: mended, or
    not looked at, or not testable this time. Failures that a waiver holds back are counted as well."""

    name: str  # of the file
    observed_at: datetime  # of the report that became the baseline
    new: int
    worse: int
    known: int
    unseen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A failure, or something that could not be established. English is rendered once, from the rule's template."""

    rule: str
    subject: SubjectName
    result: Result
    severity: Severity | None  # of a fail
    reason: str | None  # of an unknown; of a fail whose severity could not be settled, why
    message: str | None  # of a fail
    arguments: Mapping[str, Argument]
    confidence: Confidence | None = None  # of a fail, where there is less to go by than usual
    publish: tuple[str, ...]  # records to paste that mend a fail, as lines of a zone file; empty where none is known
    causes: tuple[
        SubjectName, ...
    ]  # what troubles the subject and may be shared with others: an include, a host, a key
    evidence: tuple[str, ...]  # keys of probes; none of a pass, or where the rule does not apply
    waiver: Waiver | None = None  # of a fail: who accepts it; an expired one holds nothing back
    baseline: BaselineState | None = None  # of a fail, where the run was held beside a baseline

    @property
    def waived(self) -> bool:
        """Whether it is accepted: it is shown, and fails no run."""
        return self.waiver is not None and not self.waiver.expired


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    rule: str
    subject: SubjectName


class State(StrEnum):
    """The answer to a person's question."""

    GOOD = "good"
    WARNING = "warning"
    BAD = "bad"
    UNKNOWN = "unknown"
    NOT_APPLICABLE = "not_applicable"


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainVerdict:
    """An answer in plain words to one of the questions a person asks first."""

    id: QuestionId
    question: str
    state: State
    answer: str  # a word or two: "yes", "no", "could not test"
    because: str  # a sentence
    rules: tuple[str, ...]  # the findings that led to it


@dataclass(frozen=True, slots=True, kw_only=True)
class CutValue:
    """A value that is too long to be shown whole: its place among the values, from 0, and of the whole the length and
    the SHA-256 (hex). Of a TXT record that is of its strings joined, of others of their presentation form."""

    at: int
    octets: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundRecord:
    """A record or an observation, as found."""

    name: str
    type: str
    status: str  # "noerror", "nodata", "timeout" …; of a session, its last outcome
    values: tuple[str, ...]
    evidence: str  # the key of the probe
    truncated: tuple[CutValue, ...] = ()
    left_out: int = 0  # values behind these, for which a report has no room
    explained: str | None = None  # what a reply by which a server turned us away means


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    topic: str  # "mx", "addresses", "reverse", "spf", "dkim", "dmarc", "blocklists", "smtp", "certificates"
    records: tuple[FoundRecord, ...]


class Turn(StrEnum):
    """What comes of a step on the way of mail. The first four hand it over, from the best to the least."""

    AUTHENTICATED = "authenticated"  # encrypted, to a server that has proved who it is
    ENCRYPTED = "encrypted"
    FALLBACK = "fallback"  # TLS fails: some senders hand it over in the clear, others go on
    CLEAR = "clear"
    ABSENT = "absent"  # the host has no address
    CLOSED = "closed"  # no connection
    UNCOVERED = "uncovered"  # the policy does not name the host
    UNPROVED = "unproved"  # the sender insists on proof, and the server gives none
    FORGED = "forged"  # what DNS says fails validation
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class PathStep:
    """A server that a sender tries, or a host that it passes over whole. `text` goes on from the name."""

    preference: int | None
    host: str  # empty where it is not about a host
    address: str | None
    turn: Turn
    taken: bool  # the mail is handed over here
    text: str
    reason: str | None  # of what could not be tested


@dataclass(frozen=True, slots=True, kw_only=True)
class MailPath:
    """How one kind of sender brings mail to the domain, as far as it was seen; no mail was handed over."""

    sender: Literal["plain", "mta_sts", "dane"]
    state: State
    answer: str  # "encrypted", "not delivered", "could not test"
    because: str
    steps: tuple[PathStep, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MailServer:
    """One address of a host that takes mail, or a host without one, and what a plain sender meets there."""

    preference: int | None
    host: str
    address: str | None
    turn: Turn
    text: str  # goes on from the name
    reason: str | None  # of what could not be tested


@dataclass(frozen=True, slots=True, kw_only=True)
class SpfLine:
    """A term of an SPF record, or of one that it leads to. Numbers are lower bounds where `reason` says why."""

    depth: int  # 0: the domain's own record
    text: str
    lookups: int  # of the term, with all that it includes
    total: int  # from the beginning of the domain's record to the end of the term
    provider: str | None  # whose record it is, where the catalogue knows
    remark: str | None  # what is amiss with it, or why it can go
    reason: str | None  # what it leads to could not be read


@dataclass(frozen=True, slots=True, kw_only=True)
class SpfDrawing:
    """An SPF record and all below it, term by term in the order of a receiver. `cut`: there are more than these."""

    lines: tuple[SpfLine, ...]
    lookups: int
    exact: bool  # whether that is all of them, or as many at least
    cut: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownCertificate:
    """A certificate as mail servers showed it. `issuing`: it came behind another, as an issuer."""

    subject: str
    issuer: str
    names: tuple[str, ...]  # the first of them
    not_before: datetime | None
    not_after: datetime | None
    key: str  # "RSA 2048"
    sha256: str
    issuing: bool
    servers: tuple[str, ...]  # host and address of the first that showed it


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Why a row was not audited."""

    reason: str
    message: str
    suggestion: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainReport:
    input: InputLine
    domain: str | None
    unicode: str | None
    status: Literal["audited", "invalid_input", "duplicate", "failed"]
    problem: Problem | None
    verdicts: tuple[DomainVerdict, ...]
    findings: tuple[Finding, ...]
    passed: tuple[Judged, ...]
    not_applicable: tuple[Judged, ...]
    paths: tuple[MailPath, ...]  # empty where mail servers were not connected to, or the domain takes no mail
    records: tuple[Topic, ...]
    operators: tuple[str, ...] = ()  # who runs its mail servers, as far as their names tell
    servers: tuple[MailServer, ...] = ()  # in the order in which senders try them; empty like `paths`
    spf: SpfDrawing | None = None  # null where there is no record, or it was not read
    certificates: tuple[ShownCertificate, ...] = ()
    unit: str | None = None  # of the organization, as the list names it


@dataclass(frozen=True, slots=True, kw_only=True)
class Glance:
    """Of a domain's report, what a look over all of them takes; the longer part is left unread."""

    input: InputLine
    domain: str | None
    unicode: str | None
    status: Literal["audited", "invalid_input", "duplicate", "failed"]
    problem: Problem | None
    verdicts: tuple[DomainVerdict, ...]
    findings: tuple[Finding, ...]
    operators: tuple[str, ...] = ()
    unit: str | None = None


class Reports(Collection[DomainReport]):
    """Reports of domains that are read again each time somebody goes through them."""

    def glances(self) -> Iterator[Glance]:
        raise NotImplementedError

    def texts(self) -> Iterator[bytes]:
        """Each as the contract has it, on a line."""
        raise NotImplementedError


def glances(domains: Collection[DomainReport]) -> Iterator[DomainReport | Glance]:
    """A look over all of them."""
    yield from domains.glances() if isinstance(domains, Reports) else domains


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleText:
    """A rule that was used, with all that a reader needs: an old report still renders."""

    id: str
    topic: str
    severities: tuple[Severity, ...]
    title: str
    why: str
    fix: str
    reference: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """One thing that the vantage can or cannot see."""

    id: str  # "resolver", "honest", "validating", "port25", "ipv4", "ipv6", "clock", "blocklists"
    state: State
    reason: str | None
    text: str  # a sentence
    advice: str | None  # what to do about it


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """What was asked and what could be answered. `unknown_share` is of the selected and applicable results, in
    thousandths; the entries of a list that is unusable for the whole run count as one."""

    rows: int
    audited: int
    passed: int
    failed: int
    unknown: int
    not_applicable: int
    unknown_share: int
    without_record_result: tuple[str, ...]  # domains for which no rule about a record could conclude
    not_selected: tuple[str, ...]  # rules that the user switched off


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    name: str
    version: str
    rules_version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportDigests:
    """SHA-256 (hex) of the list, and of what judgement depends on: rules, catalogue, roots, suffixes, settings."""

    list: str
    judgement: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoneAnchors:
    """The keys of a zone that DNSSEC is validated from, by tag. `built_in`: they come with the tool."""

    zone: str
    tags: tuple[int, ...]
    built_in: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSummary:
    tool: Tool
    observed_at: datetime
    complete: bool  # each line of the list is done
    done: int
    total: int
    observed_from: datetime
    observed_until: datetime
    list_name: str
    profile: str
    smtp: bool
    smtp_off_because: str | None
    https: bool
    https_off_because: str | None
    only: Literal["smtp"] | None = None  # all that was looked at, where the user wanted no more
    ehlo: str
    merged: tuple[MergedRun, ...] = ()  # the runs whose evidence was put together; empty of a single one
    blocklists: tuple[str, ...]
    allow_net: tuple[str, ...]
    second_opinion: bool  # whether checkdmarc was asked to judge the same evidence
    trust_anchors: tuple[ZoneAnchors, ...]
    digests: ReportDigests
    vantage: tuple[Sight, ...]
    coverage: Coverage


@dataclass(frozen=True, slots=True, kw_only=True)
class Insight:
    """One thing that troubles several domains in the same way: mended once, it is mended for all of them."""

    rule: str
    cause: SubjectName
    severity: Severity  # the gravest among the domains
    message: str | None  # where the finding says the same of each domain
    affected: int
    domains: tuple[str, ...]  # the first of them, in the order of the list
    publish: tuple[str, ...]  # where the same records mend it for each domain


@dataclass(frozen=True, slots=True, kw_only=True)
class RunReport:
    schema: str
    run: RunSummary
    rules: tuple[RuleText, ...]
    insights: tuple[Insight, ...]
    findings: tuple[Finding, ...]  # about the run itself, such as a blocklist that is broken
    waivers: tuple[WaiverUse, ...] = ()  # of the file that was given, in its order
    baseline: Comparison | None = None  # where one was given
    domains: Collection[DomainReport]  # in the order of the list; of a long one on disk, and read again each time

    def __post_init__(self) -> None:
        if isinstance(self.domains, list):  # as the codec reads it
            object.__setattr__(self, "domains", tuple(self.domains))
