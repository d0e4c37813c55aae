"""The commands end to end on the lab: what they write, what they print, and how they end."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from audit import contract
from audit.catalog.document import document
from audit.lab.lab import Lab
from audit.report import FORMATS
from audit.rules.registry import RULES
from tests.cli.command import NOW, beside, lab_options, mxaudit, report_in
from tests.records import OFFERED

LIST = b"good.example\nexpired.example # bad\nnullmx.example\n"


@dataclass(frozen=True)
class Place:
    options: tuple[str, ...]
    listed: Path
    run: Path
    """The directory of a finished run."""


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    directory = tmp_path_factory.mktemp("lab")
    listed = directory / "domains.txt"
    listed.write_bytes(LIST)
    with beside(Lab(NOW)) as started:
        place = Place(tuple(lab_options(started, directory / "ca.pem")), listed, directory / "run")
        done = mxaudit("run", listed, "--out-dir", place.run, *place.options)
        assert (done.code, done.out) == (0, b"")
        assert "3 of 3 rows audited." in done.err
        assert str(place.run / "index.html") in done.err
        yield place


@pytest.fixture
def copy(lab: Place, tmp_path: Path) -> Path:
    """A run's files, to be spoilt."""
    return Path(shutil.copytree(lab.run, tmp_path / "copy"))


# ---- run ----------------------------------------------------------------------------------------------------------


def test_a_run_writes_evidence_and_two_reports_that_keep_to_their_schemas(lab: Place) -> None:
    written = {"evidence.jsonl", "hosts.jsonl", "report.json", "index.html", "digests.json"}
    assert {p.name for p in lab.run.iterdir()} == written
    for name in ("evidence.jsonl", "hosts.jsonl", "report.json"):
        done = mxaudit("validate", lab.run / name)
        assert (done.code, done.out) == (0, b""), done


@pytest.mark.parametrize(
    ("fail_on", "max_unknown", "code"),
    [("never", "5", 0), ("high", "5", 0), ("medium", "5", 1), ("low", "5", 1), ("high", "0", 3), ("medium", "0", 1)],
)
def test_the_exit_code_follows_the_gravest_finding_and_then_what_is_unknown(
    lab: Place, tmp_path: Path, fail_on: str, max_unknown: str, code: int
) -> None:
    done = mxaudit("judge", lab.run, "--out-dir", tmp_path, "--fail-on", fail_on, "--max-unknown", max_unknown)
    assert done.code == code


def test_a_healthy_domain_ends_with_0(lab: Place) -> None:
    done = mxaudit("check", "good.example", *lab.options)
    text = done.out.decode()
    assert (done.code, done.err) == (0, "")
    assert text.startswith("good.example\n")
    for question in ("Will mail arrive?", "Can it be forged?", "Is it encrypted?", "Is it on a blocklist?"):
        assert question in text


@pytest.mark.parametrize("columns", [40, 80])
def test_what_is_printed_fits_the_terminal(lab: Place, columns: int) -> None:
    check = mxaudit("check", "expired.example", *lab.options, "--color", "never", columns=columns)
    text = mxaudit("render", lab.run / "report.json", "-o", "text=-", columns=columns)
    for done in (check, text):
        told = done.out.decode().splitlines()
        lines = [line for line in told if " 3600 IN " not in line and not line.lstrip().startswith(";")]
        assert columns - 12 < max(map(len, lines)) <= columns
        assert "CERT-EXPIRED" in done.out.decode()


def test_a_file_is_as_wide_in_each_terminal(lab: Place, tmp_path: Path) -> None:
    for columns in (40, 200):
        path = tmp_path / str(columns)
        mxaudit("render", lab.run / "report.json", "-o", f"text={path}", columns=columns)
    assert (tmp_path / "40").read_bytes() == (tmp_path / "200").read_bytes()


def test_check_tells_of_a_failure_and_ends_with_1(lab: Place) -> None:
    done = mxaudit("check", "expired.example", "..", *lab.options, "--fail-on", "medium", "--color", "always")
    assert done.code == 2  # one of the names is no domain
    assert "\x1b[" in done.out.decode()
    plain = mxaudit("check", "expired.example", *lab.options, "--fail-on", "medium")
    assert plain.code == 1
    assert "\x1b" not in plain.out.decode()
    assert "CERT-EXPIRED" in plain.out.decode()


