"""`mxaudit smtp --tls-depth`: what a server's TLS takes beside the best, told in a section, and asked politely."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from audit.lab.pki import CertificateFault, credentials, der
from audit.model.hello import Offer
from tests.cli.mail import ADDRESS, HOST, ZONE, Hosted, hosted
from tests.network.smtpfault import FAULTS
from tests.network.submission import Submission
from tests.network.tls_answers import Answering
from tests.rules import pki
from tests.syntax.tls import flights

SAFE = flights.extension(0xFF01, b"\x00")
TODAY = {
    Offer.TLS12: flights.flight(0x0303, 0xC02B, flights.ecdhe(0x001D, scheme=0x0403), extensions=SAFE),
    Offer.POST_QUANTUM: flights.retry(0x11EC),
}
RC4, TRIPLE_DES, STATIC, DHE = 0x0005, 0x000A, 0x002F, 0x0033
OLD = {
    Offer.TLS11: flights.flight(0x0302, STATIC),
    Offer.TLS10: flights.flight(0x0301, STATIC),
    Offer.WEAK: flights.flight(0x0303, RC4),
    Offer.TRIPLE_DES: flights.flight(0x0303, TRIPLE_DES),
    Offer.STATIC: flights.flight(0x0303, STATIC),
    Offer.DHE: flights.flight(0x0303, DHE, flights.dhe(1024, scheme=0x0401)),
    Offer.TLS12: flights.flight(0x0303, STATIC),
    Offer.RSA: flights.flight(0x0303, 0xC02F, flights.ecdhe(0x001D, scheme=0x0401), chain=pki.of_rsa(HOST, 1024)),
}
OF_SESSION = {"TLS-VER-NO12", "TLS-VER-NO13"}
FULL = ("--tls-depth", "full")


@contextmanager
def server(
    folder: Path, answers: dict[Offer, bytes], *, port: int = 587, zone: str = ZONE, **more: Any
) -> Iterator[tuple[Hosted, Answering]]:
    """A server that is well but for its answers to offers. `first` replaces what holds the session."""
    implicit = port == 465
    first = more.pop("first", None) or Submission(implicit=implicit, says=more.pop("says", {}))
    made = Answering(answers, first, implicit=implicit, **more)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(FAULTS, "answering", made)
        with hosted({port: "answering"}, folder, zone) as mail:
            yield mail, made


def depth(told: dict[str, Any]) -> Any:
    (dialogue,) = told["dialogues"]
    return dialogue["tls"]["depth"]


def results(told: dict[str, Any]) -> dict[str, str]:
    return {f["rule"]: f["severity"] or f["result"] for f in depth(told)["rules"]}


WELL = {
    "CERT-OTHER-KEY": "not_applicable",
    "TLS-CIPHER-BAD": "pass",
    "TLS-CIPHER-NOFS": "pass",
    "TLS-COMPRESSION": "pass",
    "TLS-DH-BITS": "not_applicable",
    "TLS-PQ": "pass",
    "TLS-RENEG": "pass",
    "TLS-VER-10-11": "pass",
    "TLS-VER-NO12": "pass",
    "TLS-VER-NO13": "pass",
    "TLS-VER-SSL": "pass",
}
BAD = {
    **WELL,
    "CERT-OTHER-KEY": "low",
    "TLS-CIPHER-BAD": "medium",
    "TLS-CIPHER-NOFS": "low",
    "TLS-DH-BITS": "medium",
    "TLS-PQ": "info",
    "TLS-RENEG": "low",
    "TLS-VER-10-11": "low",
}


@pytest.mark.parametrize("port", [587, 465, 2526])
def test_a_server_that_is_well(port: int, tmp_path: Path) -> None:
    with server(tmp_path, TODAY, port=port) as (mail, answering):
        code, told = mail.value(f"{HOST}:{port}", *FULL, timeout="5")
    assert (code, told["ok"], results(told)) == (0, True, WELL)
    assert depth(told)["versions"] == ["TLSv1.3", "TLSv1.2"]
    assert depth(told)["connections"] == len(answering.offers)
    assert not answering.together
    assert "RSET" not in answering.heard


def test_what_is_old_and_weak_is_found_and_decides_nothing(tmp_path: Path) -> None:
    with server(tmp_path, OLD) as (mail, _):
        code, told = mail.value(f"{HOST}:587", *FULL, timeout="5")
    assert (code, told["ok"], results(told)) == (0, True, BAD)
    found = depth(told)
    assert found["versions"] == ["TLSv1.3", "TLSv1.2", "TLSv1.1", "TLSv1.0"]
    assert found["weak_suites"] == ["TLS_RSA_WITH_RC4_128_SHA", "TLS_RSA_WITH_3DES_EDE_CBC_SHA"]
    assert (found["static_suite"], found["dh_bits"]) == ("TLS_RSA_WITH_AES_128_CBC_SHA", [1024])
    assert (found["post_quantum"], found["secure_renegotiation"], found["compression"]) == (False, False, False)
    other = found["other_certificate"]
    assert (other["key"], other["names"]) == ("RSA 1024", [HOST])
    assert "weak-key@0 RSA 1024" in other["problems"]


@pytest.mark.parametrize("columns", [40, 80, 140])
def test_the_section_fits_and_names_the_rules(columns: int, tmp_path: Path) -> None:
    with server(tmp_path, OLD) as (mail, _):
        done = mail.smtp(f"{HOST}:587", *FULL, timeout="5", columns=columns)
    lines = done.out.decode().splitlines()
    assert (done.code, done.err) == (0, "")
    assert max(map(len, lines)) <= columns
    section = " ".join(" ".join(lines[next(n for n, line in enumerate(lines) if "TLS in depth" in line) :]).split())
    for part in (
        "versions no TLSv1.3, TLSv1.2, TLSv1.1, TLSv1.0 (TLS-VER-10-11, low)",
        "weak suites no RC4, 3DES: TLS_RSA_WITH_RC4_128_SHA, TLS_RSA_WITH_3DES_EDE_CBC_SHA (TLS-CIPHER-BAD, medium)",
        "static keys no TLS_RSA_WITH_AES_128_CBC_SHA (TLS-CIPHER-NOFS, low)",
        "Diffie-Hellman no 1024 bits (TLS-DH-BITS, medium)",
        "compression ok off",
        "renegotiation no not safe (TLS-RENEG, low)",
        "post-quantum no X25519MLKEM768 is refused (TLS-PQ, info)",
        f"other key no RSA 1024 for {HOST}, 20",
        "`mxaudit explain TLS-CIPHER-BAD` tells why that matters, and what to do.",
    ):
        assert part in section
    assert "before TLS" not in section


def test_at_standard_depth_two_offers_are_made(tmp_path: Path) -> None:
    with server(tmp_path, OLD) as (mail, answering):
        _, told = mail.value(f"{HOST}:587", "--tls-depth", "standard", timeout="5")
    assert answering.offers == [Offer.TLS11, Offer.WEAK]
    assert set(results(told)) == {"TLS-VER-10-11", "TLS-CIPHER-BAD", "TLS-VER-NO12", "TLS-VER-NO13"}
    assert depth(told)["level"] == "standard"


@pytest.mark.parametrize(
    ("rset", "result"), [(b"250 2.0.0 ok\r\n", "pass"), (b"530 5.7.0 Must issue a STARTTLS command first\r\n", "low")]
)
def test_where_servers_deliver_a_command_in_clear_is_to_be_taken(rset: bytes, result: str, tmp_path: Path) -> None:
    with server(tmp_path, TODAY, port=25, rset=rset) as (mail, answering):
        _, told = mail.value(f"{HOST}:25", *FULL, timeout="5")
    assert (results(told)["TLS-REQUIRED-25"], answering.heard.count("RSET")) == (result, 1)


# ---- how much is asked of whom -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("target", "options", "made"),
    [
        (f"{HOST}:587", (), True),
        (f"{HOST}:587", ("--quit-after", "ehlo_tls"), False),
        (f"{HOST}:587", ("--quit-after", "ehlo_tls", "--tls-depth", "full"), True),
        (f"{HOST}:587", ("--tls-depth", "session"), False),
        (HOST, (), False),
        (HOST, ("--tls-depth", "full"), False),
    ],
)
def test_only_a_port_that_is_named_is_looked_at_in_depth(
    target: str, options: tuple[str, ...], made: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.cli.mail.DEPTH", ("--tls-gap", "0"))
    with server(tmp_path, TODAY) as (mail, answering):
        code, told = mail.value(target, *options, timeout="5")
    assert code == 0
    assert bool(answering.offers) is made
    assert [d["tls"]["depth"] is not None for d in told["dialogues"] if d["tls"]] == [made]


@pytest.mark.parametrize(
    ("first", "zone", "host", "said"),
    [
        (Submission(says={"EHLO": b"421 4.7.0 too many\r\n"}, implicit=True), ZONE, HOST, "the server turned us away"),
        (
            Submission(fault=CertificateFault.WRONG_NAME, implicit=True),
            f"{ZONE}com. SOA a.com. admin.com. 1 1800 900 604800 86400\nsmtp.gmail.com. A {ADDRESS}\n",
            "smtp.gmail.com",
            "one of the few that a provider has for everybody",
        ),
    ],
    ids=["turned away", "a provider's"],
)
def test_who_is_spared(first: Submission, zone: str, host: str, said: str, tmp_path: Path) -> None:
    with server(tmp_path, TODAY, port=465, zone=zone, first=first) as (mail, answering):
        _, told = mail.value(f"{host}:465", *FULL, timeout="5")
        answering.sessions = 0
        done = mail.smtp(f"{host}:465", *FULL, timeout="5")
    assert (answering.offers, depth(told)) == ([], None)
    assert any(said in note for note in told["dialogues"][0]["notes"])
    assert b"TLS was not tried in depth" in done.out


def test_once_the_server_turns_us_away_it_is_left_alone(tmp_path: Path) -> None:
    with server(tmp_path, {}, greets=b"421 4.7.0 enough\r\n") as (mail, answering):
        code, told = mail.value(f"{HOST}:587", *FULL, timeout="5")
        assert (code, told["ok"]) == (0, True)
        assert (depth(told)["connections"], depth(told)["stopped"]) == (1, "smtp.tempfail")
        answering.first, answering.sessions = Submission(), 0
        done = mail.smtp(f"{HOST}:587", *FULL, timeout="5")
    assert answering.offers == []
    assert "No more was asked: The mail server asked us to come back later" in " ".join(done.out.decode().split())
    assert set(results(told).values()) == {"unknown", "pass"}


def test_a_server_without_tls_has_nothing_to_look_at(tmp_path: Path) -> None:
    with server(tmp_path, TODAY, first=Submission(starttls=False)) as (mail, answering):
        code, told = mail.value(f"{HOST}:587", *FULL, timeout="5")
    assert (code, told["dialogues"][0]["tls"], answering.offers) == (1, None, [])


# ---- what was told in confidence -----------------------------------------------------------------------------------

CANARY = "c4n4ry-passwort"


def test_a_server_that_says_the_password_later_is_not_repeated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MXAUDIT_SMTP_PASSWORD", CANARY)
    now = datetime.now(UTC)
    shown = credentials(f"{CANARY}.test", CertificateFault.NONE, now)
    answers = {Offer.RSA: flights.flight(0x0303, 0xC02F, chain=tuple(map(der, shown.chain)))}
    with server(tmp_path, answers, port=25, rset=f"530 {CANARY}\r\n".encode()) as (mail, answering):
        for how in ("-v", "--json"):
            answering.sessions = 0
            done = mail.smtp(f"{HOST}:25", "--user", "anna", *FULL, how, timeout="5", columns=300)
            assert done.code == 0
            assert CANARY not in done.out.decode() + done.err
            assert "•" in done.out.decode()


# ---- servers that break --------------------------------------------------------------------------------------------

BREAKING = (
    "tarpit",
    "flood",
    "drip",
    "silent",
    "binary",
    "tls_hang",
    "tls_drip",
    "tls_flood",
    "tls_garbage",
    "tls_reset",
)


@pytest.mark.parametrize("fault", BREAKING)
def test_a_server_that_breaks_afterwards_costs_little_and_decides_nothing(fault: str, tmp_path: Path) -> None:
    with server(tmp_path, TODAY, instead=FAULTS[fault]) as (mail, answering):
        began = time.monotonic()
        code, told = mail.value(f"{HOST}:587", *FULL, timeout="1")
        took = time.monotonic() - began
    assert (code, told["ok"], took < 10) == (0, True, True)
    assert {"fail", "pass"}.isdisjoint(f["result"] for f in depth(told)["rules"] if f["rule"] not in OF_SESSION)
    assert depth(told)["versions"] == ["TLSv1.3"]
    assert not answering.together


def test_who_has_no_patience_for_offers_is_told_what_the_dialogue_showed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("audit.cli.smtp.depth.offers_to", interrupted)
    with server(tmp_path, TODAY) as (mail, _):
        done = mail.smtp(f"{HOST}:587", *FULL)
    with server(tmp_path, TODAY) as (mail, _):
        code, told = mail.value(f"{HOST}:587", *FULL)
    text = done.out.decode()
    assert (done.code, code) == (130, 130)
    assert "It works. The server answers, and TLS holds" in text
    assert "TLS was not tried in depth to the end: that was interrupted." in text
    assert (depth(told), told["dialogues"][0]["notes"][-1]) == (
        None,
        "TLS was not tried in depth to the end: that was interrupted.",
    )
