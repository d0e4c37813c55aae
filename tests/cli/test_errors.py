"""What cannot be understood ends with exit code 2, one sentence, and a suggestion where one can be guessed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from audit import __version__
from audit.cli import terminal
from audit.cli.group import SENTENCES, loaded
from audit.pipeline import flow, journal
from audit.pipeline.exits import Exit
from audit.report import pen
from tests.cli.command import mxaudit

COMMANDS = tuple(SENTENCES)
NOBODY = ("--nameserver", "127.0.0.1:9")  # closed: what goes on in spite of an error is soon over


@pytest.fixture
def listed(tmp_path: Path) -> Path:
    path = tmp_path / "list.txt"
    path.write_text("one.example\n", "utf-8")
    return path


def test_the_help_of_the_group_names_every_exit_code_and_command() -> None:
    done = mxaudit("--help")
    shown = done.out.decode()
    said = " ".join(shown.split())
    assert done.code == 0
    assert done.err == ""
    for code in Exit:
        assert any(f"{before}{code.value} " in said for before in (": ", "; "))
    assert all(f" {name} " in shown for name in COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize("flag", ["--help", "-h"])
def test_each_command_explains_itself_and_its_options(name: str, flag: str) -> None:
    done = mxaudit(name, flag)
    assert (done.code, done.err) == (0, "")
    shown = done.out.decode()
    for parameter in loaded(name).params:
        if isinstance(parameter, click.Option):
            assert max(parameter.opts, key=len) in shown


@pytest.mark.parametrize("words", [*((name,) for name in COMMANDS), ("spf", "check"), ("spf", "plan")], ids=" ".join)
@pytest.mark.parametrize("columns", [40, 60, 80, 140])
def test_help_cuts_no_name_off_in_any_terminal(words: tuple[str, ...], columns: int) -> None:
    done = mxaudit(*words, "--help", columns=columns)
    assert (done.code, done.err) == (0, "")
    shown = done.out.decode()
    command = loaded(words[0])
    for word in words[1:]:
        assert isinstance(command, click.Group)
        command = command.commands[word]
    names = [name for p in command.params if isinstance(p, click.Option) for name in p.opts]
    below = [*command.commands] if isinstance(command, click.Group) else []
    split = "".join(line.strip(" │") for line in shown.splitlines())  # a table may part a long name, as it must
    assert [name for name in (*names, *below) if name not in (split if columns >= 60 else shown)] == []


@pytest.mark.parametrize("name", COMMANDS)
def test_the_list_of_commands_has_the_first_sentences_of_their_help(name: str) -> None:
    command = loaded(name)
    assert command.name == name
    assert " ".join((command.help or "").split("\n\n")[0].split()) == SENTENCES[name]


@pytest.mark.parametrize("argument", ["--version", "--help"])
def test_what_needs_no_command_loads_none(argument: str) -> None:
    script = (
        f"import sys; sys.argv[1:] = [{argument!r}]\n"
        "from audit.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print(*sorted(m for m in sys.modules if m.startswith('audit.')), file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    light = {"cli", "cli.ending", "pipeline", "pipeline.exits"}
    if argument == "--help":
        light |= {"cli.group", "cli.terminal", "cli.examples", "cli.sections", "syntax", "syntax.escape"}
    assert {name.removeprefix("audit.") for name in done.stderr.split()} == light


def test_a_run_begins_without_what_only_a_person_s_error_needs() -> None:
    script = "import sys, audit.cli.gather, audit.cli.run; print('jsonschema' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_the_version_is_the_package_s_own() -> None:
    done = mxaudit("--version")
    assert (done.code, done.out.decode(), done.err) == (0, f"mxaudit, version {__version__}\n", "")


def test_help_turns_plain_where_reports_do() -> None:
    assert terminal.ROOMY == pen.ROOMY


def test_without_a_command_the_help_is_shown_and_nothing_is_done() -> None:
    done = mxaudit()
    assert done.code == 2
    assert "Exit codes" in done.out.decode() + done.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("chek",), "Did you mean one of: 'check'"),
        (("run", "--no-stmp"), "--no-smtp"),
        (("run", "--fail-on", "hihg"), "'high'"),
        (("run", "--concurrency", "0"), "1<=x<=1000"),
        (("run", "--max-unknown", "101"), "0<=x<=100"),
        (("run", "--smtp-port", "65536"), "65535"),
        (("run", "--timeout", "soon"), "not a valid float"),
        (("check",), "DOMAIN"),
        (("schema", "reports"), "'report'"),
        (("schema",), "Choose from: evidence, hosts, report, catalog, smtp, waivers, base"),
        (("run", "-"), "mxaudit: standard input names no domain: write one a line.\n"),
        (("judge", "/nowhere"), "does not exist"),
        (("render", "/nowhere", "-o", "md=-"), "does not exist"),
        (("validate", "/nowhere"), "does not exist"),
        (("run", "--nameserver", "resolver.example"), "such as 127.0.0.1:5335, not “resolver.example”"),
        (("run", "--nameserver", "127.0.0.1:0"), "--nameserver"),
        (("run", "--nameserver", "127.0.0.1:65536"), "--nameserver"),
        (("run", "--nameserver", "[::1"), "--nameserver"),
        (("run", "--nameserver", "127.0.0.1\u0660"), "--nameserver"),
        (("run", "--connect-to", "mx.example:25:127.0.0.1:2525"), "such as 203.0.113.10:25:127.0.0.1:2525"),
        (("run", "--connect-to", "203.0.113.10:25"), "--connect-to"),
        (("run", "--connect-to", "2001:db8::1:25:127.0.0.1:25"), "--connect-to"),
        (("run", "--allow-net", "10.1.2.3/8"), "has host bits set"),
        (("run", "--allow-net", "everything"), "such as 10.1.0.0/16"),
        (("run", "--profile", "basline"), "did you mean 'baseline'?"),
        (("run", "--dnsbl", "dnsbl.sorbs.net"), "is dead since 2024-06-05"),
        (("run", "--dnsbl", "spamhaus-zem"), "spamhaus-ze"),
        (("run", "--dnsbl", ""), "for none at all: --dnsbl none\n"),
        (("doctor", "--dnsbl", " , "), "for none at all: --dnsbl none\n"),
        (("run", "--ehlo", "me\r\nRCPT TO:<x>"), "me\\x0d\\x0aRCPT"),
        (("run", "--canary", "127.0.0.1"), "--canary"),
        (("run", "--history", "/nowhere"), "does not exist"),
        (("run", "--history", "domains.txt"), "domains.txt, line 1: "),
        (("check", "one.example", "--history", "."), "evidence.jsonl: No such file or directory."),
        (("run", "--now", "yesterday"), "such as 2026-11-24T12:00:00Z"),
        (("run", "--now", "2026-02-30T00:00:00Z"), "--now"),
        (("run", "--now", "2026-12-31T23:59:60Z"), "--now"),
        (("run", "--now", "0001-01-01T00:00:00+14:00"), "--now"),
        (("demo", "--now", "9999-12-31T23:59:59-14:00"), "--now"),
        (("run", "-o", "htlm=x"), "Did you mean html?"),
        (("run", "-o", "pdf=x"), "There are json, html"),
        (("run", "-o", "html"), "-o takes FORMAT=PATH"),
        (("run", "-o", "html="), "-o takes FORMAT=PATH"),
        (("run", "-o", "md=-", "-o", "text=-"), "Only one format"),
        (("run", "/nowhere/list.txt"), "/nowhere/list.txt cannot be read: No such file or directory."),
        (("run", "."), ". cannot be read: Is a directory."),
        (("run", "list.txt"), "list.txt cannot be read: No such file or directory.\n"),
        (("run", "Bücher.com"), "For a domain instead of a list: mxaudit check xn--bcher-kva.com\n"),
        (("gather", "good.co.uk"), "For a domain instead of a list: mxaudit check good.co.uk\n"),
    ],
    ids=lambda v: " ".join(v)[:50].encode("unicode_escape").decode() if isinstance(v, tuple) else "",
)
def test_what_cannot_be_understood_is_refused_in_a_sentence(
    arguments: tuple[str, ...], said: str, listed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(listed.parent)
    listed.rename("domains.txt")
    done = mxaudit(*arguments)
    assert (done.code, done.out) == (2, b"")
    assert said in done.err
    assert done.err.startswith("mxaudit: ")
    assert done.err.count("\n") == 1
    assert "Traceback" not in done.err
    assert [p.name for p in Path().iterdir()] == ["domains.txt"]


@pytest.mark.parametrize("command", ["run", "gather"])
@pytest.mark.parametrize("content", [b"", b"\n  \n", b"# nothing yet\n", b"\xef\xbb\xbf"])
def test_an_empty_list_is_an_error(tmp_path: Path, command: str, content: bytes) -> None:
    listed = tmp_path / "list.txt"
    listed.write_bytes(content)
    done = mxaudit(command, listed, "--out-dir", tmp_path / "out")
    assert done.code == 2
    assert done.err == f"mxaudit: {listed} names no domain: write one a line.\n"
    assert not (tmp_path / "out").exists()


def test_without_a_list_the_default_is_explained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    done = mxaudit("run")
    assert done.code == 2
    assert "Name your list, or write domains.txt: a domain a line." in done.err


def test_no_name_on_the_command_line_can_move_the_cursor(tmp_path: Path) -> None:
    done = mxaudit("run", tmp_path / "\x1b[2J\u202e.txt")
    assert done.code == 2
    assert done.err.removesuffix("\n").isprintable()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "line 1, column 1: there is no DS and no DNSKEY record."),
        ("; the root\n. IN DS 20326 8 2 00\n", "line 2, column 9: this cannot be read as the data of a DS record."),
        ("x" * 70_000, "is longer than 64 KiB"),
    ],
)
def test_a_file_without_trust_anchors_is_refused_with_the_place(
    tmp_path: Path, listed: Path, text: str, said: str
) -> None:
    file = tmp_path / "anchors"
    file.write_text(text)
    done = mxaudit("run", listed, "--trust-anchor", file)
    assert done.code == 2
    assert said in done.err


@pytest.mark.parametrize("text", ["", "no certificate", "-----BEGIN CERTIFICATE-----\nA===\n-----END CERTIFICATE-----"])
def test_a_ca_file_without_certificates_is_refused(tmp_path: Path, listed: Path, text: str) -> None:
    pem = tmp_path / "ca.pem"
    pem.write_text(text, "utf-8")
    done = mxaudit("run", listed, "--ca-file", pem)
    assert done.code == 2
    assert "certificate" in done.err


@pytest.mark.parametrize(
    ("place", "why"),
    [("taken/below", "Not a directory"), ("/proc/nothing", "No such file or directory")],
)
@pytest.mark.parametrize("command", ["run", "gather"])
def test_a_place_that_takes_no_files_is_our_code_4(
    tmp_path: Path, listed: Path, command: str, place: str, why: str
) -> None:
    (tmp_path / "taken").touch()
    done = mxaudit(command, listed, *NOBODY, "--out-dir", tmp_path / place)
    assert (done.code, done.out) == (4, b"")
    assert f"cannot be written: {why}." in done.err
    assert done.err.count("\n") == 1


@pytest.mark.parametrize("name", ["evidence.jsonl", "hosts.jsonl"])
def test_a_full_disk_ends_the_run_with_what_is_the_matter(
    tmp_path: Path, listed: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"

    def full(path: Path, flags: int, mode: int) -> int:
        return os.open("/dev/full" if path.name == name else path, flags, mode)

    monkeypatch.setattr(journal, "opened", full)
    done = mxaudit("run", listed, *NOBODY, "--out-dir", out, "--dns-timeout", "1")
    if name == "hosts.jsonl":  # nobody was visited, so nothing is written there but an end
        assert done.code in (3, 4)
    else:
        assert done.code == 4
        assert "cannot be written: No space left on device." in done.err
        assert not (out / "report.json").exists()


def test_a_rendering_that_cannot_be_written_names_its_place(tmp_path: Path, listed: Path) -> None:
    done = mxaudit("run", listed, *NOBODY, "--out-dir", tmp_path / "out", "-o", f"md={tmp_path}", "--dns-timeout", "1")
    assert done.code == 4
    assert done.err == f"mxaudit: {tmp_path} cannot be written: Is a directory.\n"
    assert not list(tmp_path.parent.glob(".mxaudit-*"))


def test_a_fault_of_ours_is_a_sentence_and_with_v_a_trace(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, listed: Path
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise KeyError("x")

    monkeypatch.setattr(flow, "gather_list", broken)
    short = mxaudit("run", listed, *NOBODY, "--out-dir", tmp_path)
    assert short.code == 4
    assert short.err.startswith("mxaudit: a fault of its own (KeyError in broken, line ")
    assert short.err.count("\n") == 1
    long = mxaudit("run", listed, *NOBODY, "--out-dir", tmp_path, "-v")
    assert long.code == 4
    assert "in gather_into" in long.err


def test_the_schemas_are_printed_as_they_are_published() -> None:
    for name in ("evidence", "hosts", "report", "catalog"):
        done = mxaudit("schema", name)
        assert (done.code, done.err) == (0, "")
        assert done.out == (Path(__file__).parents[2] / "schemas" / f"{name}.json").read_bytes()
        assert json.loads(done.out)["$schema"]


PRINTED = (
    ("rules",),
    ("rules", "--json"),
    ("explain", "SPF-LOOKUPS"),
    ("schema", "report"),
    ("--help",),
    ("--version",),
    ("run", "--help"),
    (),
    ("spf",),
)


def ended(words: tuple[str, ...], **streams: object) -> subprocess.CompletedProcess[bytes]:
    """The command in a process of its own, with streams of its own."""
    command = [sys.executable, "-m", "audit", *words]
    return subprocess.run(command, **{"stderr": subprocess.PIPE, **streams}, check=False)  # type: ignore[call-overload,no-any-return]


@pytest.fixture
def unread() -> Iterator[int]:
    """A pipe that nobody reads any more."""
    reader, writer = os.pipe()
    os.close(reader)
    yield writer
    os.close(writer)


@pytest.mark.parametrize("words", PRINTED, ids=" ".join)
def test_who_has_read_enough_hears_no_more_and_never_of_a_finding(words: tuple[str, ...], unread: int) -> None:
    done = ended(words, stdout=unread)
    assert (done.returncode, done.stderr) == (141, b"")


@pytest.mark.parametrize("words", PRINTED, ids=" ".join)
def test_output_that_has_no_room_is_our_code_4_and_said_once(words: tuple[str, ...]) -> None:
    with open("/dev/full", "wb") as full:
        done = ended(words, stdout=full)
    assert done.returncode == 4
    assert done.stderr.startswith(b"mxaudit: standard output cannot be ")
    assert done.stderr.endswith(b": No space left on device.\n")
    assert done.stderr.count(b"\n") == 1


@pytest.mark.parametrize(("words", "code"), [(("nonsense",), 2), (("check", "a..b", *NOBODY), 2)], ids=["", "check"])
def test_the_code_is_true_also_where_nothing_can_be_said(words: tuple[str, ...], code: int, unread: int) -> None:
    with open("/dev/full", "wb") as full:
        assert ended(words, stdout=subprocess.PIPE, stderr=full).returncode == code
    assert ended(words, stdout=subprocess.PIPE, stderr=unread).returncode == code


@pytest.mark.parametrize(("words", "code"), [(("rules",), 0), (("nonsense",), 2), (("run", "-"), 2)])
def test_streams_that_are_closed_are_no_fault(words: tuple[str, ...], code: int) -> None:
    line = f"exec {sys.executable} -m audit {' '.join(words)} <&- >&- 2>&-"
    assert subprocess.run(["sh", "-c", line], check=False).returncode == code
