"""Probes are for servers of one's own: nothing is said before a TXT record proves it, and DATA is never said."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.cli.command import mxaudit
from tests.cli.mail import HOST, ZONE, hosted
from tests.network.submission import Submission

TOKEN = "0123456789abcdef"
NAMES = (HOST, "one.test", "two.test")
PROVED = ZONE + "".join(f'_mxaudit.{name}. TXT "mxaudit-own={TOKEN}"\n' for name in NAMES)
RELAY = ("--probe", "relay", "--from", "probe@one.test", "--to", "probe@two.test")


@pytest.fixture(autouse=True)
def _token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MXAUDIT_OWN_TOKEN", TOKEN)


CASES: dict[str, tuple[tuple[str, ...], dict[str, bytes], str, str, str | None, int]] = {
    "relay, open": (RELAY, {}, "SMTP-OPENRELAY", "fail", "high", 1),
    "relay, closed": (RELAY, {"RCPT": b"554 5.7.1 Relay access denied\r\n"}, "SMTP-OPENRELAY", "pass", None, 0),
    "relay, later": (RELAY, {"RCPT": b"451 4.7.1 Greylisted\r\n"}, "SMTP-OPENRELAY", "unknown", None, 3),
    "relay, not from us": (
        RELAY,
        {"RCPT": b"554 5.7.1 Client host [192.0.2.1] blocked using zen.spamhaus.org\r\n"},
        "SMTP-OPENRELAY",
        "unknown",
        None,
        3,
    ),
    "relay, no such sender": (RELAY, {"MAIL": b"550 5.1.8 sender\r\n"}, "SMTP-OPENRELAY", "unknown", None, 3),
    "postmaster": (("--probe", "postmaster"), {}, "SMTP-POSTMASTER", "pass", None, 0),
    "no postmaster": (
        ("--probe", "postmaster"),
        {"RCPT": b"550 5.1.1 User unknown\r\n"},
        "SMTP-POSTMASTER",
        "fail",
        "low",
        1,
    ),
    "postmaster, not from us": (
        ("--probe", "postmaster"),
        {"RCPT": b"550 5.7.1 Client host blocked using zen.spamhaus.org\r\n"},
        "SMTP-POSTMASTER",
        "unknown",
        None,
        3,
    ),
    "vrfy, tells": (("--probe", "vrfy"), {"VRFY": b"250 <root@good.test>\r\n"}, "SMTP-VRFY", "fail", "low", 1),
    "vrfy, does not": (("--probe", "vrfy"), {"VRFY": b"252 2.0.0 postmaster\r\n"}, "SMTP-VRFY", "pass", None, 0),
    "vrfy, unknown": (("--probe", "vrfy"), {"VRFY": b"502 5.5.1 no\r\n"}, "SMTP-VRFY", "pass", None, 0),
    "vrfy, later": (("--probe", "vrfy"), {"VRFY": b"450 4.3.2 later\r\n"}, "SMTP-VRFY", "unknown", None, 3),
    "expn, tells": (("--probe", "expn"), {"EXPN": b"250 <root@good.test>\r\n"}, "SMTP-EXPN", "fail", "low", 1),
    "expn, does not": (("--probe", "expn"), {"EXPN": b"502 5.5.1 no\r\n"}, "SMTP-EXPN", "pass", None, 0),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_what_a_probe_shows(
    case: tuple[tuple[str, ...], dict[str, bytes], str, str, str | None, int], tmp_path: Path
) -> None:
    options, says, rule, result, severity, exit_code = case
    server = Submission(says=says)
    with hosted({25: server}, tmp_path, PROVED) as mail:
        code, told = mail.value(HOST, "--own", *options)
        text = mail.smtp(HOST, "--own", *options).out.decode()
    (dialogue,) = told["dialogues"]
    (probe,) = dialogue["probes"]
    assert (probe["rule"], probe["result"], probe["severity"]) == (rule, result, severity)
    assert probe["suspected"] is (rule == "SMTP-OPENRELAY" and result == "fail")
    assert (code, dialogue["port"]) == (exit_code, 25)
    assert f"{result} {rule}" in text
    assert not [word for word in server.heard if word.startswith(("DATA", "AUTH"))]
    assert server.heard[-1] == "QUIT"
    if "MAIL" not in says and options[1] in {"relay", "postmaster"}:
        assert "RSET" in server.heard


def test_all_at_once(tmp_path: Path) -> None:
    server = Submission(says={"RCPT": b"554 5.7.1 Relay access denied\r\n"})
    with hosted({25: server}, tmp_path, PROVED) as mail:
        _, told = mail.value(HOST, "--own", *RELAY, "--probe", "vrfy", "--probe", "expn", "--probe", "postmaster")
    assert [(p["rule"], p["result"]) for p in told["dialogues"][0]["probes"]] == [
        ("SMTP-OPENRELAY", "pass"),
        ("SMTP-POSTMASTER", "unknown"),
        ("SMTP-VRFY", "fail"),
        ("SMTP-EXPN", "fail"),
    ]
    assert "MAIL FROM:<probe@one.test>" in server.heard
    assert [w for w in server.heard if w.startswith("RCPT")] == [
        "RCPT TO:<probe@two.test>",
        "RCPT TO:<postmaster@one.test>",
    ]


@pytest.mark.parametrize("missing", NAMES)
def test_without_a_proof_of_each_name_nothing_is_said(missing: str, tmp_path: Path) -> None:
    zone = "".join(line for line in PROVED.splitlines(keepends=True) if not line.startswith(f"_mxaudit.{missing}."))
    server = Submission()
    with hosted({25: server}, tmp_path, zone) as mail:
        done = mail.smtp(HOST, "--own", *RELAY)
    assert (done.code, done.out, server.heard) == (2, b"", [])
    assert f'_mxaudit.{missing}. TXT "mxaudit-own={TOKEN}"' in done.err


def test_a_zone_that_does_not_answer_proves_nothing() -> None:
    options = ("--nameserver", "127.0.0.1:9", "--dns-timeout", "0.3")
    done = mxaudit("smtp", HOST, "--own", "--probe", "vrfy", *options)
    assert (done.code, done.out) == (2, b"")
    assert "could not be asked" in done.err


def test_a_token_is_made_for_who_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MXAUDIT_OWN_TOKEN")
    done = mxaudit("smtp", HOST, "--own", *RELAY)
    made = re.search(r"Set it to ([0-9a-f]{24}), and publish", done.err)
    assert (done.code, made is not None) == (2, True)
    for name in NAMES:
        assert f'_mxaudit.{name}. TXT "mxaudit-own={made[1] if made else ""}"' in done.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--probe", "vrfy"), "say so with --own"),
        (("--own",), "say what to probe"),
        (("--own", "--probe", "relay"), "needs --from"),
        (("--own", "--probe", "relay", "--from", "a@one.test"), "needs --from"),
        (("--own", "--probe", "relay", "--from", "a@one.test", "--to", "b@one.test"), "needs two domains"),
        (("--own", "--probe", "relay", "--from", "a@one.test", "--to", "b"), "take addresses"),
        (("--own", "--probe", "relay", "--from", "a@one.test", "--to", "b\r\nDATA@two.test"), "take addresses"),
        (("--own", *RELAY, "--user", "anna"), "goes without --user"),
        (("--own", *RELAY, "--send"), "goes without --user"),
        (("--own", "--probe", "everything"), "is not one of"),
    ],
)
def test_what_cannot_be_probed_is_a_sentence(arguments: tuple[str, ...], said: str) -> None:
    done = mxaudit("smtp", HOST, *arguments)
    assert (done.code, done.out, len(done.sentences)) == (2, b"", 1)
    assert said in done.err


def test_an_address_cannot_be_proved() -> None:
    done = mxaudit("smtp", "192.0.2.25", "--own", "--probe", "vrfy")
    assert (done.code, "needs the server's name" in done.err) == (2, True)


@pytest.mark.parametrize("token", ["short", "0123456789abcde", "0123456789abcdef!", "a" * 65])
def test_a_token_that_is_none(token: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MXAUDIT_OWN_TOKEN", token)
    done = mxaudit("smtp", HOST, "--own", "--probe", "vrfy")
    assert (done.code, "16 to 64 letters and digits" in done.err) == (2, True)
