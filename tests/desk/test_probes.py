"""What a server of one's own lets strangers do: a reply that does not tell is unknown, never good or bad."""

from __future__ import annotations

import pytest

from audit.desk.probes import KINDS, ProbeName, ProbeResult, probed
from audit.model.dialogue import Dialogue, Ending, Part, Step
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
    ending = {2: Ending.OK, 4: Ending.DEFERRED, 5: Ending.REJECTED}[code // 100]
    return Step(part=part, ending=ending, said=said, reply=Reply(code=code, lines=(text,)))


def results(*steps: Step, probes: tuple[ProbeName, ...]) -> tuple[ProbeResult, ...]:
    dialogue = Dialogue(host="mx.one.test", address="192.0.2.1", port=25, implicit_tls=False, steps=steps)
    return probed(dialogue, probes, TO)


@pytest.mark.parametrize(
    ("probe", "code", "text", "result"),
    [
        (R, 250, "2.1.5 Ok", "fail"),
        (R, 251, "will forward", "fail"),
        (R, 550, "5.7.1 Relaying denied", "pass"),
        (R, 554, "5.7.1 <probe@two.test>: Relay access denied", "pass"),
        (R, 550, "5.1.1 User unknown", "pass"),
        (R, 550, "no", "pass"),
        (R, 554, "5.7.1 Service unavailable; Client host [192.0.2.7] blocked using zen.spamhaus.org", "unknown"),
        (R, 530, "5.7.0 Must issue a STARTTLS command first", "unknown"),
        (R, 503, "5.5.1 Error: need MAIL command", "unknown"),
        (R, 450, "4.2.0 Greylisted", "unknown"),
        (R, 451, "4.3.0 later", "unknown"),
        (M, 250, "2.1.5 Ok", "pass"),
        (M, 550, "5.1.1 User unknown", "fail"),
        (M, 554, "5.7.1 Relay access denied", "unknown"),
        (M, 450, "4.2.0 Greylisted", "unknown"),
        (V, 250, "<root@one.test>", "fail"),
        (V, 251, "User not local", "fail"),
        (V, 252, "2.0.0 postmaster", "pass"),
        (V, 502, "5.5.1 disabled", "pass"),
        (V, 550, "5.1.1 unknown", "pass"),
        (V, 450, "4.3.2 later", "unknown"),
        (V, 220, "odd", "unknown"),
        (X, 250, "<root@one.test>", "fail"),
        (X, 502, "5.5.1 no", "pass"),
        (X, 421, "4.3.2 bye", "unknown"),
    ],
)
def test_what_a_reply_shows(probe: ProbeName, code: int, text: str, result: str) -> None:
    (found,) = results(step(probe, code, text), probes=(probe,))
    assert (found.rule, found.result, found.said) == (KINDS[probe].rule, result, COMMANDS[probe][1])
    assert (found.severity == KINDS[probe].severity) is (result == "fail")
    assert found.suspected is (probe is R and result == "fail")
    assert found.reply is not None


@pytest.mark.parametrize("probe", ProbeName)
def test_what_was_not_said_is_unknown(probe: ProbeName) -> None:
    for steps in ((), (Step(part=Part.CONNECT, ending=Ending.REFUSED),), (Step(part=Part.RCPT, ending=Ending.CLOSED),)):
        (found,) = results(*steps, probes=(probe,))
        assert (found.result, found.severity, found.reply) == ("unknown", None, None)


def test_a_connection_that_was_cut_at_the_command_is_unknown() -> None:
    cut = Step(part=Part.VRFY, ending=Ending.CLOSED, said="VRFY postmaster")
    (found,) = results(cut, probes=(V,))
    assert (found.result, found.said) == ("unknown", "VRFY postmaster")


def test_recipients_are_not_mixed_up() -> None:
    steps = (step(R, 554, "5.7.1 Relay access denied"), step(M, 250, "Ok"))
    for order in (steps, steps[::-1]):
        assert [(f.rule, f.result) for f in results(*order, probes=(M, R))] == [
            ("SMTP-OPENRELAY", "pass"),
            ("SMTP-POSTMASTER", "pass"),
        ]


def test_nothing_is_told_that_was_not_asked() -> None:
    assert results(step(R, 250, "Ok"), probes=()) == ()
