"""A dialogue with a mail server that a person asked for: what was done at each stage, and what came of it.

It goes further than an audit's session does (login, a sender, a recipient, a message), and only as far as it was told.
Nothing here holds a credential: commands that carry one are shown without it.
"""

from __future__ import annotations

from enum import StrEnum

from audit.model.probe import Reply, TlsShown
from audit.model.value import dataclass


class Part(StrEnum):
    """The stages, in order; with implicit TLS `tls` and `certificate` come right after `connect`."""

    RESOLVE = "resolve"
    CONNECT = "connect"
    BANNER = "banner"
    EHLO = "ehlo"
    HELO = "helo"  # only after EHLO was refused (RFC 5321 section 3.2)
    STARTTLS = "starttls"
    TLS = "tls"
    CERTIFICATE = "certificate"
    EHLO_TLS = "ehlo_tls"
    AUTH = "auth"
    VRFY = "vrfy"
    EXPN = "expn"
    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"
    MESSAGE = "message"
    RSET = "rset"  # instead of DATA, where a sender and recipients were only tried
    QUIT = "quit"


class Ending(StrEnum):
    """How a stage ended. The first fifteen are those of any session."""

    OK = "ok"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    TIMEOUT = "timeout"
    CLOSED = "closed"
    RESET = "reset"
    DEFERRED = "deferred"
    REJECTED = "rejected"
    NOT_OFFERED = "not_offered"
    NOT_SMTP = "not_smtp"
    TOO_LONG = "too_long"
    TLS_FAILED = "tls_failed"
    NOT_TLS = "not_tls"
    GUARD_REFUSED = "guard_refused"
    BUDGET = "budget"
    NO_NAME = "no_name"  # the host does not exist
    NO_ADDRESS = "no_address"  # it exists and has none
    NO_ANSWER = "no_answer"  # the DNS said nothing
    UNTRUSTED = "untrusted"  # the certificate does not prove who the server is
    WITHHELD = "withheld"  # a credential was not sent, for the reason in `detail`
    FAULTY = "faulty"  # the server's part of a login cannot be answered


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One stage. `said` is the command, without its secret part. `problems` are codes: those of a certificate chain,
    each with what it is about; why the DNS gave no answer; what else speaks where SMTP was waited for. `detail` of a
    time-out is the first line of what came in spite of it: null is silence."""

    part: Part
    ending: Ending
    said: str | None = None
    reply: Reply | None = None
    detail: str | None = None
    problems: tuple[str, ...] = ()
    elapsed_ms: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialogue:
    """What happened with one address. `before` and `after` are the keywords of the answer to EHLO, with their
    parameters, in clear and within TLS; `mechanism` is the one that was used to log in."""

    host: str
    address: str
    port: int
    implicit_tls: bool
    steps: tuple[Step, ...]
    tls: TlsShown | None = None
    injected: str | None = None
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    mechanism: str | None = None

    def at(self, part: Part) -> Step | None:
        """The last step of that kind: of several recipients the last that was tried."""
        return next((s for s in reversed(self.steps) if s.part is part), None)

    @property
    def last(self) -> Step:
        """The step that decides: the first that is not `ok`, but QUIT, or else the last."""
        done = [s for s in self.steps if s.part is not Part.QUIT]
        return next((s for s in done if s.ending is not Ending.OK), done[-1])
