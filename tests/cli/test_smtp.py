"""`mxaudit smtp`: the first screen names the cause and the next step, and a login goes where it should, once."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from audit.cli.smtp_script import script_of
from audit.lab.pki import CertificateFault
from audit.model.dialogue import Part
from tests.cli.command import mxaudit
from tests.cli.mail import ADDRESS, HOST, SECOND, ZONE, Server, hosted
from tests.network.submission import Submission

USER = ("--user", "anna@good.test")
PASSWORD = "c4n4ry-passwort"
REFUSED = b"535 5.7.8 Error: authentication failed: UGFzc3dvcmQ6\r\n"


@pytest.fixture(autouse=True)
def _password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MXAUDIT_SMTP_PASSWORD", PASSWORD)
    monkeypatch.delenv("MXAUDIT_SMTP_TOKEN", raising=False)


def screen(text: bytes, lines: int = 12) -> str:
    """The beginning of what is printed, on one line."""
    return " ".join(" ".join(text.decode().splitlines()[:lines]).split())


# ---- the first screen ---------------------------------------------------------------------------------------------

SCREENS: dict[str, tuple[Server | None, int, tuple[str, ...], str, str, str]] = {
    # server, port, options -> stage, cause, next step
    "wrong password": (
        Submission(login=(REFUSED,)),
        587,
        USER,
        "auth",
        "The login is refused: name or password is wrong",
        "Check name and password in the web mail",
    ),
    "account locked": (
        Submission(login=(b"535 5.7.8 account is locked\r\n",)),
        587,
        USER,
        "auth",
        "The account is locked or switched off",
        "wait",
    ),
    "app password": (
        Submission(login=(b"534 5.7.9 Application-specific password required\r\n",)),
        587,
        USER,
        "auth",
        "a program needs OAuth, or a password of its own",
        "app password",
    ),
    "login server down": (
        Submission(
            login=(b"454 4.7.0 Temporary authentication failure: Connection lost to authentication server\r\n",)
        ),
        587,
        USER,
        "auth",
        "The server cannot check logins at the moment.",
        "Dovecot, saslauthd",
    ),
    "expired": (
        Submission(fault=CertificateFault.EXPIRED),
        587,
        (),
        "certificate",
        "The certificate expired on 20",
        "Renew it",
    ),
    "expired, with a login": (
        Submission(fault=CertificateFault.EXPIRED),
        465,
        ("--starttls", *USER),
        "certificate",
        "The certificate expired on 20",
        "The login was not sent: the certificate does not prove who the server is.",
    ),
    "wrong name": (
        Submission(fault=CertificateFault.WRONG_NAME),
        587,
        (),
        "certificate",
        "not for smtp.good.test",
        "Use the name that the certificate has",
    ),
    "self-signed": (
        Submission(fault=CertificateFault.SELF_SIGNED),
        587,
        (),
        "certificate",
        "signed by itself",
        "--ca-file",
    ),
    "closed": (
        None,
        587,
        (),
        "connect",
        "Nobody listens on port 587 of smtp.good.test.",
        "See that the mail service runs",
    ),
    "no STARTTLS": (
        Submission(starttls=False, offers_in_clear=("AUTH PLAIN",)),
        587,
        USER,
        "starttls",
        "The server offers no TLS",
        "Give it a certificate",
    ),
    "STARTTLS that fails": (
        "tls_refused",
        587,
        (),
        "starttls",
        "offers STARTTLS, and then cannot do it: “4.7.0 TLS not available”",
        "Look into the server's log",
    ),
    "tarpit": ("tarpit", 587, (), "banner", "(a tarpit)", "blocklist"),
    "greet delay": ("silent", 587, (), "banner", "the server does not greet: silence for 1 second", "`--timeout`"),
    "TLS on a port that was tried in clear": (
        Submission(implicit=True),
        587,
        (),
        "banner",
        "The port begins with TLS, and was tried in clear",
        "`--implicit-tls`",
    ),
    "clear on a port that was tried with TLS": (
        Submission(),
        465,
        (),
        "tls",
        "The port begins in clear, and was tried with TLS: the server greeted with “220 smtp.good.test ESMTP",
        "`--starttls`",
    ),
    "a web server": ("http_banner", 587, (), "banner", "A web server answers on port 587", "Check host and port"),
    "an SSH server": ("ssh_banner", 587, (), "banner", "An SSH server answers on port 587", "Check host and port"),
    "TLS that hangs": ("tls_hang", 587, (), "tls", "TLS began and did not end within 1 second", "MTU"),
    "a reply that does not come": ("ehlo_silent", 587, (), "ehlo", "did not answer EHLO in 1 second", "filter"),
    "a blocklist": ("greet554", 25, (), "banner", "blocklist", "1."),
    "STARTTLS first": (
        Submission(login=(b"530 5.7.0 Must issue a STARTTLS command first\r\n",)),
        587,
        USER,
        "auth",
        "The server wants STARTTLS before anything else.",
        "Switch on STARTTLS",
    ),
}


@pytest.mark.parametrize("case", SCREENS.values(), ids=SCREENS)
def test_the_first_screen_names_the_cause_and_the_next_step(
    case: tuple[Server | None, int, tuple[str, ...], str, str, str], tmp_path: Path
) -> None:
    server, port, options, stage, cause, advice = case
    with hosted({port: server} if server else {}, tmp_path) as mail:
        done = mail.smtp(f"{HOST}:{port}", *options)
        code, told = mail.value(f"{HOST}:{port}", *options)
    shown = screen(done.out, 16)
    assert (done.code, done.err, code) == (1, "", 1)
    assert cause in shown
    assert advice in shown
    assert "It fails at" in shown
    (dialogue,) = told["dialogues"]
    assert (told["ok"], dialogue["ok"], dialogue["stage"]) == (False, False, stage)
    assert cause in dialogue["cause"]


PROVIDERS = [
    (
        "smtp.gmail.com",
        (
            b"535-5.7.8 Username and Password not accepted. For more information, go to\r\n"
            b"535 5.7.8  https://support.google.com/mail/?p=BadCredentials a640c23a62f3a-gsmtp\r\n"
        ),
        "Google refuses name and password.",
        "from 2022-05-30 on: “Less secure apps” is gone",
    ),
    (
        "smtp.gmail.com",
        (
            b"534-5.7.9 Application-specific password required. For more information, go to\r\n"
            b"534 5.7.9  https://support.google.com/mail/?p=InvalidSecondFactor a-gsmtp\r\n"
        ),
        "The account has two-step verification",
        "Looked up on 2026-",
    ),
    (
        "smtp.office365.com",
        b"535 5.7.139 Authentication unsuccessful, basic authentication is disabled. [AM0PR01CA0001]\r\n",
        "Logins with a password (basic authentication) are not taken any more.",
        "from 2026-12-31 on",
    ),
]


@pytest.mark.parametrize(("host", "reply", "cause", "dated"), PROVIDERS)
def test_what_a_provider_wants_today_comes_with_its_refusal(
    host: str, reply: bytes, cause: str, dated: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.network.submission.HOST", host)
    zone = f"{ZONE}com. SOA a.com. admin.com. 1 1800 900 604800 86400\n{host}. A {ADDRESS}\n"
    with hosted({587: Submission(login=(reply,))}, tmp_path, zone) as mail:
        code, told = mail.value(f"{host}:587", *USER)
    (dialogue,) = told["dialogues"]
    assert (code, dialogue["stage"]) == (1, "auth")
    assert cause in dialogue["cause"]
    assert any(dated.replace("“", '"').replace("”", '"') in text for text in dialogue["advice"])


@pytest.mark.parametrize(
    ("target", "cause"),
    [
        ("none.good.test:25", "none.good.test has no address."),
        ("absent.good.test:25", "There is no host absent.good.test"),
    ],
)
def test_a_name_that_leads_nowhere(target: str, cause: str, tmp_path: Path) -> None:
    with hosted({}, tmp_path) as mail:
        code, told = mail.value(target)
    assert (code, told["dialogues"][0]["stage"]) == (1, "resolve")
    assert cause in told["dialogues"][0]["cause"]


def test_a_resolver_that_is_not_there_is_a_sentence() -> None:
    done = mxaudit("smtp", f"{HOST}:25", "--nameserver", "127.0.0.1:9", "--dns-timeout", "0.5", columns=100)
    assert done.code == 1
    assert "The DNS does not answer for smtp.good.test: The DNS server could not be reached." in screen(done.out)
    assert b"dns.unreachable" not in done.out


# ---- what works ----------------------------------------------------------------------------------------------------


def test_a_server_that_works(tmp_path: Path) -> None:
    server = Submission(says={"DATA": b"354 go\r\n"})
    with hosted({587: server}, tmp_path) as mail:
        done = mail.smtp(f"{HOST}:587", *USER, "--send", "--to", "bob@good.test")
    assert done.code == 0
    assert "It works. The server has taken the message: 2.0.0 Ok: queued as 4ABCDEF" in screen(done.out)
    text = [line for line in server.heard if line.startswith("|")]
    assert "| Auto-Submitted: auto-generated" in text
    assert any(re.fullmatch(r"\| X-Mxaudit-Run: [0-9a-f]{12}", line) for line in text)


@pytest.mark.parametrize("stage", [str(p) for p in Part if str(p) not in {"resolve", "helo", "rset", "vrfy", "expn"}])
@pytest.mark.parametrize("implicit", [False, True])
def test_it_quits_after_each_stage(stage: str, implicit: bool, tmp_path: Path) -> None:
    port = 465 if implicit else 587
    server = Submission(implicit=implicit, says={"DATA": b"354 go\r\n"})
    with hosted({port: server}, tmp_path) as mail:
        code, told = mail.value(
            f"{HOST}:{port}", *USER, "--send", "--to", "bob@good.test", "--quit-after", stage, timeout="5"
        )
    done = [s["stage"] for s in told["dialogues"][0]["stages"] if s["stage"] not in {"quit", "certificate", "rset"}]
    if implicit and stage in {"starttls", "ehlo_tls"}:
        stage = "ehlo"  # with TLS from the start these are not
    last = {"certificate": "tls", "quit": "message", "data": "message"}.get(stage, stage)
    assert (code, done[-1]) == (0, last)
    assert told["login_tried"] is (True if "auth" in done else None)


@pytest.mark.parametrize("columns", [40, 80, 140])
def test_it_fits_the_terminal(columns: int, tmp_path: Path) -> None:
    with hosted({587: Submission(login=(REFUSED,)), 25: "greet554"}, tmp_path) as mail:
        for target in (f"{HOST}:587", HOST):
            done = mail.smtp(target, *USER, "-v", columns=columns)
            assert max(map(len, done.out.decode().splitlines())) <= columns


def test_what_a_server_says_moves_no_cursor(tmp_path: Path) -> None:
    with hosted({587: "html_banner"}, tmp_path) as mail:
        done = mail.smtp(f"{HOST}:587", "-v")
    assert b"<script>" in done.out
    assert not {"\x1b", "\u202e"} & set(done.out.decode())


def test_a_login_is_refused_and_the_other_ways_are_named_not_tried(tmp_path: Path) -> None:
    server = Submission(offers=("AUTH PLAIN LOGIN CRAM-MD5",), offers_in_clear=("AUTH PLAIN",), login=(REFUSED,))
    with hosted({587: server}, tmp_path) as mail:
        _, told = mail.value(f"{HOST}:587", *USER)
    notes = " ".join(told["dialogues"][0]["notes"])
    assert "The server offers CRAM-MD5, LOGIN as well. That was not tried" in notes
    assert "In clear it offers PLAIN to log in, within TLS CRAM-MD5, LOGIN, PLAIN." in notes
    assert sum(line.startswith("AUTH") for line in server.heard) == 1


# ---- several ports -------------------------------------------------------------------------------------------------


def test_without_a_port_four_are_compared_and_the_login_is_said_once(tmp_path: Path) -> None:
    servers: dict[int, Server] = {25: Submission(), 465: Submission(implicit=True), 587: Submission()}
    with hosted(servers, tmp_path) as mail:
        code, told = mail.value(HOST, *USER)
        heard = {port: [w for w in mail.heard(port) if w.startswith("AUTH")] for port in servers}
    assert (code, told["ok"], told["login_tried"]) == (0, True, True)
    assert [(d["port"], d["ok"], d["mechanism"]) for d in told["dialogues"]] == [
        (25, True, None),
        (465, True, "PLAIN"),
        (587, True, None),
        (2525, False, None),
    ]
    assert {port: len(words) for port, words in heard.items()} == {25: 0, 465: 1, 587: 0}


def test_a_login_that_is_refused_at_one_port_is_not_said_at_the_next(tmp_path: Path) -> None:
    servers: dict[int, Server] = {465: Submission(implicit=True, login=(REFUSED,)), 587: Submission()}
    with hosted(servers, tmp_path) as mail:
        code, _ = mail.value(HOST, *USER)
        assert code == 1
        assert not [w for w in mail.heard(587) if w.startswith("AUTH")]


def test_a_login_that_was_nowhere_tried_is_no_success(tmp_path: Path) -> None:
    with hosted({25: Submission()}, tmp_path) as mail:
        done = mail.smtp(HOST, *USER)
        code, told = mail.value(HOST, *USER)
    assert (done.code, code, told["login_tried"], told["dialogues"][0]["ok"]) == (1, 1, False, True)
    assert "The login was not tried" in screen(done.out)


def test_both_families_are_tried_and_the_login_is_said_to_one(tmp_path: Path) -> None:
    zone = f"{ZONE}two.good.test. A {ADDRESS}\ntwo.good.test. AAAA 2001:db8:25::25\n"
    server = Submission()
    with hosted({587: server}, tmp_path, zone) as mail:
        mail.options += ["--allow-net", "2001:db8:25::/64"]
        mail.options += ["--connect-to", f"[2001:db8:25::25]:587:127.0.0.1:{mail.mail.ports['at 587']}"]
        _, told = mail.value("two.good.test:587", *USER)
        assert [d["address"] for d in told["dialogues"]] == [ADDRESS, "2001:db8:25::25"]
        _, told = mail.value("two.good.test:587", "-6")
        assert [d["address"] for d in told["dialogues"]] == ["2001:db8:25::25"]
    assert not [w for w in server.heard if w.startswith("AUTH")]  # the certificate is for another name


def test_of_a_domain_the_servers_are_found(tmp_path: Path) -> None:
    zone = f"""{ZONE}good.test. MX 10 mx.good.test.
