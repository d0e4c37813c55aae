"""A dialogue goes as far as it was told, and gives a credential to nobody but the server that has proved itself."""

from __future__ import annotations

import asyncio
import base64
import json
import time
from dataclasses import dataclass, field, replace

import pytest

from audit import contract
from audit.desk.account import account
from audit.lab.pki import CertificateFault
from audit.model.dialogue import Dialogue, Ending, Part
from audit.model.probe import SmtpVisit
from audit.model.secret import HIDDEN, Secret
from audit.network.dialogue import BEGINS_WITH_TLS, UNSAYABLE, talk
from audit.network.options import SmtpLimits
from audit.network.script import Envelope, Manner, Script, stuffed
from audit.syntax.sasl.mechanism import Credential
from audit.syntax.sasl.redact import forms
from tests.network.smtpfault import FAULTS, LOOPBACK, Line, mail_servers
from tests.network.submission import HOST, NOW, STORE, Submission

CANARY = "c4n4ry-pässwort"
ANNA = Credential(user="anna@good.test", secret=Secret(CANARY))
TOKEN = Credential(user="anna@good.test", secret=Secret(CANARY), bearer=True)
LIMITS = SmtpLimits(connect=5, banner=2, ehlo=2, tls=2, quit=1, session=6, gap_between_visits=0)
ENVELOPE = Envelope(sender="anna@good.test", recipients=("bob@good.test",))
P, E = Part, Ending


@dataclass
class Talked:
    dialogue: Dialogue
    heard: list[str]
    trace: list[str] = field(default_factory=list)

    @property
    def course(self) -> list[tuple[Part, Ending]]:
        return [(s.part, s.ending) for s in self.dialogue.steps if s.part is not P.QUIT]

    @property
    def wire(self) -> str:
        return "\n".join(self.heard)

    def holds_secret(self) -> list[str]:
        """The forms of the canary that are left in what anybody but the server sees."""
        seen = json.dumps(contract.load(contract.dump(self.dialogue), dict)) + repr(self.dialogue) + "".join(self.trace)
        return [form for form in forms(Secret(CANARY)) if form.lower() in seen.lower()]


def held(
    server: Submission | Slow | str,
    script: Script,
    *,
    implicit: bool = False,
    limits: SmtpLimits = LIMITS,
    patience: float = 10.0,
) -> Talked:
    async def run() -> Talked:
        trace: list[str] = []
        async with mail_servers("planned") as mail:
            visit = SmtpVisit(host=HOST, address="192.0.2.25", port=465 if implicit else 587, implicit_tls=implicit)
            manner = Manner(ehlo="auditor.test", limits=limits, store=STORE, at=NOW, patience=patience)
            endpoint = (LOOPBACK, mail.ports["planned"])
            dialogue = await talk(visit, endpoint, script, manner, trace.append)
            await asyncio.sleep(0.05)
            heard = server.heard if isinstance(server, Submission) else mail.said.get("planned", [])
            return Talked(dialogue, list(heard), trace)

    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(FAULTS, "planned", FAULTS[server] if isinstance(server, str) else server)
        return asyncio.run(run())


UP_TO_TLS = [
    (P.CONNECT, E.OK),
    (P.BANNER, E.OK),
    (P.EHLO, E.OK),
    (P.STARTTLS, E.OK),
    (P.TLS, E.OK),
    (P.CERTIFICATE, E.OK),
    (P.EHLO_TLS, E.OK),
]
WRAPPED = [(P.CONNECT, E.OK), (P.TLS, E.OK), (P.CERTIFICATE, E.OK), (P.BANNER, E.OK), (P.EHLO, E.OK)]


@pytest.mark.parametrize("until", [P.BANNER, P.EHLO, P.STARTTLS, P.EHLO_TLS])
def test_it_stops_where_it_was_told(until: Part) -> None:
    talked = held(Submission(), Script(until=until))
    stop = [part for part, _ in UP_TO_TLS].index(until) + 1
    assert talked.course == UP_TO_TLS[:stop]
    if until is not P.STARTTLS:  # after the 220 only TLS may be spoken
        assert talked.heard[-1] == "QUIT"


@pytest.mark.parametrize(("until", "stages"), [(P.CONNECT, 1), (P.TLS, 3), (P.BANNER, 4), (P.EHLO_TLS, 5)])
def test_tls_from_the_start(until: Part, stages: int) -> None:
    assert held(Submission(implicit=True), Script(until=until), implicit=True).course == WRAPPED[:stages]


