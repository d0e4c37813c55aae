"""What a server of one's own grants to strangers: a reply that does not tell is unknown, never yes or no."""

from __future__ import annotations

import pytest

from audit.desk.probes import own_probes
from audit.model.dialogue import Dialogue, Ending, Part, Step
from audit.model.fact import Known, Unknown
from audit.model.own import OwnProbes, ProbeName
from audit.model.probe import Reply

TO = "probe@two.test"
COMMANDS = {
    ProbeName.RELAY: (Part.RCPT, f"RCPT TO:<{TO}>"),
    ProbeName.POSTMASTER: (Part.RCPT, "RCPT TO:<postmaster>"),
    ProbeName.VRFY: (Part.VRFY, "VRFY postmaster"),
    ProbeName.EXPN: (Part.EXPN, "EXPN postmaster"),
}
R, M, V, X = ProbeName


def step(probe: ProbeName, code: int, text: str) -> Step:
    part, said = COMMANDS[probe]
    ending = {2: Ending.OK, 4: Ending.DEFERRED, 5: Ending.REJECTED}.get(code // 100, Ending.NOT_SMTP)
    return Step(part=part, ending=ending, said=said, reply=Reply(code=code, lines=(text,)))


def showed(*steps: Step, probes: tuple[ProbeName, ...]) -> OwnProbes:
    dialogue = Dialogue(host="mx.one.test", address="192.0.2.1", port=25, implicit_tls=False, steps=steps)
    return own_probes(dialogue, probes, TO)


YES, NO = Known(True), Known(False)
LATER, US, VAGUE, CUT = map(Unknown, ("smtp.tempfail", "smtp.client_rejected", "smtp.vague", "smtp.not_reached"))


@pytest.mark.parametrize(
    ("probe", "code", "text", "granted"),
    [
        (R, 250, "2.1.5 Ok", YES),
        (R, 251, "will forward", YES),
        (R, 550, "5.7.1 Relaying denied", NO),
        (R, 554, "5.7.1 <probe@two.test>: Relay access denied", NO),
        (R, 550, "5.1.1 User unknown", NO),
        (R, 550, "no", NO),
        (R, 554, "5.7.1 Service unavailable; Client host [192.0.2.7] blocked using zen.spamhaus.org", US),
        (R, 530, "5.7.0 Must issue a STARTTLS command first", US),
        (R, 503, "5.5.1 Error: need MAIL command", US),
        (R, 450, "4.2.0 Greylisted", LATER),
        (R, 451, "4.3.0 later", LATER),
        (R, 354, "odd", VAGUE),
        (M, 250, "2.1.5 Ok", YES),
        (M, 550, "5.1.1 User unknown", NO),
        (M, 554, "5.7.1 Relay access denied", VAGUE),
        (M, 554, "5.7.1 Client host [192.0.2.7] blocked using zen.spamhaus.org", US),
        (M, 450, "4.2.0 Greylisted", LATER),
        (V, 250, "<root@one.test>", YES),
        (V, 251, "User not local", YES),
        (V, 252, "2.0.0 postmaster", NO),
        (V, 502, "5.5.1 disabled", NO),
        (V, 550, "5.1.1 unknown", NO),
        (V, 450, "4.3.2 later", LATER),
        (V, 220, "odd", VAGUE),
        (X, 250, "<root@one.test>", YES),
        (X, 502, "5.5.1 no", NO),
        (X, 421, "4.3.2 bye", LATER),
    ],
)
def test_what_a_reply_shows(probe: ProbeName, code: int, text: str, granted: Known[bool] | Unknown) -> None:
    (found,) = showed(step(probe, code, text), probes=(probe,)).probes
    assert (found.name, found.granted, found.said) == (probe, granted, COMMANDS[probe][1])
    assert found.reply is not None


@pytest.mark.parametrize("probe", ProbeName)
def test_what_was_not_said_is_unknown(probe: ProbeName) -> None:
    for steps in ((), (Step(part=Part.CONNECT, ending=Ending.REFUSED),), (Step(part=Part.RCPT, ending=Ending.CLOSED),)):
        (found,) = showed(*steps, probes=(probe,)).probes
        assert (found.granted, found.reply) == (CUT, None)


def test_a_connection_that_was_cut_at_the_command_is_unknown() -> None:
    cut = Step(part=Part.VRFY, ending=Ending.CLOSED, said="VRFY postmaster")
    (found,) = showed(cut, probes=(V,)).probes
    assert (found.granted, found.said) == (CUT, "VRFY postmaster")


def test_a_dialogue_that_ends_earlier_shows_the_same_or_nothing() -> None:
    whole = (
        step(V, 252, "2.0.0 postmaster"),
        step(X, 250, "<root@one.test>"),
        step(R, 554, "5.7.1 Relay access denied"),
        step(M, 250, "Ok"),
    )
    wanted = tuple(ProbeName)
    full = showed(*whole, probes=wanted)
    for end in range(len(whole) + 1):
        for name in wanted:
            (cut, there) = (showed(*whole[:end], probes=wanted).of(name), full.of(name))
            assert cut is not None
            assert there is not None
            assert cut.granted in (there.granted, CUT)


def test_recipients_are_not_mixed_up() -> None:
    steps = (step(R, 554, "5.7.1 Relay access denied"), step(M, 250, "Ok"))
    for order in (steps, steps[::-1]):
        assert [(p.name, p.granted) for p in showed(*order, probes=(M, R)).probes] == [(R, NO), (M, YES)]


def test_nothing_is_told_that_was_not_asked() -> None:
    found = showed(step(R, 250, "Ok"), probes=())
    assert (found.probes, found.of(R)) == ((), None)
