"""`mxaudit smtp` against Postfix and Dovecot: logins by each mechanism, and what goes wrong most often."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from audit import contract
from tests.cli.command import mxaudit
from tests.cli.served import served
from tests.real.place import claimed
from tests.real.submission_host import (
    HOST,
    MECHANISMS,
    PASSWORD,
    USER,
    SubmissionHost,
    missing,
    submission_host,
)

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def host() -> Iterator[SubmissionHost]:
    if missing():
        reason = f"not here: {', '.join(missing())}"
        if os.environ.get("REQUIRE_REAL") == "1":
            pytest.fail(f"REQUIRE_REAL is set, but {reason}", pytrace=False)
        pytest.skip(reason)
    with TemporaryDirectory(prefix="mxaudit-real-") as name, claimed() as place:
        directory = Path(name)
        directory.chmod(0o755)
        with submission_host(directory, place) as found:
            yield found


def smtp(
    host: SubmissionHost, address: str, target: str, *more: str, password: str = PASSWORD
) -> tuple[int, dict[str, Any], str]:
    """What the command says: its exit code, its JSON, and its text."""
    zone = f"test. SOA a.test. admin.test. 1 1800 900 604800 86400\n{HOST}. A {address}\n"
    with pytest.MonkeyPatch.context() as patch, served(zone) as nameserver:
        patch.setenv("MXAUDIT_SMTP_PASSWORD", password)
        patch.delenv("MXAUDIT_SMTP_TOKEN", raising=False)
        options = ("--nameserver", nameserver, "--allow-net", "127.0.0.0/8", "--ca-file", str(host.ca_file))
        pace = ("--timeout", "10", "--tls-depth", "session", "--tls-gap", "0")
        asked = ("smtp", target, *options, "--ehlo", "client.example", *pace, *more)
        text, value = mxaudit(*asked, columns=80), mxaudit(*asked, "--json")
    for done in (text, value):
        assert done.err == ""
        assert password.encode() not in done.out
    contract.check("smtp", value.out)
    assert text.code == value.code
    return value.code, json.loads(value.out), " ".join(text.out.decode().split())


@pytest.mark.parametrize("mechanism", MECHANISMS)
@pytest.mark.parametrize("port", [465, 587])
def test_a_good_login(host: SubmissionHost, mechanism: str, port: int) -> None:
    code, told, text = smtp(host, host.good, f"{HOST}:{port}", "--user", USER, "--mechanism", mechanism)
    (dialogue,) = told["dialogues"]
    assert (code, dialogue["mechanism"], dialogue["stage"]) == (0, mechanism, "auth")
    assert f"It works. The login works ({mechanism})." in text
    assert not dialogue["offered_in_clear"] or not any("AUTH" in k for k in dialogue["offered_in_clear"])


def test_the_best_mechanism_is_chosen(host: SubmissionHost) -> None:
    _, told, _ = smtp(host, host.good, f"{HOST}:587", "--user", USER)
    assert told["dialogues"][0]["mechanism"] == "SCRAM-SHA-256"


@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_a_wrong_password(host: SubmissionHost, mechanism: str) -> None:
    code, told, text = smtp(
        host, host.good, f"{HOST}:587", "--user", USER, "--mechanism", mechanism, password="another-one"
    )
    (dialogue,) = told["dialogues"]
    assert (code, dialogue["stage"], dialogue["side"]) == (1, "auth", "ours")
    assert "It fails at AUTH. The login is refused: name or password is wrong" in text
    assert "1. Check name and password" in text
    (auth,) = (s for s in dialogue["stages"] if s["stage"] == "auth")
    assert auth["reply"]["code"] == 535


def test_an_expired_certificate(host: SubmissionHost) -> None:
    before = len(host.log.read_text())
    code, told, text = smtp(host, host.expired, f"{HOST}:587", "--user", USER)
    assert (code, told["dialogues"][0]["stage"], told["login_tried"]) == (1, "certificate", False)
    assert re.search(r"It fails at the certificate\. The certificate expired on 20\d\d-\d\d-\d\d\.", text)
    assert "1. Renew it" in text
    assert "The login was not sent" in text
    assert USER not in host.log.read_text()[before:]


def test_a_closed_port(host: SubmissionHost) -> None:
    code, told, text = smtp(host, host.good, f"{HOST}:2525")
    assert (code, told["dialogues"][0]["stage"]) == (1, "connect")
    assert f"Nobody listens on port 2525 of {HOST}. The cause lies on the server's side. 1. See that" in text


def test_no_starttls(host: SubmissionHost) -> None:
    code, told, text = smtp(host, host.plain, f"{HOST}:587", "--user", USER)
    assert (code, told["dialogues"][0]["stage"], told["login_tried"]) == (1, "starttls", False)
    assert "It fails at STARTTLS. The server offers no TLS" in text
    assert "The login was not sent: the server offers no TLS." in text


def test_a_message_is_sent_and_the_queue_id_told(host: SubmissionHost) -> None:
    code, told, text = smtp(host, host.good, f"{HOST}:465", "--user", USER, "--send", "--to", "bob@real.test")
    assert (code, told["dialogues"][0]["stage"]) == (0, "message")
    queued = re.search(r"The server has taken the message: 2\.0\.0 Ok: queued as ([0-9A-F]+)", text)
    assert queued is not None
    log = host.log.read_text()
    assert f"{queued[1]}: client=" in log
    assert f"sasl_username={USER}" in log


def test_without_a_login_nobody_sends(host: SubmissionHost) -> None:
    code, told, _ = smtp(host, host.good, HOST)
    assert code == 0
    assert [(d["port"], d["ok"]) for d in told["dialogues"]] == [(25, True), (465, True), (587, True), (2525, False)]
    assert [d["offered_in_tls"] != [] for d in told["dialogues"]] == [True, True, True, False]


@pytest.mark.parametrize(
    ("port", "option", "cause"),
    [
        (465, "--starttls", "The port begins with TLS, and was tried in clear"),
        (587, "--implicit-tls", "The port begins in clear, and was tried with TLS"),
    ],
)
def test_tls_the_wrong_way_round(host: SubmissionHost, port: int, option: str, cause: str) -> None:
    code, _, text = smtp(host, host.good, f"{HOST}:{port}", option, "--timeout", "3")
    assert code == 1
    assert cause in text


@pytest.mark.parametrize("port", [25, 465, 587])
def test_what_else_its_tls_takes(host: SubmissionHost, port: int) -> None:
    """Postfix refuses by an alert what it does not take, so that each question has its answer."""
    code, told, text = smtp(host, host.good, f"{HOST}:{port}", "--tls-depth", "full")
    assert (code, told["ok"]) == (0, True)
    found = told["dialogues"][0]["tls"]["depth"]
    assert found["versions"][:2] == ["TLSv1.3", "TLSv1.2"]
    assert not [r for r in found["rules"] if r["result"] == "unknown"]
    assert ("TLS-REQUIRED-25" in {r["rule"] for r in found["rules"]}) is (port == 25)
    assert f"TLS in depth ({found['connections']} more connections)" in text