def test_what_is_offered_is_told_in_clear_and_within_tls() -> None:
    server = Submission(offers_in_clear=("AUTH PLAIN", "SIZE 10"), offers=("AUTH PLAIN LOGIN", "SIZE 20"))
    dialogue = held(server, Script()).dialogue
    assert dialogue.before == ("AUTH PLAIN", "SIZE 10", "STARTTLS", "HELP")
    assert dialogue.after == ("AUTH PLAIN LOGIN", "SIZE 20", "HELP")


LOGGING_IN = Script(until=P.AUTH, credential=ANNA)


def test_a_login_that_the_server_takes() -> None:
    talked = held(Submission(), LOGGING_IN)
    assert talked.course == [*UP_TO_TLS, (P.AUTH, E.OK)]
    assert talked.dialogue.mechanism == "PLAIN"
    said = talked.dialogue.steps[-2].said
    assert said == f"AUTH PLAIN {HIDDEN}"
    assert base64.b64encode(f"\0anna@good.test\0{CANARY}".encode()).decode() in talked.wire
    assert talked.holds_secret() == []


def test_by_questions_and_answers() -> None:
    server = Submission(
        offers=("AUTH LOGIN",),
        login=(b"334 VXNlcm5hbWU6\r\n", b"334 UGFzc3dvcmQ6\r\n", b"235 2.7.0 welcome\r\n"),
    )
    talked = held(server, LOGGING_IN)
    assert talked.course[-1] == (P.AUTH, E.OK)
    assert talked.heard[3:6] == [
        "AUTH LOGIN",
        base64.b64encode(b"anna@good.test").decode(),
        base64.b64encode(CANARY.encode()).decode(),
    ]
    assert talked.holds_secret() == []


def test_a_refusal_is_final() -> None:
    refused = b"535 5.7.8 Error: authentication failed\r\n"
    talked = held(Submission(offers=("AUTH PLAIN LOGIN CRAM-MD5",), login=(refused,)), LOGGING_IN)
    assert talked.course[-1] == (P.AUTH, E.REJECTED)
    assert sum(command.startswith("AUTH") for command in talked.heard) == 1
    assert talked.heard[-1] == "QUIT"


@pytest.mark.parametrize(
    ("server", "ending"),
    [
        (Submission(starttls=False, offers_in_clear=("AUTH PLAIN",)), E.WITHHELD),
        (Submission(fault=CertificateFault.EXPIRED), E.WITHHELD),
        (Submission(fault=CertificateFault.WRONG_NAME), E.WITHHELD),
        (Submission(fault=CertificateFault.SELF_SIGNED), E.WITHHELD),
        (Submission(fault=CertificateFault.INCOMPLETE), E.WITHHELD),
        (Submission(inject=b"250-x\r\n250 AUTH PLAIN\r\n"), E.WITHHELD),
        (Submission(offers=("AUTH GSSAPI NTLM",)), E.NOT_OFFERED),
        (Submission(offers=("AUTH XOAUTH2",)), E.NOT_OFFERED),
        (Submission(offers=()), E.NOT_OFFERED),
    ],
    ids=["clear", "expired", "name", "self-signed", "incomplete", "injected", "foreign", "token-only", "none"],
)
def test_no_octet_of_a_credential_goes_where_it_must_not(server: Submission, ending: Ending) -> None:
    talked = held(server, LOGGING_IN)
    assert talked.course[-1] == (P.AUTH, ending)
    assert not any(form in talked.wire for form in forms(Secret(CANARY)))
    assert "AUTH" not in talked.wire
    assert not any("anna" in command for command in talked.heard)


@pytest.mark.parametrize(
    "echo",
    [
        f"535 5.7.8 wrong: {CANARY}",
        f"535 5.7.8 {base64.b64encode(CANARY.encode()).decode()}",
        f"535 5.7.8 {base64.b64encode(f'0anna@good.test0{CANARY}'.encode()).decode()}",
        f"535 5.7.8 {CANARY.encode().hex()}",
        f"535-5.7.8 a\r\n535 5.7.8 {CANARY.upper()}",
        f"{CANARY} is what I heard",
    ],
)
def test_a_server_that_says_it_back_is_not_quoted(echo: str) -> None:
    talked = held(Submission(login=(echo.encode() + b"\r\n",)), LOGGING_IN)
    assert talked.course[-1][0] is P.AUTH
    assert talked.holds_secret() == []


@pytest.mark.parametrize(
    ("login", "detail"),
    [
        ((b"334 !!!\r\n",), "base64"),
        ((b"334 VXNlcg==\r\n",), "more than the mechanism"),
    ],
)
def test_a_login_that_cannot_be_answered_is_cancelled(login: tuple[bytes, ...], detail: str) -> None:
    talked = held(Submission(login=login), LOGGING_IN)
    step = talked.dialogue.at(P.AUTH)
    assert step is not None
    assert (step.ending, detail in (step.detail or "")) == (E.FAULTY, True)
    assert "*" in talked.heard


