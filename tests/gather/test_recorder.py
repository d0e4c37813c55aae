"""What another world says is written down once, in order, and never after its time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from audit.gather.recorder import Recorder
from audit.model.hello import Offer, TlsFlight, TlsHello
from audit.model.probe import (
    Answer,
    DnsStatus,
    Outcome,
    Probe,
    Question,
    Route,
    RouteCheck,
    SmtpSession,
    SmtpVisit,
    Stage,
    StageName,
)

MX = Question(name="one.example", rdtype="MX")
TXT = Question(name="one.example", rdtype="TXT")
VISIT = SmtpVisit(host="mx.one.example", address="192.0.2.1")
HELLO = TlsHello(host="mx.one.example", address="192.0.2.1", offer=Offer.TLS11)
ROUTE = RouteCheck(family="ipv6")
FOUND = Answer(status=DnsStatus.NOERROR, records=("10 mx.one.example.",))
SESSION = SmtpSession(stages=(Stage(stage=StageName.CONNECT, outcome=Outcome.REFUSED),))
SAID: dict[Probe[Any], Any] = {
    MX: FOUND,
    TXT: FOUND,
    VISIT: SESSION,
    HELLO: TlsFlight(stages=SESSION.stages),
    ROUTE: Route(available=True),
}


class Slow:
    """A world that answers when it is told to."""

    def __init__(self) -> None:
        self.asked: list[tuple[Probe[Any], Callable[[Any], None]]] = []

    def __call__(self, probe: Probe[Any], done: Callable[[Any], None]) -> None:
        self.asked.append((probe, done))

    def speak(self) -> None:
        asked, self.asked = self.asked, []
        for probe, done in asked:
            done(SAID[probe])


def test_a_probe_is_asked_once_and_all_who_wait_are_told() -> None:
    world = Slow()
    heard: list[Any] = []
    recorder = Recorder(world)
    for _ in range(3):
        recorder(MX, heard.append)
    assert (len(world.asked), heard) == (1, [])
    world.speak()
    recorder(MX, heard.append)
    assert heard == [FOUND] * 4
    assert world.asked == []


def test_what_was_seen_is_sorted_by_its_key_whatever_came_first() -> None:
    for order in ((MX, TXT, VISIT, HELLO, ROUTE), (ROUTE, HELLO, VISIT, TXT, MX)):
        world = Slow()
        recorder = Recorder(world)
        for probe in order:
            recorder(probe, lambda _: None)
        world.speak()
        assert [a.question for a in recorder.answers] == [MX, TXT]
        assert [(v.visit, v.session) for v in recorder.visits] == [(VISIT, SESSION)]
        assert [(o.hello, o.flight) for o in recorder.hellos] == [(HELLO, SAID[HELLO])]
        assert [(r.check, r.route) for r in recorder.routes] == [(ROUTE, Route(available=True))]


@pytest.mark.parametrize(
    ("probe", "written"),
    [
        (MX, Answer(status=DnsStatus.BUDGET)),
        (VISIT, SmtpSession(stages=(Stage(stage=StageName.CONNECT, outcome=Outcome.BUDGET),))),
        (HELLO, TlsFlight(stages=(Stage(stage=StageName.CONNECT, outcome=Outcome.BUDGET),))),
        (ROUTE, Route(available=False)),
    ],
)
def test_after_the_end_what_is_open_and_what_is_new_is_out_of_time(probe: Probe[Any], written: Any) -> None:
    world = Slow()
    waiting: list[Any] = []
    later: list[Any] = []
    recorder = Recorder(world)
    recorder(probe, waiting.append)
    recorder.expire()
    assert waiting == [written]
    world.speak()  # too late
    assert waiting == [written]
    fresh = Recorder(world)
    fresh.expire()
    fresh(probe, later.append)
    assert (later, world.asked) == ([written], [])


def test_what_was_answered_in_time_stays() -> None:
    world = Slow()
    recorder = Recorder(world)
    recorder(MX, lambda _: None)
    world.speak()
    recorder(TXT, lambda _: None)
    recorder.expire()
    assert [a.answer.status for a in recorder.answers] == [DnsStatus.NOERROR, DnsStatus.BUDGET]


def test_an_answer_may_lead_to_further_probes_while_time_ends() -> None:
    world = Slow()
    heard: list[Any] = []
    recorder = Recorder(world)
    recorder(MX, lambda _: recorder(TXT, heard.append))
    recorder.expire()
    assert heard == [Answer(status=DnsStatus.BUDGET)]
    assert len(world.asked) == 1


def test_once_nobody_wants_to_know_an_answer_leads_nowhere() -> None:
    world = Slow()
    heard: list[Any] = []
    recorder = Recorder(world)
    recorder(MX, heard.append)
    recorder.forget()
    world.speak()
    assert (heard, recorder.answers) == ([], ())
