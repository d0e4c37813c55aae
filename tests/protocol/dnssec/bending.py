"""Answers that are changed on their way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from audit.model.probe import Answer, DnsStatus, Question
from tests.protocol.dnssec.tree import Bend, internet

GOOD = "good.test"
EMPTY = Answer(status=DnsStatus.NODATA)


def genuine(of: str, rdtype: str) -> Answer:
    return internet().answer(Question(name=of, rdtype=rdtype, dnssec=True, cd=True))


def at(of: str, rdtype: str, change: Callable[[Answer], Answer]) -> Bend:
    """The one answer changed."""
    return lambda q, answer: change(answer) if (q.name, q.rdtype) == (of, rdtype) else answer


def instead(of: str, rdtype: str, answer: Answer) -> Bend:
    return at(of, rdtype, lambda _: answer)


def without(answer: Answer, *types: str) -> Answer:
    return replace(answer, proof=tuple(r for r in answer.proof if r.split()[2] not in types))


def denying(like: Answer, status: DnsStatus = DnsStatus.NODATA) -> Answer:
    """A denial with the proofs of another."""
    return replace(like, status=status, records=(), aliases=())
