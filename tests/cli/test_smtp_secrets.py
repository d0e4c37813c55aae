"""No octet of a credential is in anything that the command prints, whatever a server, or a fault of ours, does."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from audit.model.secret import Secret
from audit.syntax.sasl.mechanism import FOR_PASSWORDS
from audit.syntax.sasl.redact import forms
from tests.cli.command import Done
from tests.cli.mail import HOST, Hosted, Server, hosted
from tests.network.smtpfault import FAULTS
from tests.network.submission import Submission

CANARY = "c4n4ry+Pa55wort/tief"
USER = ("--user", "anna@good.test")
SENDING = (*USER, "--send", "--to", "bob@good.test")


def aligned(before: int, after: bytes = b"") -> str:
    """The secret in base64, behind so many octets."""
    return base64.b64encode(b"\0" * before + CANARY.encode() + after).decode()


WRITTEN = {
    "raw": CANARY,
    "upper case": CANARY.upper(),
    "base64": aligned(0),
    "base64, one octet on": aligned(1),
    "base64, two octets on": aligned(2),
    "base64, as in PLAIN": base64.b64encode(f"\0anna@good.test\0{CANARY}".encode()).decode(),
    "base64, more behind it": aligned(1, b"tail"),
    "hex": CANARY.encode().hex(),
    "HEX": CANARY.encode().hex().upper(),
    "in a URL": quote(CANARY, safe=""),
    "reversed": CANARY[::-1],
}
CORES = {  # what no neighbour changes, found without the code that is tested
    *(CANARY.lower(), CANARY[::-1].lower(), CANARY.encode().hex(), quote(CANARY, safe="").lower()),
    *(aligned(n)[4:24].lower() for n in range(3)),
}
PLACES: dict[str, Callable[[str], Submission]] = {
    "refusal": lambda said: Submission(login=(f"535 5.7.8 {said} is wrong\r\n".encode(),)),
    "second line": lambda said: Submission(login=(f"535-5.7.8 no\r\n535 5.7.8 {said}\r\n".encode(),)),
    "welcome, then MAIL": lambda said: Submission(
        login=(f"235 {said}\r\n".encode(),), says={"MAIL": f"550 5.7.1 {said}\r\n".encode()}
    ),
    "no reply": lambda said: Submission(login=(f"{said}\r\n".encode(),)),
    "challenge": lambda said: Submission(login=(f"334 {said}\r\n".encode(), f"535 {said}\r\n".encode())),
    "the message's end": lambda said: Submission(
        says={"DATA": f"354 {said}\r\n".encode(), "MESSAGE": f"554 5.6.0 {said}\r\n".encode()}
    ),
}


@pytest.fixture(autouse=True)
def _password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MXAUDIT_SMTP_PASSWORD", CANARY)


def left_in(*done: Done) -> list[str]:
    """The forms of the secret that can be found in what was printed."""
    printed = "".join(d.out.decode() + d.err for d in done).lower()
    return [form for form in {*CORES, *(f.lower() for f in forms(Secret(CANARY)))} if form in printed]


def printed(mail: Hosted, target: str, *more: str, timeout: str = "3") -> list[Done]:
    return [mail.smtp(target, *more, how, timeout=timeout, columns=100) for how in ("-v", "--json")]


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
@pytest.mark.parametrize("said", WRITTEN.values(), ids=WRITTEN)
def test_what_a_server_says_back_is_not_printed(said: str, place: Callable[[str], Submission], tmp_path: Path) -> None:
    server = place(said)
    with hosted({587: server}, tmp_path) as mail:
        done = printed(mail, f"{HOST}:587", *SENDING)
    assert any(word.startswith("AUTH PLAIN ") for word in server.heard)  # it was told
    assert {d.code for d in done} <= {0, 1}
    assert left_in(*done) == []


@pytest.mark.parametrize("said", [aligned(0), base64.b64encode(f'{{"e":"{CANARY}"}}'.encode()).decode()])
def test_why_a_token_is_refused_is_not_printed_with_it(
    said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MXAUDIT_SMTP_TOKEN", CANARY)
    server = Submission(offers=("AUTH XOAUTH2",), login=(f"334 {said}\r\n".encode(), b"535 5.7.8 no\r\n"))
    with hosted({587: server}, tmp_path) as mail:
        done = printed(mail, f"{HOST}:587", *USER)
    assert {d.code for d in done} == {1}
    assert b"\xe2\x80\xa2" in done[0].out
    assert left_in(*done) == []


@pytest.mark.parametrize("fault", sorted(FAULTS))
def test_a_server_that_is_broken_hears_and_prints_nothing(fault: str, tmp_path: Path) -> None:
    with hosted({587: fault}, tmp_path) as mail:
        done = printed(mail, f"{HOST}:587", *SENDING, timeout="0.4")
        assert not any(word.startswith("AUTH") for word in mail.heard(587))
    assert {d.code for d in done} == {1}
    assert left_in(*done) == []


class Broken(Exception):
    """A fault of ours whose text holds what it should not."""


def _breaks(*_: Any, **__: Any) -> Any:
    password = CANARY  # also in the frame of the traceback
    raise Broken(f"{password} and {aligned(1)}")


def _breaks_later(*_: Any, **__: Any) -> Iterator[bytes]:
    yield b"\0anna\0x"
    _breaks()


OURS = {
    "the first words of a login": ("audit.network.login._base64", _breaks),
    "a challenge": ("audit.network.login._challenge", _breaks),
    "the end of a login": ("audit.network.login._prove", _breaks),
    "reading a reply": ("audit.network.dialogue._cleaned", _breaks),
    "a step": ("audit.network.dialogue._step_of", _breaks),
    "choosing a mechanism": ("audit.network.dialogue.chosen", _breaks),
    "the account": ("audit.cli.smtp.account", _breaks),
    "the words": ("audit.cli.smtp_words._one", _breaks),
    "the script": ("audit.cli.smtp.target_of", _breaks),
    "stuffing the message": ("audit.network.dialogue.stuffed", _breaks),
}


@pytest.mark.parametrize(("where", "fault"), OURS.values(), ids=OURS)
@pytest.mark.parametrize("verbose", [True, False])
def test_a_fault_of_ours_tells_where_and_not_what(
    where: str, fault: Callable[..., Any], verbose: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(where, fault)
    servers: dict[int, Server] = {587: Submission(offers=("AUTH LOGIN",), login=(b"334 VXNlcg==\r\n",) * 2)}
    if "_prove" in where or "stuffed" in where:
        servers = {587: Submission(says={"DATA": b"354 go\r\n"})}
    with hosted(servers, tmp_path) as mail:
        done = mail.smtp(f"{HOST}:587", *SENDING, *(["-v"] if verbose else []), timeout="3")
    assert (done.code, done.out) == (4, b"")
    assert "a fault of its own (Broken in _breaks" in done.err
    assert ("Traceback" in done.err or "File" in done.err) is verbose
    assert left_in(done) == []


@pytest.mark.parametrize("name", ["SCRAM-SHA-256", "SCRAM-SHA-1", "CRAM-MD5", "PLAIN"])
def test_a_mechanism_that_breaks_tells_nothing(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(FOR_PASSWORDS, name, _breaks_later)
    server = Submission(offers=(f"AUTH {name}",), login=(b"334 eA==\r\n",))
    with hosted({587: server}, tmp_path) as mail:
        done = mail.smtp(f"{HOST}:587", *USER, "-v", timeout="3")
    assert done.code == 4
    assert left_in(done) == []
