"""Gates, waivers and baselines, end to end: what is accepted is shown, and does not count."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from audit.cli.demo import FILES
from audit.lab.lab import Lab
from audit.model.report import Result
from audit.report import FORMATS
from tests.cli.command import NOW, beside, lab_options, mxaudit, report_in
from tests.report.validators import VALIDATORS

LIST = b"good.example\nexpired.example\n"
LIVE = '[[waivers]]\nrule = "CERT-EXPIRED"\ndomain = "expired.*"\nreason = "It goes soon."\nexpires = 2026-11-24\n'
EXPIRED = '[[waivers]]\nrule = "DNSSEC-NONE"\nreason = "Next year."\nowner = "Ops"\nexpires = 2026-11-23\n'
UNUSED = '[[waivers]]\nrule = "PTR-MISSING"\ndomain = "*.gone.example"\nreason = "Long ago."\n'


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory of a finished run, judged again by each test."""
    directory = tmp_path_factory.mktemp("lab")
    with beside(Lab(NOW)) as started:
        options = lab_options(started, directory / "ca.pem")
        done = mxaudit("gather", "-", "--out-dir", directory / "run", *options, stdin=LIST)
        assert done.code == 0, done.err
        done = mxaudit("gather", "-", "--out-dir", directory / "blind", *options, "--no-smtp", stdin=LIST)
        assert done.code == 0, done.err
    return directory / "run"


def judged(run: Path, place: Path, *arguments: str | Path) -> tuple[int, str]:
    done = mxaudit("judge", run, "--out-dir", place, "--max-unknown", "100", *arguments)
    assert done.out == b""
    return done.code, done.err


def test_a_live_an_expired_and_an_unused_waiver_have_three_effects(run: Path, tmp_path: Path) -> None:
    file = tmp_path / "mxaudit-waivers.toml"
    file.write_text(f"{LIVE}\n{EXPIRED}\n{UNUSED}")
    code, said = judged(run, tmp_path, "--fail-on", "medium")
    assert code == 1
    assert "Exit 1: 2 findings are medium or graver, as --fail-on asks." in said
    code, said = judged(run, tmp_path, "--fail-on", "medium", "--waivers", file)
    assert code == 0
    assert "1 waiver accepts 2 findings." in said
    assert "2 of them waived" in said
    assert (
        "Expired waiver of DNSSEC-NONE (Ops): it held until 2026-11-23, and 1 finding counts again: Next year." in said
    )
    assert "Unused waiver of PTR-MISSING for *.gone.example: no finding is as it says." in said
    report = report_in(tmp_path)
    fails = [f for d in report.domains for f in d.findings if f.result is Result.FAIL]
    assert [f.waived for f in fails if f.rule == "CERT-EXPIRED"] == [True, True]
    assert [(f.waiver is not None, f.waived) for f in fails if f.rule == "DNSSEC-NONE"] == [(True, False)]
    assert [use.findings for use in report.waivers] == [2, 1, 0]
    code, said = judged(run, tmp_path, "--fail-on", "low", "--waivers", file)
    assert code == 1  # what had a waiver until yesterday counts again