def test_a_bad_line_costs_its_own_row_and_the_exit_code(lab: Place, tmp_path: Path) -> None:
    listed = tmp_path / "list.txt"
    listed.write_bytes(b"# ours\ngood.example\n  good..example\nGOOD.example.\n\n\x1b[2Jx.example\nnullmx.example\n")
    done = mxaudit("run", listed, "--out-dir", tmp_path, *lab.options)
    assert (done.code, done.out) == (2, b"")
    rows = [(d.input.line, d.input.column, d.status) for d in report_in(tmp_path).domains]
    assert rows == [
        (2, 1, "audited"),
        (3, 7, "invalid_input"),
        (4, 1, "duplicate"),
        (6, 1, "invalid_input"),
        (7, 1, "audited"),
    ]
    assert f"{listed}:3:7: " in done.err
    assert f"{listed}:6:1: " in done.err
    assert done.err.replace("\n", "").isprintable()


def test_a_list_can_come_from_standard_input(lab: Place, tmp_path: Path) -> None:
    done = mxaudit("run", "-", "--out-dir", tmp_path, *lab.options, stdin=LIST)
    assert done.code == 0
    assert [d.domain for d in report_in(tmp_path).domains] == ["good.example", "expired.example", "nullmx.example"]


def test_an_earlier_run_tells_how_old_a_key_is(lab: Place, tmp_path: Path) -> None:
    listed = b"good.example selectors=lab1"
    first, plain = tmp_path / "first", lab.options[: lab.options.index("--now")]
    mxaudit("gather", "-", "--out-dir", first, "--no-smtp", *lab.options, stdin=listed)
    places = {}
    for day in ("2027-11-01", "2027-12-01"):
        places[day] = tmp_path / day
        options = (*plain, "--no-smtp", "--now", f"{day}T12:00:00Z", "--history", str(first))
        mxaudit("run", "-", "--out-dir", places[day], *options, stdin=listed)
    not_yet, old = (report_in(place) for place in places.values())
    assert "DKIM-AGE" in {j.rule for j in next(iter(not_yet.domains)).passed}
    assert "DKIM-AGE" in {f.rule for f in next(iter(old.domains)).findings}
    assert "DKIM-AGE" not in old.run.coverage.not_selected
    assert "DKIM-AGE" in report_in(lab.run).run.coverage.not_selected  # nobody asked


@pytest.mark.parametrize("format_", FORMATS)
def test_standard_output_carries_one_rendering_and_nothing_else(lab: Place, tmp_path: Path, format_: str) -> None:
    again = tmp_path / "again"
    done = mxaudit("judge", lab.run, "-o", f"{format_}=-", "-o", f"{format_}={again}")
    assert done.out == again.read_bytes()
    assert done.out


def test_run_prints_what_o_asks_for_beside_its_files(lab: Place, tmp_path: Path) -> None:
    more = ("-o", "md=-", "-o", f"text={tmp_path / 'deep' / 'a.txt'}", "-o", f"json={tmp_path / 'b.json'}")
    done = mxaudit("run", lab.listed, "--out-dir", tmp_path / "out", *lab.options, *more)
    assert done.code == 0
    assert done.out == mxaudit("render", tmp_path / "out" / "report.json", "-o", "md=-").out
    assert (tmp_path / "b.json").read_bytes() == (tmp_path / "out" / "report.json").read_bytes()
    assert (tmp_path / "deep" / "a.txt").read_text("utf-8").startswith("good.example")


def test_quiet_says_nothing_at_all(lab: Place, tmp_path: Path) -> None:
    done = mxaudit("run", lab.listed, "--out-dir", tmp_path, *lab.options, "-q")
    assert (done.code, done.out, done.err) == (0, b"", "")