@pytest.mark.parametrize("offered", ["AUTH PLAIN", "AUTH LOGIN"])
def test_a_password_that_is_longer_than_a_line_is_nothing_of_the_server_s(offered: str) -> None:
    long = Credential(user="anna@good.test", secret=Secret("x" * 10_000))
    server = Submission(offers=(offered,), login=(b"334 VXNlcg==\r\n", b"334 UGFzcw==\r\n"))
    talked = held(server, Script(until=P.AUTH, credential=long))
    step = talked.dialogue.at(P.AUTH)
    assert step is not None
    assert (step.ending, step.problems) == (E.FAULTY, (UNSAYABLE,))
    assert "longer than the line" in (step.detail or "")
    assert max(map(len, talked.heard)) < 100
    assert account(talked.dialogue).side == "ours"


def test_a_token_is_refused_with_its_reason() -> None:
    why = base64.b64encode(b'{"status":"401","schemes":"bearer"}').decode()
    server = Submission(offers=("AUTH XOAUTH2",), login=(f"334 {why}\r\n".encode(), b"535 5.7.8 no\r\n"))
    talked = held(server, Script(until=P.AUTH, credential=TOKEN))
    assert (talked.course[-1], talked.dialogue.mechanism) == ((P.AUTH, E.REJECTED), "XOAUTH2")
    step = talked.dialogue.at(P.AUTH)
    assert step is not None
    assert step.detail == '{"status":"401","schemes":"bearer"}'
    assert talked.holds_secret() == []


def test_a_message_is_sent_with_its_dots() -> None:
    server = Submission(says={"DATA": b"354 go\r\n"})
    script = Script(until=P.QUIT, credential=ANNA, envelope=ENVELOPE, message=b"Subject: x\r\n\r\n.dot\r\n")
    talked = held(server, script)
    ends = [(P.AUTH, E.OK), (P.MAIL, E.OK), (P.RCPT, E.OK), (P.DATA, E.OK), (P.MESSAGE, E.OK)]
    assert talked.course == [*UP_TO_TLS, *ends]
    assert [c for c in talked.heard if c.startswith("|")] == ["| Subject: x", "| ", "| ..dot"]
    last = talked.dialogue.at(P.MESSAGE)
    assert last is not None
    assert last.reply is not None
    assert "queued as 4ABCDEF" in last.reply.lines[0]


def test_without_a_message_the_envelope_is_taken_back() -> None:
    talked = held(Submission(), Script(until=P.QUIT, credential=ANNA, envelope=ENVELOPE))
    assert talked.course[-3:] == [(P.MAIL, E.OK), (P.RCPT, E.OK), (P.RSET, E.OK)]
    assert "DATA" not in talked.heard


@pytest.mark.parametrize(
    ("says", "last"),
    [
        ({"MAIL": b"553 5.7.1 not yours\r\n"}, (P.MAIL, E.REJECTED)),
        ({"RCPT": b"550 5.1.1 unknown\r\n"}, (P.RCPT, E.REJECTED)),
        ({"RCPT": b"451 4.7.1 later\r\n"}, (P.RCPT, E.DEFERRED)),
        ({"DATA": b"554 5.5.1 no\r\n"}, (P.DATA, E.REJECTED)),
        ({"DATA": b"354 go\r\n", "MESSAGE": b"552 5.3.4 too big\r\n"}, (P.MESSAGE, E.REJECTED)),
    ],
)
def test_what_the_server_refuses_decides(says: dict[str, bytes], last: tuple[Part, Ending]) -> None:
    script = Script(until=P.QUIT, credential=ANNA, envelope=ENVELOPE, message=b"Subject: x\r\n\r\n")
    dialogue = held(Submission(says=says), script).dialogue
    assert (dialogue.last.part, dialogue.last.ending) == last


def test_names_are_looked_up_only_on_request() -> None:
    script = Script(until=P.QUIT, names=((P.VRFY, "postmaster"), (P.EXPN, "staff")))
    talked = held(Submission(says={"VRFY": b"252 2.0.0 cannot\r\n", "EXPN": b"502 5.5.1 no\r\n"}), script)
    assert talked.course[-2:] == [(P.VRFY, E.OK), (P.EXPN, E.REJECTED)]


