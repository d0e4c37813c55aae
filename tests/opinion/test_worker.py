"""The process that holds another's code makes no socket, starts nothing, and ends what takes too long."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from signal import SIGVTALRM, getsignal, signal

import pytest

from audit import contract
from audit.model.opinion import SecondOpinion, Stance
from audit.opinion import worker
from audit.opinion.worker import CRASHED, TIMEOUT, bounded
from tests.opinion.answers import consultation

ZONE = """
    story.example.         TXT  "v=spf1 a mx ptr:a.example include:a.example exp=b.example -all"
    story.example.         MX   10 mx.example.
    story.example.         A    192.0.2.1
    a.example.             TXT  "v=spf1 a:never.asked redirect=b.example"
    b.example.             TXT  "v=spf1 exists:%{i}.x.example exp=never.asked -all"
    _dmarc.story.example.  TXT  "v=DMARC1; p=none; rua=mailto:a@other.example,mailto:b@never.asked"
"""
WATCHED = """
import sys
seen = []
sys.addaudithook(lambda event, _: seen.append(event) if event.startswith("socket.") else None)
from audit.opinion import worker
worker.main(sys.stdin.buffer, sys.stdout.buffer)
{more}
made = sorted({{event for event in seen if event != "socket.gethostname"}})  # dnspython asks what we are called
print(made, file=sys.stderr)
"""


def run(code: str, *texts: str) -> tuple[list[SecondOpinion], str]:
    """Opinions from a process, and what it says on standard error."""
    asked = b"".join(contract.dump(consultation(text)) + b"\n" for text in texts)
    done = subprocess.run([sys.executable, "-c", code], input=asked, capture_output=True, check=True, timeout=120)
    return [contract.load(line, SecondOpinion) for line in done.stdout.splitlines()], done.stderr.decode()


def test_no_socket_is_made() -> None:
    """By an audit hook that was there first: not at the import, not by a question that evidence lacks."""
    silent = "story.example. TXT timeout\n_dmarc.story.example. TXT servfail"
    opinions, said = run(WATCHED.format(more=""), ZONE, silent, "")
    assert said == "[]\n"
    stances = [o.spf.stance for o in opinions if o.spf]
    assert stances == [Stance.VALID, Stance.COULD_NOT_ASK, Stance.MISSING]


def test_a_socket_would_be_noticed_and_refused() -> None:
    more = (
        "import socket\ntry:\n    socket.socket()\nexcept PermissionError as error:\n    print(error, file=sys.stderr)"
    )
    _, said = run(WATCHED.format(more=more))
    assert said.splitlines() == [
        "socket.__new__ is refused: a second opinion is of the evidence alone",
        "['socket.__new__']",
    ]


@contextmanager
def alarmed() -> Iterator[None]:
    before = getsignal(SIGVTALRM)
    signal(SIGVTALRM, worker._out_of_time)
    try:
        yield
    finally:
        signal(SIGVTALRM, before)


def test_what_takes_too_long_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    def endless(_: object) -> SecondOpinion:
        while True:
            try:
                sum(range(1000))
            except Exception:  # noqa: BLE001 -- as checkdmarc does
                continue

    monkeypatch.setattr(worker, "opinion_on", endless)
    with alarmed():
        assert bounded(consultation(""), 0.05) == TIMEOUT


def test_what_breaks_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: object) -> SecondOpinion:
        raise RecursionError

    monkeypatch.setattr(worker, "opinion_on", broken)
    assert bounded(consultation("")) == CRASHED
