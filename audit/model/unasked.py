"""What is written down for a probe that nobody asked: it says so, and nothing about the world."""

from __future__ import annotations

from typing import Any

from audit.model.hello import TlsFlight, TlsHello
from audit.model.probe import (
    Answer,
    DnsStatus,
    FetchOutcome,
    HttpsFetch,
    HttpsGet,
    Outcome,
    Probe,
    Question,
    Route,
    SmtpSession,
    SmtpVisit,
    Stage,
    StageName,
)


def out_of_time(probe: Probe[Any]) -> Any:
    """For a probe that came too late for the domain's or the run's time."""
    return _unasked(probe, DnsStatus.BUDGET, Outcome.BUDGET, FetchOutcome.BUDGET)


def not_gathered(probe: Probe[Any]) -> Any:
    """For a probe of which evidence holds nothing."""
    return _unasked(probe, DnsStatus.NOT_GATHERED, Outcome.NOT_GATHERED, FetchOutcome.NOT_GATHERED)


def _unasked(
    probe: Probe[Any], status: DnsStatus, outcome: Outcome, fetch: FetchOutcome
) -> Answer | SmtpSession | TlsFlight | HttpsFetch | Route:
    if isinstance(probe, Question):
        return Answer(status=status)
    if isinstance(probe, SmtpVisit):
        return SmtpSession(stages=(Stage(stage=StageName.CONNECT, outcome=outcome),))
    if isinstance(probe, TlsHello):
        return TlsFlight(stages=(Stage(stage=StageName.CONNECT, outcome=outcome),))
    if isinstance(probe, HttpsGet):
        return HttpsFetch(outcome=fetch)
    return Route(available=False)
