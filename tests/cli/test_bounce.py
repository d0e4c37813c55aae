"""`mxaudit bounce`, for people and for programs."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from audit import contract
from tests.cli.command import mxaudit
from tests.desk.bounce.samples import samples
from tests.report.sample import SAMPLE

LINE = b"From MAILER-DAEMON Tue Nov 17 10:12:31 2026\n"
MAILS = {s.name: s.mail for s in samples()}
CHOSEN = ("postfix-0", "qmail-4", "abuse-report", "vacation", "letter", "three-of-postfix")
MBOX = b"".join(LINE + MAILS[name] + b"\n" for name in CHOSEN)


def test_a_row_for_each_recipient_as_lines_of_json() -> None:
    done = mxaudit("bounce", "-", "--format", "jsonl", stdin=MBOX)
    assert (done.code, done.err) == (0, "")
    rows = [json.loads(line) for line in done.out.splitlines()]
    for line in done.out.splitlines():
        contract.check("bounce", line)
    assert [(r["source"], r["kind"], r["address"], r["class"], r["permanent"], r["suppress"]) for r in rows] == [
        ("-:1", "bounce", "nobody@shop.example", "hard-address", True, True),
        ("-:2", "bounce", "noe@qm5.example", "soft-system", False, False),
        ("-:3", "feedback", "angry@provider.example", None, None, True),
        ("-:4", "auto-reply", None, None, None, False),
        ("-:5", "none", None, None, None, False),
        ("-:6", "bounce", "a@one.example", "hard-address", True, True),
        ("-:6", "bounce", "b@two.example", "soft-mailbox", False, False),
        ("-:6", "bounce", "c@three.example", "content", True, False),
    ]
    assert [r["message_id"] for r in rows][-1] == "m1@news.example.org"
    assert (rows[0]["remote_host"], rows[0]["code"], rows[0]["enhanced_code"]) == ("mx.shop.example", 550, "5.1.1")


def test_reasons_have_the_names_of_sisimai_where_they_are_to() -> None:
    ours = mxaudit("bounce", "-", "--format", "jsonl", stdin=MBOX)
    theirs = mxaudit("bounce", "-", "--format", "jsonl", "--reasons", "sisimai", stdin=MBOX)
    pairs = [
        (json.loads(a)["reason"], json.loads(b)["reason"])
        for a, b in zip(ours.out.splitlines(), theirs.out.splitlines(), strict=True)
    ]
    assert pairs == [
        ("user-unknown", "userunknown"),
        ("unreached", "networkerror"),
        ("complaint", "feedback"),
        (None, None),
        (None, None),
        ("user-unknown", "userunknown"),
        ("mailbox-full", "mailboxfull"),
        ("spam", "spamdetected"),
    ]


def test_a_table_has_the_same_rows() -> None:
    done = mxaudit("bounce", "-", "--format", "csv", stdin=MBOX)
    rows = list(csv.DictReader(io.StringIO(done.out.decode())))
    assert [row["address"] for row in rows][:2] == ["nobody@shop.example", "noe@qm5.example"]
    assert [row["suppress"] for row in rows][:2] == ["true", "false"]
    assert len(rows) == 8


def test_no_cell_is_a_formula() -> None:
    mail = MAILS["qmail-0"].replace(b"Sorry, no mailbox here", b"=HYPERLINK(no mailbox here")
    done = mxaudit("bounce", "-", "--format", "csv", stdin=mail)
    (row,) = csv.DictReader(io.StringIO(done.out.decode()))
    assert row["reply"].startswith("'=")


def test_a_summary_says_what_to_do_first(tmp_path: Path) -> None:
    for name in ("postfix-0", "postfix-5", "exim-report-6", "spf"):
        (tmp_path / name).write_bytes(MAILS.get(name, MAILS["postfix-5"]))
    done = mxaudit("bounce", tmp_path, columns=100)
    text = done.out.decode()
    assert done.code == 0
    assert "4 mails: 4 came back." in text
    assert "1. authentication: 3 recipients" in text
    assert "2. user-unknown: 1 recipient" in text
    assert "Take 1 address off your lists" in text
    assert "`mxaudit explain" in text


def test_addresses_are_not_told_where_they_are_not_to_be() -> None:
    for form in ("text", "jsonl", "csv"):
        out = mxaudit("bounce", "-", "--redact", "--format", form, stdin=MBOX).out.decode()
        assert "nobody" not in out
        assert "angry@" not in out


def digests() -> list[str]:
    rows = map(json.loads, mxaudit("bounce", "-", "--redact", "--format", "jsonl", stdin=MBOX + MBOX).out.splitlines())
    return [row["address"] for row in rows if row["address"]]


def test_addresses_are_hidden_by_a_key_of_the_run_or_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MXAUDIT_REDACT_KEY", raising=False)
    one, two = digests(), digests()
    half = len(one) // 2
    assert one[:half] == one[half:]
    assert not set(one) & set(two)
    monkeypatch.setenv("MXAUDIT_REDACT_KEY", "0123456789abcdef")
    assert digests() == digests()
    monkeypatch.setenv("MXAUDIT_REDACT_KEY", "0123456789abcdeg")
    assert not {*digests()} & {*one, *two}


@pytest.mark.parametrize("command", [("bounce", "-", "--redact"), ("logs", "-")])
def test_a_key_that_could_be_guessed_is_refused(command: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MXAUDIT_REDACT_KEY", "short")
    done = mxaudit(*command, stdin=MBOX)
    assert (done.code, done.out) == (2, b"")
    assert "MXAUDIT_REDACT_KEY takes 16 characters" in done.err
    assert "short;" not in done.err


def test_a_mail_that_cannot_be_read_has_a_row_and_the_rest_goes_on(tmp_path: Path) -> None:
    (tmp_path / "1").write_bytes(b"\0\n\n\0")
    (tmp_path / "2").write_bytes(MAILS["postfix-0"])
    done = mxaudit("bounce", tmp_path, "--format", "jsonl")
    assert done.code == 3
    assert [json.loads(line)["kind"] for line in done.out.splitlines()] == ["unparseable", "bounce"]


@pytest.mark.parametrize("given", ["nowhere.mbox", "a\0b"])
def test_a_path_that_cannot_be_read_is_named(given: str) -> None:
    done = mxaudit("bounce", given)
    assert (done.code, done.out) == (2, b"")
    assert "cannot be read" in done.err


def test_nothing_moves_the_cursor() -> None:
    mail = MAILS["qmail-0"].replace(b"Sorry, no mailbox", b"\x1b[2J\xe2\x80\xaeno mailbox")
    for form in ("text", "jsonl", "csv"):
        out = mxaudit("bounce", "-", "--format", form, "--color", "never", stdin=mail).out
        assert b"\x1b" not in out
        assert "\u202e" not in out.decode()


def test_what_the_audit_found_at_the_sender_is_said(tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    report.write_bytes(contract.dump(SAMPLE))
    mail = MAILS["postfix-11"].replace(b"sender@news.example.org", b"sender@shop.example")
    joined = mxaudit("bounce", "-", "--report", report, stdin=mail, columns=100)
    assert (joined.code, joined.err) == (0, "")
    assert "The audit found: SPF-LOOKUPS at shop.example" in joined.out.decode()
    other = mxaudit("bounce", "-", "--report", report, stdin=MAILS["postfix-11"], columns=100)
    assert "The audit found" not in other.out.decode()
    assert "The audit tests it" in other.out.decode()


def test_what_is_no_report_is_refused(tmp_path: Path) -> None:
    (tmp_path / "report.json").write_text("{}")
    done = mxaudit("bounce", "-", "--report", tmp_path / "report.json", stdin=MBOX)
    assert done.code == 2
    assert "is not a report" in done.err