mx.good.test. A {SECOND}
_submission._tcp.good.test. SRV 0 1 587 {HOST}.
_submissions._tcp.good.test. SRV 0 1 465 {HOST}.
"""
    servers: dict[int, Server] = {25: Submission(), 465: Submission(implicit=True), 587: Submission()}
    with hosted(servers, tmp_path, zone, (ADDRESS, SECOND)) as mail:
        _, told = mail.value("good.test")
    assert [(d["host"], d["port"], d["implicit_tls"]) for d in told["dialogues"]] == [
        (HOST, 465, True),
        (HOST, 587, False),
        ("mx.good.test", 25, False),
    ]


@pytest.mark.parametrize(("domain", "tried"), [("good.test", True), ("shop.test", False)])
def test_a_login_is_not_sent_where_only_the_dns_leads(domain: str, tried: bool, tmp_path: Path) -> None:
    zone = f"{ZONE}_submission._tcp.{domain}. SRV 0 1 587 {HOST}.\n"
    server = Submission()
    with hosted({587: server}, tmp_path, zone) as mail:
        code, told = mail.value(domain, *USER)
        assert (told["login_tried"], told["dialogues"][0]["host"]) == (tried, HOST)
        assert (code == 0) is tried
        assert any(word.startswith("AUTH") for word in server.heard) is tried
        if not tried:
            assert "name that host yourself" in screen(mail.smtp(domain, *USER, columns=100).out, 30)


# ---- where the secret comes from -----------------------------------------------------------------------------------


def test_the_password_comes_from_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "secret").write_text("from-a-file\nsecond line\n")
    server = Submission()
    with hosted({587: server}, tmp_path) as mail:
        assert mail.smtp(f"{HOST}:587", *USER, "--password-file", str(tmp_path / "secret")).code == 0
    (said,) = (w for w in server.heard if w.startswith("AUTH"))
    assert base64.b64decode(said.split()[2]) == b"\0anna@good.test\0from-a-file"


def test_the_password_is_asked_for_at_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def ask(prompt: str) -> str:
        asked.append(prompt)
        return "typed"

    given = dict.fromkeys(
        ("sender", "send", "quit_after", "mechanism", "password_file", "token_file", "probes", "recipients")
    )
    monkeypatch.delenv("MXAUDIT_SMTP_PASSWORD")
    monkeypatch.setattr("getpass.getpass", ask)
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    script = script_of({**given, "user": "anna@good.test\u202e", "recipients": ()})
    assert script.credential is not None
    assert script.credential.secret.reveal() == "typed"
    assert asked == ["Password of anna@good.test\\u{202e}: "]


def test_a_token_comes_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("ya29.token")
    server = Submission(offers=("AUTH PLAIN XOAUTH2",))
    with hosted({587: server}, tmp_path) as mail:
        assert mail.smtp(f"{HOST}:587", *USER, "--token-file", str(tmp_path / "token")).code == 0
    (said,) = (w for w in server.heard if w.startswith("AUTH"))
    assert base64.b64decode(said.split()[2]) == b"user=anna@good.test\x01auth=Bearer ya29.token\x01\x01"


def test_the_command_line_takes_no_password() -> None:
    for option in ("--password", "--token", "--pass"):
        done = mxaudit("smtp", f"{HOST}:587", *USER, option, "hunter2")
        assert done.code == 2
        assert "hunter2" not in done.err


# ---- what is refused -----------------------------------------------------------------------------------------------

SendFile = Callable[[Path], list[str]]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["-x-"], "No such option"),
        (["bad host"], "is no host"),
        ([f"{HOST}:0"], "is no port"),
        ([f"{HOST}:65536"], "is no port"),
        ([f"{HOST}:smtp"], "is no port"),
        (["[2001:db8::1:587"], "lacks a bracket"),
        ([HOST, "--implicit-tls"], "are about one port"),
        ([f"{HOST}:587", "--from", "a@b.test"], "log in with --user"),
        ([f"{HOST}:587", "--send"], "log in with --user"),
        ([f"{HOST}:587", "--user", "anna", "--send", "--to", "b@c.test"], "--from ADDRESS"),
        ([f"{HOST}:587", *USER, "--send"], "--send needs --to"),
        ([f"{HOST}:587", *USER, "--send", "--to", "a b@c.test"], "take addresses such as"),
        ([f"{HOST}:587", *USER, "--to", "a@b\r\nRCPT TO:<x@y>"], "take addresses such as"),
        ([f"{HOST}:587", "--mechanism", "PLAIN"], "needs --user"),
        ([f"{HOST}:587", "--mechanism", "GSSAPI", *USER], "is not one of"),
        ([f"{HOST}:587", "--user", "a\nb"], "without control characters"),
        ([f"{HOST}:587", "--user", "a" * 400], "without control characters"),
        ([f"{HOST}:587", "--quit-after", "lunch"], "is not one of"),
        ([f"{HOST}:587", "--nameserver", "x"], "--nameserver takes"),
        ([f"{HOST}:587", "--ehlo", "a b"], "--ehlo takes"),
        ([f"{HOST}:587", "--ca-file", "/dev/null/none"], "--ca-file"),
        ([f"{HOST}:587", "--password-file", "/nowhere/at/all", *USER], "does not exist"),
    ],
)
def test_what_cannot_be_done_is_a_sentence(arguments: list[str], said: str) -> None:
    done = mxaudit("smtp", *arguments)
    assert (done.code, done.out) == (2, b"")
    assert len(done.sentences) == 1
    assert said in done.err


def test_without_a_password_nothing_is_dialled(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("MXAUDIT_SMTP_PASSWORD")
    server = Submission()
    with hosted({587: server}, tmp_path) as mail:
        done = mail.smtp(f"{HOST}:587", *USER)
    assert (done.code, server.heard) == (2, [])
    assert "set MXAUDIT_SMTP_PASSWORD" in done.err


@pytest.mark.parametrize("content", [b"", b"\n", b"a" * 20000, b"\xff\xfe\n"])
def test_a_file_without_a_secret_is_a_sentence(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(content)
    done = mxaudit("smtp", f"{HOST}:587", *USER, "--password-file", tmp_path / "secret")
    assert (done.code, len(done.sentences)) == (2, 1)
    assert "first line" in done.err


def test_a_password_with_a_nul_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"s3cr\0et")
    done = mxaudit("smtp", f"{HOST}:587", *USER, "--password-file", tmp_path / "secret")
    assert (done.code, len(done.sentences), "holds a NUL" in done.err, "s3cr" in done.err) == (2, 1, True, False)


def test_an_internal_address_is_not_dialled() -> None:
    done = mxaudit("smtp", "127.0.0.1:25")
    assert done.code == 1
    assert "It was not tried: the address that you gave is an internal one" in screen(done.out)
    assert "DNS record" not in screen(done.out)
