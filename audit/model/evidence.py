"""What the world said, and every other input of judgement: the lines of evidence.jsonl and of hosts.jsonl.

`evidence.jsonl` opens with one `run` record (settings, digests, and what the run's own survey asked); then come, in any
order, a `domain` record for each audited domain and a `row` record for each line of the list that is not audited; an
`end` record closes it.
`hosts.jsonl` holds the SMTP sessions, the fetches over HTTPS and the offers of TLS, which domains may share, once each.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Literal

from audit.model.hello import TlsFlight, TlsHello
from audit.model.probe import Answer, HttpsFetch, HttpsGet, Question, Route, RouteCheck, SmtpSession, SmtpVisit
from audit.model.value import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    question: Question
    answer: Answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Visited:
    """A line of hosts.jsonl."""

    kind: Literal["visit"] = "visit"
    visit: SmtpVisit
    session: SmtpSession


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """A line of hosts.jsonl."""

    kind: Literal["fetch"] = "fetch"
    get: HttpsGet
    fetch: HttpsFetch


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """A line of hosts.jsonl."""

    kind: Literal["hello"] = "hello"
    hello: TlsHello
    flight: TlsFlight


@dataclass(frozen=True, slots=True, kw_only=True)
class Routed:
    check: RouteCheck
    route: Route


@dataclass(frozen=True, slots=True, kw_only=True)
class InputLine:
    """Where a row of the report comes from. `line` and `column` count from 1; `text` is the line as read, escaped and
    cut to 200 characters."""

    file: str
    line: int
    column: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainOptions:
    """What the list's owner says of a domain: `key=value` beside its name."""

    selectors: tuple[str, ...] = ()
    parked: bool | None = None
    sending_ips: tuple[str, ...] = ()
    profile: str | None = None
    mail: bool | None = None  # true: the domain is meant to take mail
    helo: tuple[str, ...] = ()  # names with which the domain's own servers greet others
    subdomains: tuple[str, ...] = ()  # names below the domain that its owner wants looked at as well
    unit: str | None = None  # of the organization, to which the domain belongs


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """When an earlier run first saw what stands at a name, which SHA-256 (hex) tells from another: a DKIM key by its
    `p=` without white space, the id of an MTA-STS record, the text of an MTA-STS policy."""

    name: str
    digest: str
    first_seen: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A line of the list that is not audited: bad input, a duplicate, or a domain whose gathering broke."""

    kind: Literal["row"] = "row"
    input: InputLine
    status: Literal["invalid_input", "duplicate", "failed"]
    domain: str | None  # canonical, where there is one
    reason: str  # `input.label_too_long`, `input.duplicate`, `internal.KeyError`
    message: str  # one sentence for a person
    suggestion: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainEvidence:
    kind: Literal["domain"] = "domain"
    input: InputLine
    domain: str  # canonical: lower case, A-labels
    unicode: str  # for display
    options: DomainOptions
    observed_at: datetime
    sightings: tuple[Sighting, ...] | None  # from earlier runs, sorted by name; null when none were given
    answers: tuple[Asked, ...]  # sorted by the question's key
    visits: tuple[SmtpVisit, ...]  # whose sessions are in hosts.jsonl
    fetches: tuple[HttpsGet, ...]  # what came back is in hosts.jsonl
    hellos: tuple[TlsHello, ...] = ()  # offers of TLS; what servers said to them is in hosts.jsonl


class TlsDepth(StrEnum):
    """How much is asked of a mail server's TLS, in connections beside the session that it gets anyway."""

    SESSION = "session"  # none
    STANDARD = "standard"  # two: is anything taken that is older than TLS 1.2, and any suite that is bad
    FULL = "full"  # each version and family of suites, key exchange, post-quantum groups, the other kind of certificate


class DkimGuesses(StrEnum):
    """Which DKIM selectors are tried beside those that the user named."""

    ALL = "all"  # those of the providers that handle the mail, then names that many signers choose
    PROVIDER = "provider"  # those of the providers, and the few likeliest of the others
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the user chose, as far as judgement depends on it. No secret is ever here."""

    profile: str
    smtp: bool
    smtp_port: int
    smtp_off_because: str | None  # said in the report: "--no-smtp"
    https: bool
    https_port: int
    https_off_because: str | None  # said in the report: "--no-https"
    ehlo: str
    blocklists: tuple[str, ...]  # ids in the catalogue, or zones given by the user
    allow_net: tuple[str, ...]  # CIDR ranges that count as ordinary
    canaries: tuple[str, ...]  # hosts whose port 25 is tried to see whether ours is open
    absent_name: str  # a name that does not exist, to see whether the resolver invents answers
    resolver_kind: Literal["loopback", "public", "private", "other"]
    second_opinion: bool  # whether another tool's verdict on the same evidence is wanted
    only: Literal["smtp"] | None = None  # mail servers are visited, and nothing else is looked at
    trust_anchors: tuple[str, ...] = ()  # DS or DNSKEY, as `owner TYPE rdata`; none: the root's, which are shipped
    tls_depth: TlsDepth = TlsDepth.SESSION
    revocation: bool = False  # whether what servers say on the revocation of their certificates is judged
    dkim_guesses: DkimGuesses = DkimGuesses.ALL

    def __hash__(self) -> int:
        return hash(self.ehlo)  # a run has one, which is in the identity of dozens of inquiries a domain


@dataclass(frozen=True, slots=True, kw_only=True)
class Digests:
    """SHA-256 (hex) of the inputs of judgement."""

    list: str
    catalog: str
    trust_store: str
    suffix_list: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MergedRun:
    """A run whose evidence went into a merged one: where it stood, and how much of what is there now came from it."""

    tool: str
    observed_at: datetime
    nameservers: tuple[str, ...]
    ehlo: str
    domains: int  # whose DNS answers it gave
    sessions: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RunEvidence:
    """The first line of evidence.jsonl."""

    kind: Literal["run"] = "run"
    tool: str  # version of mxaudit that gathered
    list_name: str
    observed_at: datetime
    nameservers: tuple[str, ...]
    settings: Settings
    digests: Digests
    extra_ca: tuple[bytes, ...]  # DER, from --ca-file
    answers: tuple[Asked, ...]
    visits: tuple[SmtpVisit, ...]
    routes: tuple[Routed, ...]
    merged: tuple[MergedRun, ...] = ()  # empty unless it was put together from several runs
    rows: int | None = None  # lines of the list that are to have a record; null where that is not known


@dataclass(frozen=True, slots=True, kw_only=True)
class RunEnd:
    """The last line of evidence.jsonl: without it the run was cut off."""

    kind: Literal["end"] = "end"
    rows: int
    done: int
    outcome: Literal["complete", "interrupted", "failed"]  # failed: the disk took no more