def test_waivers_of_this_directory_are_found(run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("mxaudit-waivers.toml").write_text(LIVE)
    assert judged(run, tmp_path / "out", "--fail-on", "medium")[0] == 0


def test_what_is_known_does_not_fail_a_run_that_asks_for_what_is_new(run: Path, tmp_path: Path) -> None:
    known = tmp_path / "known.json"
    assert judged(run, tmp_path, "--fail-on", "never")[0] == 0
    done = mxaudit("baseline", tmp_path / "report.json", "--out", known)
    assert (done.code, done.out) == (0, b"")
    count = len(json.loads(known.read_text())["findings"])
    assert f"{known} knows {count} findings." in done.err
    assert mxaudit("validate", known).code == 0
    assert judged(run, tmp_path, "--fail-on", "info", "--baseline", known)[0] == 1
    code, said = judged(run, tmp_path, "--fail-on", "info", "--baseline", known, "--fail-on-new")
    assert (code, f"0 new, 0 graver than before, {count} known." in said) == (0, True)
    held = json.loads(known.read_text())
    held["findings"] = [
        {**e, "severity": "low"} if e["rule"] == "CERT-EXPIRED" else e
        for e in held["findings"]
        if e["rule"] != "DNSSEC-NONE"
    ]
    known.write_text(json.dumps(held))
    code, said = judged(run, tmp_path, "--fail-on", "low", "--baseline", known, "--fail-on-new")
    assert (code, f"1 new, 2 graver than before, {count - 3} known." in said) == (1, True)
    assert "Exit 1: 3 findings are new and low or graver, as --fail-on asks." in said


def test_a_baseline_leaves_out_what_is_waived(run: Path, tmp_path: Path) -> None:
    waivers, known = tmp_path / "w.toml", tmp_path / "known.json"
    waivers.write_text(LIVE)
    judged(run, tmp_path, "--waivers", waivers)
    mxaudit("baseline", tmp_path / "report.json", "--out", known)
    assert "CERT-EXPIRED" not in known.read_text()
    assert judged(run, tmp_path, "--fail-on", "medium", "--baseline", known, "--fail-on-new")[0] == 1


@pytest.mark.parametrize(
    ("place", "arguments", "code"),
    [
        ("run", ("--max-unknown", "100", "--fail-on", "never", "--require-vantage", "all"), 0),
        ("run", ("--max-unknown", "100", "--fail-on", "never", "--require-vantage", "port25, resolver"), 0),
        ("blind", ("--max-unknown", "100", "--fail-on", "never", "--require-vantage", "all"), 0),
        ("blind", ("--max-unknown", "100", "--fail-on", "never", "--require-vantage", "port25"), 3),
        ("blind", ("--max-unknown", "100", "--fail-on", "low", "--require-vantage", "port25"), 1),
        ("run", ("--strict",), 1),
        ("run", ("--strict", "--fail-on", "never"), 3),
        ("run", ("--strict", "--fail-on", "never", "--max-unknown", "100"), 0),
    ],
)
def test_the_vantage_and_strictness(
    run: Path, tmp_path: Path, place: str, arguments: tuple[str, ...], code: int
) -> None:
    done = mxaudit("judge", run.with_name(place), "--out-dir", tmp_path, *arguments)
    assert done.code == code, done.err
    assert (f"Exit {code}: " in done.err) is (code != 0)


def test_a_strict_command_goes_before_what_a_file_says(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("mxaudit.toml").write_text('fail-on = "never"\nmax-unknown = 100\n')
    assert mxaudit("judge", run, "--out-dir", "out").code == 0
    assert mxaudit("judge", run, "--out-dir", "out", "--strict").code == 1
    Path("mxaudit.toml").write_text(
        'fail-on = "never"\nmax-unknown = 100\nrequire-vantage = "resolver"\nstrict = true\n'
    )
    assert mxaudit("judge", run, "--out-dir", "out").code == 0  # what stands beside it holds


@pytest.mark.parametrize(
    ("name", "text", "arguments", "said"),
    [
        ("w.toml", '[[waivers]]\nrule = "PTR-MISSING"\n', ("--waivers", "w.toml"), "w.toml:1:1: “reason” is missing"),
        ("w.toml", 'rule = "x"\n"', ("--waivers", "w.toml"), "w.toml:2:"),
        ("b.json", "{}", ("--baseline", "b.json"), "b.json is no baseline, as `mxaudit baseline` writes it"),
        ("x", "", ("--fail-on-new",), "--fail-on-new needs --baseline"),
        ("x", "", ("--require-vantage", "prot25"), "“prot25” is nothing that is looked at. Did you mean port25?"),
        ("x", "", ("--waivers", "nowhere.toml"), "does not exist"),
    ],
)
@pytest.mark.parametrize("command", [("run", "-"), ("check", "a.example")])
def test_a_slip_is_told_before_anything_is_asked(
    command: tuple[str, ...],
    name: str,
    text: str,
    arguments: tuple[str, ...],
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path(name).write_text(text)
    done = mxaudit(*command, *arguments, stdin=b"a.example\n")
    assert (done.code, done.out, said in done.err) == (2, b"", True), done.err
    assert [p.name for p in tmp_path.iterdir()] == [name]


def test_a_rendering_is_alone_on_standard_output(run: Path, tmp_path: Path) -> None:
    waivers = tmp_path / "w.toml"
    waivers.write_text(LIVE + UNUSED)
    done = mxaudit("judge", run, "-o", "json=-", "--waivers", waivers, "--max-unknown", "100")
    assert done.code == 0
    assert len(json.loads(done.out)["waivers"]) == 2
    assert "Unused waiver of PTR-MISSING" in done.err


# ---- waive ----------------------------------------------------------------------------------------------------------


def test_waive_writes_an_entry_that_is_read(run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    arguments = ("--domain", "*.example", "--reason", 'It "goes" soon.', "--owner", "Ops", "--expires", "2026-12-31")
    done = mxaudit("waive", "CERT-EXPIRED", *arguments, "--now", "2026-11-24T12:00:00Z")
    assert (done.code, done.out) == (0, b"")
    assert done.err == "mxaudit-waivers.toml accepts CERT-EXPIRED until 2026-12-31.\n"
    assert mxaudit("validate", "mxaudit-waivers.toml").code == 0
    assert judged(run, tmp_path / "out", "--fail-on", "medium")[0] == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("PTR-MISING", "--reason", "x"), "There is no rule “PTR-MISING”. Did you mean PTR-MISSING?"),
        (("PTR-MISSING",), "Missing option '--reason'"),
        (("PTR-MISSING", "--reason", "  "), "--reason is empty: say why"),
        (("PTR-MISSING", "--reason", "x", "--expires", "31.12.2026"), "--expires takes a day, such as "),
        (("PTR-MISSING", "--reason", "x", "--expires", "2020-01-01"), "--expires 2020-01-01 is over already."),
    ],
)
def test_waive_refuses_what_would_be_no_waiver(
    arguments: tuple[str, ...], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = mxaudit("waive", *arguments)
    assert (done.code, done.out, said in done.err) == (2, b"", True), done.err
    assert list(tmp_path.iterdir()) == []


# ---- one demo, every format -----------------------------------------------------------------------------------------


def test_one_demo_writes_every_format_and_each_is_valid(tmp_path: Path) -> None:
    waivers = tmp_path / "w.toml"
    soon = (NOW + timedelta(days=1)).date().isoformat()
    waivers.write_text(f'[[waivers]]\nrule = "CERT-EXPIRED"\nreason = "x"\nexpires = {soon}\n{EXPIRED}{UNUSED}')
    done = mxaudit("demo", "--out-dir", tmp_path, "--now", NOW.isoformat(), "--waivers", waivers, "--quiet")
    assert (done.code, done.out, done.err) == (0, b"", "")
    assert set(FILES) == set(FORMATS) == set(VALIDATORS)
    texts = {name: (tmp_path / file).read_bytes() for name, file in FILES.items()}
    report = report_in(tmp_path)
    for name, accepts in VALIDATORS.items():
        accepts(texts[name], report)
    for name in ("json", "jsonl"):
        done = mxaudit("validate", tmp_path / FILES[name])
        assert done.code == 0, done.out
    families = {f.name: f for f in text_string_to_metric_families(texts["prometheus"].decode())}
    states = {s.labels["state"]: s.value for s in families["mxaudit_run_waivers"].samples}
    assert states == {"live": 1, "expired": 1, "unused": 1}
    assert {use.waiver.rule for use in report.waivers if use.findings == 0} == {"PTR-MISSING"}