def test_each_run_has_a_directory_of_its_own_by_default(
    lab: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert mxaudit("gather", lab.listed, *lab.options).code == 0
    (made,) = (tmp_path / "reports").iterdir()
    assert made.name.startswith("20261124T120000Z-")
    assert {p.name for p in made.iterdir()} == {"evidence.jsonl", "hosts.jsonl"}


# ---- judge, render, validate --------------------------------------------------------------------------------------


def test_judging_the_evidence_gives_the_same_bytes(lab: Place, tmp_path: Path) -> None:
    for evidence in (lab.run, lab.run / "evidence.jsonl"):
        done = mxaudit("judge", evidence, "--out-dir", tmp_path, "--profile", "baseline")
        assert (done.code, done.out) == (0, b"")
        for name in ("report.json", "index.html"):
            assert (tmp_path / name).read_bytes() == (lab.run / name).read_bytes()


def test_gathering_and_judging_is_running(lab: Place, tmp_path: Path) -> None:
    gathered = mxaudit("gather", lab.listed, "--out-dir", tmp_path, *lab.options)
    assert (gathered.code, gathered.out) == (0, b"")
    assert f"mxaudit judge {tmp_path}" in gathered.err
    assert mxaudit("judge", tmp_path).code == 0
    assert (tmp_path / "report.json").read_bytes() == (lab.run / "report.json").read_bytes()


def test_judging_by_a_profile_that_is_not_there_is_refused(lab: Place) -> None:
    done = mxaudit("judge", lab.run, "--profile", "basline")
    assert (done.code, done.err) == (2, "mxaudit: There is no profile 'basline': did you mean 'baseline'?\n")


def spoil(path: Path, how: str) -> None:
    lines = path.read_bytes().splitlines(keepends=True)
    if how == "missing":
        path.unlink()
    elif how == "torn":
        path.write_bytes(b"".join([*lines[:-2], lines[-2][:-20] + b"\n", lines[-1]]))
    elif how == "two runs":
        path.write_bytes(b"".join([*lines, lines[0]]))
    elif how == "no run":
        path.write_bytes(b"".join(lines[1:]))
    elif how == "renamed":
        path.write_bytes(b"".join([*lines[:1], lines[1].replace(b'"status"', b'"state"', 1), *lines[2:]]))
    else:
        path.write_bytes(how.encode())


@pytest.mark.parametrize(
    ("name", "how", "said"),
    [
        ("evidence.jsonl", "missing", "No such file or directory."),
        ("evidence.jsonl", "torn", ", line 4: it carries no checksum"),
        ("evidence.jsonl", "two runs", "there must be one run record, and there are 2."),
        ("evidence.jsonl", "no run", "there must be one run record, and there are 0."),
        ("evidence.jsonl", "renamed", ", line 2: it was damaged or changed: "),
        ("evidence.jsonl", "hello", "there must be one run record, and there are 0."),
        ("evidence.jsonl", "hello\n", ", line 1: it carries no checksum"),
        ("evidence.jsonl", "[" * 100_000 + "\n", ", line 1: "),
        ("evidence.jsonl", '{"kind":"run"}\n', ", line 1: it carries no checksum"),
        ("hosts.jsonl", "torn", ": it carries no checksum"),
        ("hosts.jsonl", "{}", ", line 1: it carries no checksum"),
    ],
    ids=lambda v: v[:20],
)
def test_evidence_that_is_spoilt_is_refused_in_a_sentence(copy: Path, name: str, how: str, said: str) -> None:
    spoil(copy / name, how)
    before = (copy / "report.json").read_bytes()
    done = mxaudit("judge", copy)
    assert (done.code, done.out) == (2, b"")
    assert done.err.startswith(f"mxaudit: {copy / name}")
    assert said in done.err
    assert done.err.count("\n") == 1
    assert (copy / "report.json").read_bytes() == before


@pytest.mark.parametrize("name", ["evidence.jsonl", "hosts.jsonl", "report.json"])
def test_validate_names_file_line_and_place(copy: Path, name: str) -> None:
    path = copy / name
    lines = path.read_bytes().splitlines(keepends=True)
    at = 0 if name == "report.json" else 1
    key = {"evidence.jsonl": b'"records"', "hosts.jsonl": b'"stages"', "report.json": b'"insights"'}[name]
    changed = [line.replace(key, b'"\\u001b[2J"', 1) if n == at else line for n, line in enumerate(lines)]
    path.write_bytes(b"".join(lines).replace(key, b'"\\u001b[2J"', 1) if name == "report.json" else b"".join(changed))
    done = mxaudit("validate", path)
    shown = done.out.decode()
    assert (done.code, done.err) == (1, "")
    assert shown.startswith(f"{path}:{at + 1}: /")
    assert f"{key.decode().strip(chr(34))}' is a required property" in shown
    assert shown.replace("\n", "").isprintable()


@pytest.mark.parametrize("name", ["evidence.jsonl", "hosts.jsonl"])
def test_validate_tells_of_a_line_whose_checksum_is_another(copy: Path, name: str) -> None:
    path = copy / name
    path.write_bytes(path.read_bytes().replace(b"mx1", b"mx2", 1).replace(b"mx.", b"my.", 1))
    done = mxaudit("validate", path)
    assert (done.code, done.err) == (1, "")
    assert "/crc: it was damaged or changed: its checksum is " in done.out.decode()


def test_validate_holds_each_line_of_a_report_in_lines(copy: Path) -> None:
    path = copy / "report.jsonl"
    assert mxaudit("render", copy / "report.json", "-o", f"jsonl={path}").code == 0
    assert mxaudit("validate", path).code == 0
    path.write_bytes(path.read_bytes().replace(b'"status":"audited"', b'"status":"well"', 1))
    done = mxaudit("validate", path)
    assert (done.code, b"report.jsonl:2: /status: 'well' is not one of" in done.out) == (1, True), done.out


def test_validate_tells_offers_of_tls_from_evidence(tmp_path: Path) -> None:
    path = tmp_path / "some.jsonl"
    path.write_bytes(contract.line(OFFERED))
    assert mxaudit("validate", path).code == 0


def test_validate_holds_the_catalogue_to_its_schema(tmp_path: Path) -> None:
    path = tmp_path / "catalog.json"
    path.write_bytes(document())
    assert mxaudit("validate", path).code == 0
    path.write_bytes(document().replace(b'"checked"', b'"checkt"', 1))
    assert mxaudit("validate", path).code == 1


@pytest.mark.parametrize("content", [b"hello", b"[]", b"{}", b"\xff\xfe{}", b"[" * 100_000, b'"kind"', b""])
@pytest.mark.parametrize("suffix", [".json", ".jsonl"])
def test_validate_says_when_it_cannot_tell_what_a_file_is(tmp_path: Path, content: bytes, suffix: str) -> None:
    path = tmp_path / f"some{suffix}"
    path.write_bytes(content)
    done = mxaudit("validate", path)
    assert (done.code, done.out) == (2, b"")
    assert str(path) in done.err
    assert done.err.count("\n") == 1


@pytest.mark.parametrize(
    ("name", "options", "code"),
    [
        ("hosts.jsonl", (), 0),
        ("hosts.jsonl", ("--schema", "evidence"), 2),
        ("evidence.jsonl", (), 2),
        ("some.jsonl", ("--schema", "hosts"), 0),
        ("hosts.json", (), 2),
    ],
)
@pytest.mark.parametrize("content", [b"", b"\n"])
def test_a_run_that_visited_nobody_has_no_sessions_and_keeps_to_the_schema(
    tmp_path: Path, name: str, options: tuple[str, ...], code: int, content: bytes
) -> None:
    (tmp_path / name).write_bytes(content)
    assert mxaudit("validate", tmp_path / name, *options).code == code


def test_what_a_run_without_servers_of_any_kind_writes_is_valid(lab: Place, tmp_path: Path) -> None:
    done = mxaudit("run", lab.listed, "--out-dir", tmp_path, "--no-smtp", "--no-https", *lab.options)
    assert done.code == 0
    assert (tmp_path / "hosts.jsonl").read_bytes() == b""
    assert [mxaudit("validate", path).code for path in sorted(tmp_path.glob("*.json*"))] == [0, 0, 0, 0]


def test_a_report_renders_later_as_it_did_then(lab: Place, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    done = mxaudit("render", lab.run / "report.json", "-o", f"html={page}", "-o", "json=-")
    assert (done.code, done.err) == (0, "")
    assert page.read_bytes() == (lab.run / "index.html").read_bytes()
    assert done.out == (lab.run / "report.json").read_bytes()


def test_what_is_no_report_is_not_rendered(lab: Place, tmp_path: Path) -> None:
    done = mxaudit("render", lab.run / "evidence.jsonl", "-o", f"html={tmp_path / 'x'}")
    assert (done.code, done.out) == (2, b"")
    assert "is not a report: " in done.err
    assert not (tmp_path / "x").exists()
    assert mxaudit("render", lab.run / "report.json").code == 2  # in which format?


# ---- merge --------------------------------------------------------------------------------------------------------


def test_two_runs_that_each_saw_a_part_make_the_report_of_one_that_saw_all(lab: Place, tmp_path: Path) -> None:
    closed, opened, both = (tmp_path / name for name in ("closed", "opened", "both"))
    assert mxaudit("gather", lab.listed, "--no-smtp", "--out-dir", closed, *lab.options).code == 0
    visiting = mxaudit(
        "gather", lab.listed, "--only", "smtp", "--out-dir", opened, *lab.options, "--ehlo", "eye.example"
    )
    assert (visiting.code, "mxaudit merge" in visiting.err) == (0, True)
    assert mxaudit("merge", closed, opened, "--out-dir", both).code == 0
    for name in ("evidence.jsonl", "hosts.jsonl"):
        assert mxaudit("validate", both / name).code == 0
    assert mxaudit("judge", both).code == 0
    seen, whole = report_in(both), report_in(lab.run)
    for one, other in zip(seen.domains, whole.domains, strict=True):
        told = {(f.rule, f.subject, f.result, f.severity, f.message) for f in other.findings}
        assert {(f.rule, f.subject, f.result, f.severity, f.message) for f in one.findings} == told
        assert (one.passed, one.not_applicable, one.verdicts) == (other.passed, other.not_applicable, other.verdicts)
    assert [m.ehlo for m in seen.run.merged][1] == "eye.example"
    assert not whole.run.merged


def test_what_only_visits_mail_servers_says_so(lab: Place, tmp_path: Path) -> None:
    assert mxaudit("gather", lab.listed, "--only", "smtp", "--out-dir", tmp_path, *lab.options).code == 0
    assert mxaudit("judge", tmp_path, "--max-unknown", "100").code in {0, 1, 3}
    report = report_in(tmp_path)
    told = {f.rule for d in report.domains for f in d.findings} | {j.rule for d in report.domains for j in d.passed}
    assert "TLS-STARTTLS-FAIL" in told
    assert not any(rule.startswith(("SPF-", "DMARC-", "DKIM-", "DNSBL-", "MTASTS-")) for rule in told)
    text = mxaudit("render", tmp_path / "report.json", "-o", "text=-").out.decode()
    assert "as without --only" in " ".join(text.split())


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("gather", "{list}", "--only", "smtp", "--no-smtp"), "leave nothing to do"),
        (("merge", "{run}", "--out-dir", "{new}"), "two runs"),
        (("merge", "{run}", "{run}", "--out-dir", "{run}"), "not empty"),
    ],
)
def test_what_cannot_be_merged_is_said_in_a_sentence(
    lab: Place, tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    done = mxaudit(*(a.format(list=lab.listed, run=lab.run, new=tmp_path / "new") for a in arguments))
    assert (done.code, said in done.err) == (2, True), done.err


# ---- rules, doctor, demo ------------------------------------------------------------------------------------------


def test_the_rules_are_told_to_people_and_to_programs() -> None:
    told = json.loads(mxaudit("rules", "--json").out)
    assert [r["id"] for r in told] == [r.id for r in RULES]
    assert all(r["why"] and r["fix"] and r["reference"] and r["severities"] for r in told)
    lines = mxaudit("rules").out.decode().splitlines()
    assert [line.split()[0] for line in lines] == [r.id for r in RULES]


def test_the_doctor_tells_what_can_be_seen_and_what_to_do(lab: Place) -> None:
    done = mxaudit("doctor", *lab.options)
    assert (done.code, done.err) == (0, "")
    assert "ok    The resolver answers." in done.out.decode()
    assert "ok    Port 25 is open from here." in done.out.decode()
    blind = mxaudit("doctor", "--nameserver", "127.0.0.1:9", "--dnsbl", "none")
    assert (blind.code, blind.err) == (3, "")
    assert "BAD   The resolver did not give the root zone's SOA record.\n      Check" in blind.out.decode()


def test_the_demo_says_what_to_do_next(tmp_path: Path) -> None:
    """That it gives the same bytes at the same time is seen where the lab is audited twice (tests/scenarios)."""
    done = mxaudit("demo", "--now", "2026-11-24T12:00:00Z", "--out-dir", tmp_path)
    assert (done.code, done.out) == (0, b""), done
    assert "mxaudit run domains.txt" in done.err
    contract.check("report", (tmp_path / "report.json").read_bytes())
