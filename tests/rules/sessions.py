"""What a mail server does with a visitor, as short words for the tables of cases."""

from __future__ import annotations

from audit.model.probe import Outcome, Reply, SmtpSession, Stage, StageName, TlsShown
from tests.rules import pki

EHLO = ("mx.story.example at your service", "SIZE 52428800", "8BITMIME", "STARTTLS")
PROMPT, SLOW = 20.0, 31_000.0  # milliseconds
QUIT = Stage(stage=StageName.QUIT, outcome=Outcome.OK)


def healthy(
    chain: pki.Chain,
    *,
    version: str = "TLSv1.3",
    after_tls: tuple[str, ...] = ("AUTH PLAIN",),
    stapled: bytes | None = None,
) -> SmtpSession:
    """All goes well, up to the second EHLO."""
    tls = TlsShown(
        version=version, cipher="TLS_AES_256_GCM_SHA384", bits=256, group="X25519", chain=chain, stapled=stapled
    )
    return SmtpSession(
        stages=(
            *_greeted(),
            _said(StageName.STARTTLS, 220, "go ahead"),
            Stage(stage=StageName.TLS, outcome=Outcome.OK),
            _said(StageName.EHLO_TLS, 250, EHLO[0], *after_tls),
            QUIT,
        ),
        tls=tls,
    )


def implicit(chain: pki.Chain, *, version: str = "TLSv1.3") -> SmtpSession:
    """All goes well, with TLS from the first octet on."""
    tls = TlsShown(version=version, cipher="TLS_AES_256_GCM_SHA384", bits=256, group="X25519", chain=chain)
    secured = Stage(stage=StageName.TLS, outcome=Outcome.OK)
    return SmtpSession(
        stages=(_connected(), secured, _banner(), _said(StageName.EHLO, 250, EHLO[0], "AUTH PLAIN"), QUIT), tls=tls
    )


def implicit_ended(outcome: Outcome) -> SmtpSession:
    """TLS from the first octet on does not come about."""
    return SmtpSession(stages=(_connected(), Stage(stage=StageName.TLS, outcome=outcome)))


def connect(outcome: Outcome) -> SmtpSession:
    """It ends before a word is said."""
    return SmtpSession(stages=(Stage(stage=StageName.CONNECT, outcome=outcome),))


def refused() -> SmtpSession:
    return connect(Outcome.REFUSED)


def timeout() -> SmtpSession:
    return connect(Outcome.TIMEOUT)


def not_gathered() -> SmtpSession:
    return connect(Outcome.NOT_GATHERED)


def greeting(code: int, text: str = "no") -> SmtpSession:
    """The server greets with a code that is not 220."""
    return SmtpSession(stages=(_connected(), _said(StageName.BANNER, code, text), QUIT))


def silent_after_connect(outcome: Outcome = Outcome.TIMEOUT) -> SmtpSession:
    return SmtpSession(stages=(_connected(), Stage(stage=StageName.BANNER, outcome=outcome)))


def greets(first: str = "mx.story.example ESMTP", introduced: str = "mx.story.example", *more: str) -> SmtpSession:
    """A server without extensions that greets so, and introduces itself so."""
    return _with_banner(_said(StageName.BANNER, 220, first, *more), _said(StageName.EHLO, 250, introduced))


def greets_with(code: int, text: str, *flaws: str, outcome: Outcome = Outcome.OK) -> SmtpSession:
    """The first reply has another code, or another form, than a greeting has."""
    reply = Reply(code=code, lines=(text,), flaws=flaws)
    banner = Stage(stage=StageName.BANNER, outcome=outcome, reply=reply, elapsed_ms=PROMPT)
    return _with_banner(banner, *([_said(StageName.EHLO, 250, *EHLO)] if outcome is Outcome.OK else []))


def greets_late(outcome: Outcome = Outcome.OK, elapsed_ms: float | None = SLOW) -> SmtpSession:
    """The server lets us wait, and then greets, turns us away, or never says a word."""
    code = {Outcome.OK: 220, Outcome.DEFERRED: 421, Outcome.REJECTED: 554}.get(outcome)
    reply = None if code is None else Reply(code=code, lines=("mx.story.example ESMTP",))
    return _with_banner(Stage(stage=StageName.BANNER, outcome=outcome, reply=reply, elapsed_ms=elapsed_ms))


def _with_banner(banner: Stage, *more: Stage) -> SmtpSession:
    return SmtpSession(stages=(_connected(), banner, *more, QUIT))


def ehlo(code: int, text: str = "no") -> SmtpSession:
    """The server greets us, and turns us away when we say who we are."""
    return SmtpSession(stages=(_connected(), _banner(), _said(StageName.EHLO, code, text), QUIT))


def helo_only() -> SmtpSession:
    """A server that does not know EHLO, so none of its extensions (RFC 5321 section 3.2)."""
    stages = (
        _connected(),
        _banner(),
        _said(StageName.EHLO, 502, "what?"),
        _said(StageName.HELO, 250, "mx.story.example"),
    )
    return SmtpSession(stages=(*stages, QUIT))


def no_starttls(*keywords: str) -> SmtpSession:
    stages = (_connected(), _banner(), _said(StageName.EHLO, 250, EHLO[0], "SIZE 52428800", *keywords))
    return SmtpSession(stages=(*stages, Stage(stage=StageName.STARTTLS, outcome=Outcome.NOT_OFFERED), QUIT))


def starttls(code: int, text: str = "no") -> SmtpSession:
    """STARTTLS is offered, and answered with a code that is not 220."""
    return SmtpSession(stages=(*_greeted(), _said(StageName.STARTTLS, code, text), QUIT))


def starttls_ended(outcome: Outcome) -> SmtpSession:
    return SmtpSession(stages=(*_greeted(), Stage(stage=StageName.STARTTLS, outcome=outcome)))


def tls_ended(outcome: Outcome, detail: str | None = None) -> SmtpSession:
    """The handshake ends without TLS."""
    stages = (
        *_greeted(),
        _said(StageName.STARTTLS, 220, "go ahead"),
        Stage(stage=StageName.TLS, outcome=outcome, detail=detail),
    )
    return SmtpSession(stages=stages)


def tls_alert() -> SmtpSession:
    return tls_ended(Outcome.TLS_FAILED, "alert handshake failure")


def _connected() -> Stage:
    return Stage(stage=StageName.CONNECT, outcome=Outcome.OK)


def _banner() -> Stage:
    return _said(StageName.BANNER, 220, "mx.story.example ESMTP")


def _greeted() -> tuple[Stage, ...]:
    return (_connected(), _banner(), _said(StageName.EHLO, 250, *EHLO))


def _said(stage: StageName, code: int, *lines: str) -> Stage:
    outcome = Outcome.OK if code < 400 else Outcome.DEFERRED if code < 500 else Outcome.REJECTED
    return Stage(stage=stage, outcome=outcome, reply=Reply(code=code, lines=lines), elapsed_ms=PROMPT)