@pytest.mark.parametrize("fault", sorted(FAULTS))
def test_each_fault_ends_in_time_and_is_told(fault: str) -> None:
    limits = SmtpLimits(connect=2, banner=0.4, ehlo=0.4, tls=0.4, quit=0.2, session=1.5, gap_between_visits=0)
    script = Script(until=P.QUIT, credential=ANNA, envelope=ENVELOPE, message=b"Subject: x\r\n\r\n")
    began = time.monotonic()
    talked = held(fault, script, limits=limits)
    assert time.monotonic() - began < 8
    assert talked.dialogue.steps
    assert not any(form in talked.wire for form in forms(Secret(CANARY)))
    assert talked.holds_secret() == []


@pytest.mark.parametrize("fault", ["silent", "drip"])
def test_silence_is_told_from_a_drip(fault: str) -> None:
    step = held(fault, Script(), limits=SmtpLimits(banner=0.3, session=2)).dialogue.last
    assert (step.part, step.ending, step.detail is None) == (P.BANNER, E.TIMEOUT, fault == "silent")


@pytest.mark.parametrize("path", ["a@b\r\nRCPT TO:<x>", "a b@c", "a>b@c", "ä@b.example", "a@" + "b" * 260, "\0"])
def test_an_address_that_smuggles_is_refused(path: str) -> None:
    with pytest.raises(ValueError, match="cannot be said"):
        Envelope(sender=path, recipients=())
    with pytest.raises(ValueError, match="cannot be said"):
        Envelope(sender="", recipients=(path,))


@pytest.mark.parametrize(
    ("message", "wire"),
    [
        (b"a\r\n.\r\nb\r\n", b"a\r\n..\r\nb\r\n.\r\n"),
        (b"a\nb", b"a\r\nb\r\n.\r\n"),
        (b"", b"\r\n.\r\n"),
        (b"..x\r\n", b"...x\r\n.\r\n"),
    ],
)
def test_stuffing(message: bytes, wire: bytes) -> None:
    assert stuffed(message) == wire


# ---- silence in place of a greeting ---------------------------------------------------------------------------------

PATIENT = replace(LIMITS, banner=60, session=60)


@dataclass
class Slow:
    """A server that greets after a while, on each connection that is made to it."""

    seconds: float

    async def __call__(self, line: Line) -> None:
        await asyncio.sleep(self.seconds)
        await Submission()(line)


def connections(talked: Talked) -> tuple[int, int]:
    """How many were made, and how many of them were closed."""
    ends = [line.split()[-1] for line in talked.trace]
    return ends.count("connect"), ends.count("close")


def test_a_server_that_waits_for_tls_is_found_long_before_the_wait_for_a_greeting_ends() -> None:
    talked = held(Submission(implicit=True), Script(), limits=PATIENT, patience=0.2)
    last = talked.dialogue.last
    assert (last.part, last.ending, last.problems) == (P.BANNER, E.TIMEOUT, (BEGINS_WITH_TLS,))
    assert 200 <= (last.elapsed_ms or 0) < 30_000
    assert connections(talked) == (2, 2)


def test_a_greeting_that_comes_after_tls_was_tried_is_taken() -> None:
    talked = held(Slow(0.8), Script(), limits=PATIENT, patience=0.1)
    assert talked.course == UP_TO_TLS
    assert connections(talked) == (2, 2)


def test_of_a_server_that_stays_silent_one_more_connection_is_made() -> None:
    talked = held("silent", Script(), limits=replace(LIMITS, banner=1.0), patience=0.1)
    assert (talked.dialogue.last.ending, talked.dialogue.last.problems) == (E.TIMEOUT, ())
    assert connections(talked) == (2, 2)


@pytest.mark.parametrize("server", ["tarpit", "drip", "good"])
def test_what_has_said_anything_is_not_tried_with_tls(server: str) -> None:
    talked = held(server, Script(until=P.BANNER), limits=replace(LIMITS, banner=1.0), patience=0.4)
    assert connections(talked) == (1, 1)


def test_who_is_interrupted_in_between_leaves_no_connection_behind() -> None:
    trace: list[str] = []

    async def run() -> None:
        async with mail_servers("silent") as mail:
            visit = SmtpVisit(host=HOST, address="192.0.2.25", port=587)
            manner = Manner(ehlo="auditor.test", limits=PATIENT, store=STORE, at=NOW, patience=0.05)
            talking = asyncio.create_task(talk(visit, (LOOPBACK, mail.ports["silent"]), Script(), manner, trace.append))
            while sum(line.endswith(" connect") for line in trace) < 2:
                await asyncio.sleep(0.01)
            await asyncio.sleep(0.1)
            talking.cancel()
            await asyncio.wait([talking])
            assert talking.cancelled()

    asyncio.run(run())
    assert [line.split()[-1] for line in trace] == ["connect", "connect", "close", "close"]
