"""What is remembered of a run has bounds, and what is used stays longest."""

from __future__ import annotations

import sys
import tracemalloc
from datetime import UTC, datetime

import pytest

from audit.model.probe import (
    Answer,
    DnsStatus,
    FetchOutcome,
    HttpsFetch,
    HttpsGet,
    Outcome,
    Question,
    SmtpSession,
    SmtpVisit,
    Stage,
    StageName,
    TlsShown,
)
from audit.network.memory import Memory, octets


def question(n: int) -> Question:
    return Question(name=f"n{n}.example.org", rdtype="A")


ANSWER = Answer(status=DnsStatus.NOERROR, records=("192.0.2.1",))
ONE = octets(question(1), ANSWER)


def test_the_least_recently_used_leaves_first() -> None:
    memory = Memory(3 * ONE)
    for n in range(3):
        memory.keep(question(n), ANSWER)
    assert memory.get(question(0)) is ANSWER
    memory.keep(question(3), ANSWER)
    assert [n for n in range(4) if memory.get(question(n)) is not None] == [0, 2, 3]
    assert memory.size == 3 * ONE


def test_what_was_asked_for_twice_outlasts_any_number_of_names_that_are_asked_for_once() -> None:
    memory = Memory(8 * ONE)
    memory.keep(question(0), ANSWER)
    memory.get(question(0))
    for n in range(1, 100):
        memory.keep(question(n), ANSWER)
    assert memory.get(question(0)) is ANSWER
    assert memory.get(question(1)) is None


@pytest.mark.parametrize("asked_twice", [0, 3, 6, 50])
def test_what_is_new_has_room_and_the_limit_holds(asked_twice: int) -> None:
    limit = 8 * octets(question(100), ANSWER)
    memory = Memory(limit)
    for n in range(100, 100 + asked_twice):
        memory.keep(question(n), ANSWER)
        memory.get(question(n))
    for n in range(500, 600):
        memory.keep(question(n), ANSWER)
        memory.keep(question(n + 100), ANSWER)
        assert memory.get(question(n)) is ANSWER
        assert memory.size <= limit
    assert (len(memory), memory.size) == (8, limit)


def test_what_is_kept_twice_counts_once() -> None:
    memory = Memory(10 * ONE)
    for _ in range(5):
        memory.keep(question(1), ANSWER)
    assert (len(memory), memory.size) == (1, ONE)


def test_what_is_larger_than_all_is_not_kept() -> None:
    memory = Memory(ONE)
    memory.keep(question(1), Answer(status=DnsStatus.NOERROR, records=("x" * 10_000,)))
    assert (len(memory), memory.size) == (0, 0)


CHAIN = (b"x" * 1000, b"y" * 2000)
TLS = TlsShown(version="TLSv1.3", cipher="c", bits=256, group=None, chain=CHAIN)
STAGES = (Stage(stage=StageName.CONNECT, outcome=Outcome.OK),)


@pytest.mark.parametrize(
    ("probe", "outcome", "least"),
    [
        (SmtpVisit(host="mx", address="192.0.2.1"), SmtpSession(stages=STAGES, tls=TLS), 3000),
        (
            HttpsGet(url="https://a/", address="192.0.2.1"),
            HttpsFetch(outcome=FetchOutcome.OK, body=b"z" * 5000, tls=TLS),
            8000,
        ),
    ],
)
def test_what_is_large_counts_as_large(probe: SmtpVisit | HttpsGet, outcome: object, least: int) -> None:
    assert least < octets(probe, outcome) < least + 2000


def test_answers_are_counted_as_they_are() -> None:
    """Within a third: a wrong count would let a long run outgrow its machine."""

    def made(n: int) -> tuple[Question, Answer]:
        records = (f'"v=spf1 ip4:192.0.2.{n} -all"',) if n % 2 else ()
        at = datetime.fromtimestamp(1_800_000_000 + n, UTC)
        return question(n), Answer(status=DnsStatus.NOERROR, records=records, asked_at=at, elapsed_ms=n / 7)

    memory = Memory(sys.maxsize)
    tracemalloc.start()
    try:
        for n in range(4000):
            memory.keep(*made(n))
        really = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert 0.67 < memory.size / really < 1.5
