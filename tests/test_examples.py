"""What people copy from the documents works: commands and options exist, and the jobs of workflows hang together."""

from __future__ import annotations

import importlib
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest

from audit.cli.group import loaded

DOCUMENTS = Path(__file__).parents[1] / "docs"
PAGES = ("many-machines", "vantages", "resuming")
MANY = DOCUMENTS / "many-machines.md"


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"^ *```{language}\n(.*?)^ *```", page.read_text(), re.DOTALL | re.MULTILINE)


def workflows() -> list[dict[str, Any]]:
    yaml = importlib.import_module("yaml")
    return [yaml.safe_load(block) for block in blocks(MANY, "yaml")]


def steps(workflow: dict[str, Any]) -> Iterator[dict[str, Any]]:
    return (step for job in workflow["jobs"].values() for step in job["steps"])


def commands(shell: str) -> Iterator[list[str]]:
    """The words of each `mxaudit …` in the text of a shell."""
    for line in shell.replace("\\\n", " ").splitlines():
        for found in re.findall(r"(?:^|[ ;])mxaudit ((?:[^|;#>]|\|(?=[^|]))*)", line):
            yield shlex.split(found.replace("|| code=$?", ""))


def shells(page: Path) -> Iterator[str]:
    yield from blocks(page, "sh")
    if page == MANY:
        yield from (step["run"] for workflow in workflows() for step in steps(workflow) if "run" in step)


@pytest.mark.parametrize("page", PAGES)
def test_commands_and_their_options_exist(page: str) -> None:
    found = [words for shell in shells(DOCUMENTS / f"{page}.md") for words in commands(shell)]
    assert found
    for name, *words in found:
        known = {option for each in loaded(name).params for option in (*each.opts, *each.secondary_opts)}
        given = {word.split("=")[0] for word in words if word.startswith("-") and word != "-"}
        assert given - known == set(), name


def test_the_command_of_a_part_says_all_that_it_must() -> None:
    parts = [words for workflow in workflows() for step in steps(workflow) for words in commands(step.get("run", ""))]
    assert [words[0] for words in parts] == ["gather", "merge", "gather", "merge", "judge"]
    for name, *words in parts:
        with loaded(name).make_context(
            name, [w for w in words if not w.startswith("$(")], resilient_parsing=True
        ) as read:
            assert isinstance(read, click.Context)


def test_jobs_hang_together() -> None:
    (workflow,) = workflows()
    jobs = workflow["jobs"]
    for job in jobs.values():
        needs = job.get("needs", [])
        assert ({needs} if isinstance(needs, str) else set(needs)) <= set(jobs)
        assert job["timeout-minutes"] > 0
    assert workflow["permissions"] == {}
    assert not any("${{" in step["run"] for step in steps(workflow) if "run" in step)


def test_each_part_of_a_matrix_is_there_once() -> None:
    (workflow,) = workflows()
    for job in workflow["jobs"].values():
        written = [step["env"]["SHARD"] for step in job["steps"] if "env" in step]
        if written:
            parts = job["strategy"]["matrix"]["part"]
            assert written == [f"${{{{ matrix.part }}}}/{len(parts)}"]
            assert parts == list(range(1, len(parts) + 1))


def test_what_one_job_takes_another_gave() -> None:
    (workflow,) = workflows()
    kept = {step["with"]["name"] for step in steps(workflow) if "upload-artifact" in step.get("uses", "")}
    taken = {
        step["with"].get("name", step["with"].get("pattern"))
        for step in steps(workflow)
        if "download" in step.get("uses", "")
    }
    assert taken - {None} == {"dns-*", "all-dns"}
    assert kept == {"dns-${{ matrix.part }}", "all-dns", "smtp-${{ matrix.part }}", "audit-report"}
