"""What GitHub runs for us: pinned, with no rights that it doesn't need, and no text of strangers in a shell."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import click
import pytest
from check_jsonschema import main as check_jsonschema
from click.testing import CliRunner

from audit import __version__
from audit.catalog.blocklists import key_variable, load_blocklists
from audit.cli.group import loaded
from tests.github.runner import ACTION, CHECKOUT, load, scripts

FOLDER = CHECKOUT / ".github" / "workflows"
FILES = {path.stem: path for path in sorted(FOLDER.glob("*.yml"))}
WORKFLOWS = {name: load(path) for name, path in FILES.items()}
ALL = {**WORKFLOWS, "action": ACTION}
TEXTS = {
    **{name: path.read_text("utf-8") for name, path in FILES.items()},
    "action": (CHECKOUT / "action.yml").read_text(),
}
JOBS = {f"{name}/{id_}": job for name, workflow in WORKFLOWS.items() for id_, job in workflow["jobs"].items()}
PINNED = re.compile(r"uses: [\w.-]+/[\w./-]+@[0-9a-f]{40} # v[0-9]+\.[0-9]+\.[0-9]+")
OURS = re.compile(r"uses: \$/(?:\.github/workflows/[\w-]+\.yml)?")  # this repository, at the commit that runs
READS = {"contents": "read"}
RIGHTS = {
    "audit/audit": READS,
    "audit/code-scanning": READS | {"actions": "read", "security-events": "write"},
    "audit/pages": {"pages": "write", "id-token": "write"},
    "ci/test": READS,
    "mail-audit/audit": READS,
    "release/build": READS,
    "release/attest": {"id-token": "write", "attestations": "write", "artifact-metadata": "write"},
    "release/publish": {"id-token": "write"},
    "release/announce": {"contents": "write"},
    "security/code": READS | {"actions": "read", "security-events": "write"},
    "security/workflows": READS,
    "security/dependencies": READS,
    "security/scorecard": READS | {"actions": "read", "security-events": "write"},
}
each = pytest.mark.parametrize("name", ALL)
each_workflow = pytest.mark.parametrize("name", WORKFLOWS)
each_job = pytest.mark.parametrize("name", JOBS)


def steps(loaded_: dict[str, Any]) -> Iterator[dict[str, Any]]:
    jobs = loaded_["jobs"].values() if "jobs" in loaded_ else [loaded_["runs"]]
    return chain.from_iterable(job.get("steps", ()) for job in jobs)


def test_the_workflows_are_these() -> None:
    assert list(WORKFLOWS) == ["audit", "ci", "mail-audit", "release", "security"]


@pytest.mark.parametrize(
    ("schema", "paths"),
    [
        ("vendor.github-workflows", list(FILES.values())),
        ("vendor.github-actions", [CHECKOUT / "action.yml"]),
        ("vendor.dependabot", [CHECKOUT / ".github" / "dependabot.yml"]),
    ],
)
def test_files_are_as_their_schemas_say(schema: str, paths: list[Path]) -> None:
    done = CliRunner().invoke(check_jsonschema, ["--builtin-schema", schema, *map(str, paths)])
    assert done.exit_code == 0, done.output


@each
def test_every_action_is_pinned_by_its_commit_and_says_its_version(name: str) -> None:
    uses = [line.strip().removeprefix("- ") for line in TEXTS[name].splitlines() if re.match(r" *(- )?uses:", line)]
    assert uses
    assert [line for line in uses if not (PINNED.fullmatch(line) or OURS.fullmatch(line))] == []


def test_an_action_has_the_same_commit_wherever_it_is_used() -> None:
    pins: dict[str, set[str]] = {}
    for repository, pin in re.findall(r"uses: ([\w.-]+/[\w.-]+)[\w./-]*@(\S+ # \S+)", "\n".join(TEXTS.values())):
        pins.setdefault(repository, set()).add(pin)
    assert {repository: found for repository, found in pins.items() if len(found) > 1} == {}


@each_workflow
def test_nothing_is_permitted_unless_a_job_says_so(name: str) -> None:
    assert WORKFLOWS[name]["permissions"] == {}


def test_each_job_has_the_rights_that_it_needs_and_no_others() -> None:
    assert {name: job["permissions"] for name, job in JOBS.items()} == RIGHTS


@each_workflow
def test_a_right_to_write_says_what_for(name: str) -> None:
    assert re.findall(r"^ +[a-z-]+: write$", TEXTS[name], re.MULTILINE) == []


@each_workflow
def test_nothing_is_run_for_a_stranger_with_our_rights(name: str) -> None:
    assert set(WORKFLOWS[name]["on"]) & {"pull_request_target", "workflow_run", "issue_comment"} == set()


@each
def test_a_checkout_leaves_no_token_behind(name: str) -> None:
    checkouts = [s for s in steps(ALL[name]) if s.get("uses", "").startswith("actions/checkout@")]
    assert [s for s in checkouts if s.get("with", {}).get("persist-credentials") is not False] == []


@each
def test_no_expression_is_pasted_into_a_shell(name: str) -> None:
    assert [step for _, step in scripts(ALL[name]) if "${{" in step["run"]] == []


@each
def test_every_shell_is_bash_and_stops_at_what_fails(name: str) -> None:
    assert [
        t for t, s in scripts(ALL[name]) if s.get("shell") != "bash" or not s["run"].startswith("set -euo pipefail\n")
    ] == []


@each
def test_every_shell_can_be_read_by_bash(name: str) -> None:
    for title, step in scripts(ALL[name]):
        done = subprocess.run(["bash", "-n"], input=step["run"].encode(), capture_output=True, check=False)
        assert (title, done.stderr) == (title, b"")


@each
def test_no_shell_needs_a_newer_bash_than_a_mac_has(name: str) -> None:
    newer = re.compile(r"\$\{\w+(,,?|\^\^?|@[A-Z])\}|\bmapfile\b|\breadarray\b|declare -A|&>>|\|&")
    assert [title for title, step in scripts(ALL[name]) if newer.search(step["run"])] == []


@each
def test_variables_of_a_shell_are_given_to_it(name: str) -> None:
    """Each name in capitals is in the step's `env`, set in the script, or the runner's own."""
    runners = re.compile(r"(GITHUB|RUNNER)_[A-Z_]+|PATH")
    for title, step in scripts(ALL[name]):
        used = set(re.findall(r"\$\{?!?([A-Z][A-Z_]+)", step["run"]))
        set_here = set(re.findall(r"\b([A-Z][A-Z_]+)=", step["run"]))
        assert (title, {v for v in used - set(step.get("env", {})) - set_here if not runners.fullmatch(v)}) == (
            title,
            set(),
        )


@each_job
def test_every_job_names_its_image_and_ends_in_time(name: str) -> None:
    job = JOBS[name]
    if job.get("uses"):
        return
    wanted = "${{ inputs.runs-on }}" if name == "mail-audit/audit" else "ubuntu-24.04"
    assert job["runs-on"] == wanted
    assert job["timeout-minutes"] == "${{ inputs.timeout-minutes }}" or 0 < job["timeout-minutes"] <= 60


@each_workflow
def test_a_workflow_does_not_run_beside_itself(name: str) -> None:
    assert set(WORKFLOWS[name]["concurrency"]) == {"group", "cancel-in-progress"}


@pytest.mark.parametrize("name", ["audit", "security"])
def test_a_schedule_is_off_the_full_hour_and_names_its_zone(name: str) -> None:
    for plan in WORKFLOWS[name]["on"]["schedule"]:
        minute, hour, *_ = plan["cron"].split()
        assert int(minute) % 15
        assert int(hour) not in range(1, 4)  # such an hour comes twice, or never, when clocks change
        assert "/" in plan["timezone"]


@each
def test_inputs_and_outputs_that_are_named_are_there(name: str) -> None:
    told = ALL[name]
    calls = told.get("on", {}) if name != "action" else {}
    declared = set(told.get("inputs", {})) | {
        i for call in calls.values() if isinstance(call, dict) for i in call.get("inputs", {})
    }
    assert set(re.findall(r"inputs\.([a-z-]+)", TEXTS[name])) == declared  # each is used, and each is declared
    ids = {step["id"] for step in steps(told) if "id" in step}
    assert set(re.findall(r"steps\.([a-z-]+)\.", TEXTS[name])) <= ids
    assert set(re.findall(r"secrets\.([a-z-]+)", TEXTS[name])) <= set(
        (calls.get("workflow_call") or {}).get("secrets", {})
    )


def used(name: str, what: str) -> Iterator[dict[str, Any]]:
    jobs = (job for job in WORKFLOWS[name]["jobs"].values())
    return (
        part for job in jobs for part in (job, *job.get("steps", ())) if part.get("uses", "").partition("@")[0] == what
    )


def test_the_workflow_gives_the_action_inputs_that_it_has() -> None:
    (step,) = used("mail-audit", "$/")
    assert set(step["with"]) <= set(ACTION["inputs"])
    outputs = re.findall(r"steps\.audit\.outputs\.([a-z-]+)", TEXTS["mail-audit"])
    assert set(outputs) <= set(ACTION["outputs"])


def test_its_inputs_default_to_what_the_actions_do() -> None:
    inputs = WORKFLOWS["mail-audit"]["on"]["workflow_call"]["inputs"]
    shared = set(inputs) & set(ACTION["inputs"])
    said = {n: inputs[n]["default"] for n in shared}
    assert {n: str(v).lower() if isinstance(v, bool) else v for n, v in said.items()} == {
        n: ACTION["inputs"][n]["default"] for n in shared
    }


def test_the_audit_calls_it_with_inputs_and_secrets_that_it_has() -> None:
    (job,) = used("audit", "$/.github/workflows/mail-audit.yml")
    called = WORKFLOWS["mail-audit"]["on"]["workflow_call"]
    assert set(job["with"]) <= set(called["inputs"])
    assert set(job["secrets"]) == set(called["secrets"])
    given = set(re.findall(r"needs\.audit\.outputs\.([a-z-]+)", TEXTS["audit"]))
    assert given <= set(called["outputs"])
    for output in called["outputs"].values():
        (name,) = re.findall(r"jobs\.audit\.outputs\.([a-z-]+)", output["value"])
        assert name in WORKFLOWS["mail-audit"]["jobs"]["audit"]["outputs"]


def test_what_one_job_takes_another_gave() -> None:
    kept = ACTION["inputs"]["artifact"]["default"]
    assert {s["with"]["name"] for s in used("audit", "actions/download-artifact")} == {kept}
    given = {s["with"]["name"] for s in used("release", "actions/upload-artifact")}
    taken = {s["with"]["name"] for s in used("release", "actions/download-artifact") if "name" in s["with"]}
    assert given == taken == {"packages", "sbom"}


def test_keys_are_given_by_the_environment_alone_and_by_the_names_that_are_read() -> None:
    (step,) = used("mail-audit", "$/")
    assert set(step["env"]) == {key_variable(name) for name in load_blocklists().keys}
    assert [name for name in ACTION["inputs"] if "key" in name or "token" in name] == []


def options_of(command: str) -> dict[str, click.Parameter]:
    return {option: each_ for each_ in loaded(command).params for option in (*each_.opts, *each_.secondary_opts)}


def test_the_action_uses_options_that_there_are() -> None:
    (audit,) = (s for s in ACTION["runs"]["steps"] if s.get("id") == "audit")
    named = set(re.findall(r"(?<![\w-])(--[a-z][a-z-]+)", audit["run"]))
    given = {f"--{name}" for name in re.findall(r"^ *given ([a-z-]+) ", audit["run"], re.MULTILINE)}
    assert given >= {"--profile", "--fail-on", "--max-unknown", "--require-vantage", "--waivers", "--baseline"}
    assert named >= {"--no-smtp", "--nameserver", "--history", "--strict", "--fail-on-new"}
    assert (named | given) - set(options_of("run")) - set(options_of("baseline")) == set()


@pytest.mark.parametrize(("name", "said"), [("profile", "baseline"), ("fail-on", "high"), ("max-unknown", "5.0")])
def test_what_the_action_says_of_defaults_is_so(name: str, said: str) -> None:
    assert str(options_of("run")[f"--{name}"].default) == said
    assert ACTION["inputs"][name]["default"] == ""
    assert re.search(rf"\b{said.removesuffix('.0')}\b", ACTION["inputs"][name]["description"])


TAGS = [(f"v{__version__}", 0), (__version__, 1), ("v9.9.9", 1), ('v"; touch pwned #', 1)]


@pytest.mark.parametrize(("tag", "code"), TAGS)
def test_a_tag_that_is_not_the_version_is_not_released(tag: str, code: int, tmp_path: Path) -> None:
    (tmp_path / "audit").mkdir()
    (tmp_path / "audit/__init__.py").write_bytes((CHECKOUT / "audit/__init__.py").read_bytes())
    (script,) = (s["run"] for title, s in scripts(WORKFLOWS["release"]) if title == "See that the tag is the version")
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "TAG": tag},
        capture_output=True,
        check=False,
    )
    assert done.returncode == code
    assert not (tmp_path / "pwned").exists()


@pytest.mark.parametrize("pages", [True, False])
def test_the_page_is_published_without_the_evidence(pages: bool, tmp_path: Path) -> None:
    report = tmp_path / "report"
    report.mkdir()
    for name in ("index.html", "evidence.jsonl", "hosts.jsonl", "report.json", "mxaudit.sarif"):
        (report / name).touch()
    if pages:
        (report / "index-pages").mkdir()
        (report / "index-pages/1.html").touch()
    (script,) = (s["run"] for _, s in scripts({"jobs": {"pages": WORKFLOWS["audit"]["jobs"]["pages"]}}))
    subprocess.run(["bash", "-c", script], cwd=tmp_path, check=True)
    there = {str(p.relative_to(tmp_path / "site")) for p in (tmp_path / "site").rglob("*") if p.is_file()}
    assert there == {"index.html"} | ({"index-pages/1.html"} if pages else set())


def test_the_report_lies_where_the_next_run_looks(tmp_path: Path) -> None:
    report = tmp_path / 'a "report"'
    report.mkdir()
    (report / "evidence.jsonl").write_text("x")
    (tmp_path / "mxaudit-last").mkdir()
    (tmp_path / "mxaudit-last/old").touch()
    told = scripts(WORKFLOWS["mail-audit"])
    (script,) = (s["run"] for title, s in told if title == "Put the report where the next run looks")
    given = {"PATH": os.environ["PATH"], "RUNNER_TEMP": str(tmp_path), "REPORT": str(report)}
    subprocess.run(["bash", "-c", script], env=given, check=True)
    assert [path.name for path in (tmp_path / "mxaudit-last").iterdir()] == ["evidence.jsonl"]
