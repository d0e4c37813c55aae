"""The action's steps, run as the shell scripts that they are: offline, on the embedded lab, with hostile inputs too."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from audit.lab.lab import Lab
from tests.cli.command import beside, lab_options
from tests.github.runner import ACTION, Runner, obeyed, outputs_in

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
COUNTS = ("domains", "passed", "failed", "unknown", "not-applicable", "critical", "high", "medium", "low", "info")
PATHS = ("report-dir", "json", "html", "sarif", "summary")
# each would touch a file if any shell read it as more than a value
HOSTILE = (
    '"; touch pwned #',
    "$(touch pwned)",
    "`touch pwned`",
    "'; touch pwned; '",
    "x\ntouch pwned\n",
    "x\nEND\nexit-code=0\nreport-dir=/etc",
    "%0A::set-output name=exit-code::0",
    "\n::add-mask::a\n::stop-commands::b\n##[error]c",
    "--help",
    "-o json=pwned",
    "../../etc/passwd",
    "*",
    "ü \u202e\U0001f40d",
)
ALONE = ("profile", "fail-on", "max-unknown", "require-vantage", "waivers", "baseline", "dnsbl")  # each is an option
CHECKED = ("smtp", "summary", "annotations", "upload-sarif", "fail", "strict", "fail-on-new", "retention-days")


def script(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    path.chmod(0o755)


def installed(runner: Runner) -> None:
    """The program that is tested, where the action would have installed it."""
    script(
        runner.work / "venv/bin/mxaudit",
        f"#!{sys.executable}\nimport sys\nfrom audit.cli import main\nsys.exit(main())\n",
    )
    (runner.work / "venv/bin/python").symlink_to(sys.executable)


def recorded(code: int = 0, said: str = "", *, real: bool = False) -> Callable[[Runner], None]:
    """A program in its place that writes down its words, each ended by a NUL, and then ends. `real`: it runs nothing,
    but does all else."""

    def install(runner: Runner) -> None:
        installed(runner)
        program = runner.work / "venv/bin/mxaudit"
        program.rename(program.with_name("real"))
        other = f'[ "$1" = run ] || exec {program.with_name("real")} "$@"\n' if real else ""
        script(
            program,
            f"#!/bin/sh\n{other}printf '%s\\0' \"$@\" >'{runner.home}/words'\nprintf '{said}'\nexit {code}\n",
        )

    return install


def words(runner: Runner) -> list[str]:
    return (runner.home / "words").read_text("utf-8").split("\0")[:-1]


def nothing_else(runner: Runner) -> bool:
    """Whether no file came to be that nobody meant to be there."""
    return not list(runner.home.rglob("*pwned*"))


INSTALL = "Install mxaudit, and only what the lock names"


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[str]]:
    with beside(Lab(NOW)) as running:
        yield lab_options(running, tmp_path_factory.mktemp("lab") / "ca.pem")


@pytest.fixture(scope="module")
def audited(lab: list[str], tmp_path_factory: pytest.TempPathFactory) -> Runner:
    """The whole action on three domains of the lab, with a list in the workspace."""
    runner = Runner(
        tmp_path_factory.mktemp("job"),
        {"nameserver": "system", "arguments": "\n".join(lab), "upload-sarif": "true", "list": "lists/mine.txt"},
    )
    (runner.workspace / "lists").mkdir()
    (runner.workspace / "lists/mine.txt").write_text(
        "# ours\ngood.example\nspf-lookups.example\nhttp://not-a-domain.example/\n"
    )
    runner.outputs["code"] = {"code": str(runner.run_all({INSTALL: installed}))}
    return runner


def test_the_step_ends_with_the_exit_code_of_the_audit(audited: Runner) -> None:
    assert audited.outputs["code"]["code"] == audited.results()["exit-code"] == "2"  # a line of the list is no domain


def test_the_outputs_are_paths_that_are_there_and_the_counts_of_the_report(audited: Runner) -> None:
    told = audited.results()
    assert set(told) == {"exit-code", *PATHS, *COUNTS}
    assert [name for name in PATHS if not Path(told[name]).exists()] == []
    report = json.loads(Path(told["json"]).read_text("utf-8"))
    coverage = report["run"]["coverage"]
    assert [int(told[n]) for n in COUNTS[:5]] == [
        coverage[n] for n in ("audited", "passed", "failed", "unknown", "not_applicable")
    ]
    fails = [
        f["severity"]
        for f in (*report["findings"], *(f for d in report["domains"] for f in d["findings"]))
        if f["result"] == "fail"
    ]
    assert {n: int(told[n]) for n in COUNTS[5:]} == {n: fails.count(n) for n in COUNTS[5:]}
    assert int(told["failed"]) > 0


def test_the_summary_is_the_report_and_its_findings_stand_beside_the_list(audited: Runner) -> None:
    assert audited.summary.read_text("utf-8").startswith("## Mail audit of `lists/mine.txt`")
    told = obeyed(audited.log)
    assert any(line.startswith("::warning file=lists/mine.txt,line=4,col=1,") for line in told)
    assert {line.split(" ")[0] for line in told} <= {"::error", "::warning", "::notice"}


def test_the_report_is_kept_and_its_findings_go_to_code_scanning(audited: Runner) -> None:
    told = audited.results()
    assert [name for name, _ in audited.used] == [
        "actions/setup-python",
        "actions/upload-artifact",
        "github/codeql-action/upload-sarif",
    ]
    assert audited.used[1][1] | {"overwrite": ""} == {
        "name": "mxaudit-report",
        "path": told["report-dir"],
        "if-no-files-found": "error",
        "overwrite": "",
        "retention-days": "30",
    }
    assert audited.used[2][1] == {"sarif_file": told["sarif"]}
    sarif = json.loads(Path(told["sarif"]).read_text("utf-8"))
    places = {r["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for r in sarif["runs"][0]["results"]}
    assert places == {"lists/mine.txt"}


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("source", ["list", "domains"])
def test_an_input_is_a_value_and_no_part_of_a_script(source: str, text: str, tmp_path: Path) -> None:
    """Whatever it is, in all inputs at once, it reaches the program as it is, behind the option that it belongs to."""
    runner = Runner(tmp_path, dict.fromkeys((*ALONE, source, "nameserver", "history", "arguments"), text))
    assert runner.run_all({INSTALL: recorded()}) == 0
    assert nothing_else(runner)
    given = words(runner)
    at = given.index("--", given.index("run"))
    assert [name for name in ALONE if f"--{name}={text}" not in given[:at]] == []
    if source == "list":
        assert given[at:] == ["--", text]
    else:
        assert Path(given[-1]).read_text("utf-8") == f"{text}\n"
    assert (runner.results()["exit-code"], runner.results()["report-dir"]) == ("0", "")
    assert {command.split("::")[1] for command in obeyed(runner.log)} <= {"notice title=mxaudit", "error title=mxaudit"}


@pytest.mark.parametrize("text", [*HOSTILE[:2], HOSTILE[5], "", "True", "true\nfalse"])
@pytest.mark.parametrize("name", CHECKED)
def test_a_switch_that_is_none_is_refused_before_anything_is_installed(name: str, text: str, tmp_path: Path) -> None:
    runner = Runner(tmp_path, {name: text})
    assert runner.run_all({INSTALL: recorded()}) == 2
    assert nothing_else(runner)
    (command,) = obeyed(runner.log)
    assert command.startswith(f"::error title=mxaudit::The input {name} is ")
    assert runner.used == []


@pytest.mark.parametrize("text", [*HOSTILE[:2], HOSTILE[5], "nowhere"])
def test_a_python_that_is_none_is_refused(text: str, tmp_path: Path) -> None:
    runner = Runner(tmp_path, {"python": text})
    assert runner.run_all() == 2
    assert nothing_else(runner)


@pytest.mark.parametrize(
    ("inputs", "environment", "wanted", "unwanted"),
    [
        ({}, {"RUNNER_ENVIRONMENT": "github-hosted"}, ["--no-smtp"], []),
        ({}, {"RUNNER_ENVIRONMENT": "self-hosted"}, [], ["--no-smtp"]),
        ({"smtp": "true"}, {"RUNNER_ENVIRONMENT": "github-hosted"}, [], ["--no-smtp"]),
        ({"smtp": "false"}, {}, ["--no-smtp"], []),
        ({"nameserver": "192.0.2.1, [2001:db8::1]:53\n192.0.2.2"}, {}, [
            "--nameserver=192.0.2.1", "--nameserver=[2001:db8::1]:53", "--nameserver=192.0.2.2"
        ], []),
        ({"nameserver": "system"}, {}, [], ["--nameserver=system"]),
        ({"arguments": "--timeout\n60\n\n--verbose"}, {}, ["--timeout", "60", "--verbose"], [""]),
        ({"history": "nowhere"}, {}, [], ["--history=nowhere"]),
        ({"list": "a.txt"}, {}, ["run", "--", "a.txt"], []),
        ({}, {}, ["run", "--"], ["--profile=", "--strict", "--fail-on-new", "domains.txt"]),
        ({"strict": "true", "require-vantage": "port25"}, {}, ["--require-vantage=port25", "--strict"], []),
        ({"baseline": "known.json", "fail-on-new": "true"}, {}, ["--baseline=known.json", "--fail-on-new"], []),
        ({"baseline": "last", "fail-on-new": "true", "history": "nowhere"}, {}, ["run"], [
            "--baseline=last", "--fail-on-new"
        ]),
        ({"waivers": "w.toml"}, {}, ["--waivers=w.toml"], []),
    ],
)  # fmt: skip
def test_inputs_become_options(
    inputs: dict[str, str], environment: dict[str, str], wanted: list[str], unwanted: list[str], tmp_path: Path
) -> None:
    runner = Runner(tmp_path, {"nameserver": "system"} | inputs, environment)
    assert runner.run_all({INSTALL: recorded(), "resolver": lambda _: None}) == 0
    given = words(runner)
    places = [given.index(word) for word in wanted]
    assert places == sorted(places)
    assert [word for word in unwanted if word in given] == []


def test_what_the_last_run_found_is_known(audited: Runner, lab: list[str], tmp_path: Path) -> None:
    """So it fails nobody once more; without it, the same domains fail the run."""
    given = {
        "nameserver": "system",
        "arguments": "\n".join(lab),
        "domains": "good.example\nspf-lookups.example\n",
        "history": audited.results()["report-dir"],
        "fail-on": "info",
        "max-unknown": "100",
        "artifact": "",
        "summary": "false",
        "annotations": "false",
    }
    known = Runner(tmp_path / "known", given | {"baseline": "last", "fail-on-new": "true"})
    assert known.run_all({INSTALL: installed}) == 0, known.log
    unknown = Runner(tmp_path / "unknown", given | {"history": "", "baseline": "last", "fail-on-new": "true"})
    assert unknown.run_all({INSTALL: installed}) == 1, unknown.log
    report = json.loads(Path(known.results()["json"]).read_text("utf-8"))
    assert (known.summary.read_text(), obeyed(known.log)) == ("", [])  # it was to be told nowhere, and kept nowhere
    assert [name for name, _ in known.used] == ["actions/setup-python"]
    assert (report["baseline"]["new"], report["baseline"]["known"]) == (0, int(known.results()["failed"]))


@pytest.mark.parametrize(
    ("broken", "wanted", "said"),
    [
        ([], ["--history", "--baseline", "--fail-on-new"], []),
        (["evidence.jsonl"], ["--baseline", "--fail-on-new"], ["run cannot be read and is left out"]),
        (["hosts.jsonl"], ["--baseline", "--fail-on-new"], ["run cannot be read and is left out"]),
        (["report.json"], ["--history"], ["report cannot be read: nothing is known from it"]),
    ],
)
def test_an_earlier_run_that_cannot_be_read_stops_nobody(
    broken: list[str], wanted: list[str], said: list[str], audited: Runner, tmp_path: Path
) -> None:
    earlier = tmp_path / "earlier"
    shutil.copytree(audited.results()["report-dir"], earlier)
    for name in broken:
        (earlier / name).write_text('{"other": 1}\n')
    runner = Runner(
        tmp_path, {"nameserver": "system", "history": str(earlier), "baseline": "last", "fail-on-new": "true"}
    )
    assert runner.run_all({INSTALL: recorded(real=True)}) == 0
    told = [word.partition("=")[0] for word in words(runner)]
    assert [word for word in told if word in {"--history", "--baseline", "--fail-on-new"}] == wanted
    warned = [line for line in obeyed(runner.log) if line.startswith("::warning")]
    assert warned == [f"::warning title=mxaudit::The earlier {text}." for text in said]


def test_what_no_input_says_is_as_the_configuration_in_the_workspace_has_it(tmp_path: Path) -> None:
    runner = Runner(tmp_path, {"nameserver": "system", "smtp": "false"})
    (runner.workspace / "mxaudit.toml").write_text('list = "mine.txt"\nfail-on = "never"\n')
    assert runner.run_all({INSTALL: installed}) == 2
    assert "mine.txt cannot be read" in runner.log


def test_that_mail_servers_were_not_tested_is_said(tmp_path: Path) -> None:
    runner = Runner(tmp_path, {"nameserver": "system"}, {"RUNNER_ENVIRONMENT": "github-hosted"})
    runner.run_all({INSTALL: recorded()})
    assert any("Mail servers were not tested" in line for line in obeyed(runner.log))


@pytest.mark.parametrize(
    "said", ["::error::x\\n", "##[error]x\\n", "\\n::stop-commands::x\\n", "::set-env name=A::b", "x"]
)
def test_what_the_audit_prints_is_no_command(said: str, tmp_path: Path) -> None:
    runner = Runner(tmp_path, {"nameserver": "system"})
    runner.run_all({INSTALL: recorded(said=said)})
    assert obeyed(runner.logs[2] if len(runner.logs) > 2 else runner.log) == []


def test_what_the_audit_says_on_standard_error_cannot_come_too_late(tmp_path: Path) -> None:
    """A runner reads both streams as they come, so all that is said goes where commands are stopped."""
    runner = Runner(tmp_path, {"nameserver": "system"}, errors=subprocess.DEVNULL)
    runner.run_all({INSTALL: recorded(said="to be seen' >&2; printf '")})
    assert "to be seen" in runner.log


@pytest.mark.parametrize(("code", "fail", "ends"), [(2, "true", 2), (4, "true", 4), (2, "false", 0), (0, "true", 0)])
def test_without_a_report_the_code_is_told_all_the_same(code: int, fail: str, ends: int, tmp_path: Path) -> None:
    runner = Runner(tmp_path, {"nameserver": "system", "fail": fail})
    assert runner.run_all({INSTALL: recorded(code)}) == ends
    told = runner.results()
    assert (told["exit-code"], told["report-dir"], told["high"]) == (str(code), "", "")
    assert any("There is no report" in line for line in obeyed(runner.log))
    assert [name for name, _ in runner.used] == ["actions/setup-python"]


def test_windows_is_refused_in_a_sentence(tmp_path: Path) -> None:
    runner = Runner(tmp_path, environment={"RUNNER_OS": "Windows"})
    assert runner.run_all() == 2
    assert "does not run on Windows" in runner.log


def test_findings_of_a_pull_request_from_a_fork_go_nowhere(tmp_path: Path) -> None:
    step = next(s for s in ACTION["runs"]["steps"] if "upload-sarif" in s.get("uses", ""))
    runner = Runner(tmp_path, {"upload-sarif": "true"}, outputs={"tell": {"sarif": "x"}})
    assert runner.holds(step["if"])
    runner.github = {"event.pull_request.head.repo.fork": "true"}
    assert not runner.holds(step["if"])


@pytest.mark.parametrize(
    ("text", "found"),
    [("a=b\n", {"a": "b"}), ("a<<E\nx\ny=z\nE\nb=c\n", {"a": "x\ny=z", "b": "c"}), ("a=b<<c\n", {"a": "b<<c"})],
)
def test_outputs_are_read_as_a_runner_reads_them(text: str, found: dict[str, str]) -> None:
    assert outputs_in(text) == found


@pytest.mark.parametrize(
    ("log", "found"),
    [
        ("::error::a\n", ["::error::a"]),
        ("  ::error file=a,line=1::a\n", ["  ::error file=a,line=1::a"]),
        ("x ##[error]a\n", ["x ##[error]a"]),
        ("::stop-commands::abc\n::error::a\n::abc::\n::error::b\n", ["::error::b"]),
        ("a ::error::b\nplain\n", []),
    ],
)
def test_commands_are_read_as_a_runner_reads_them(log: str, found: list[str]) -> None:
    assert obeyed(log) == found
