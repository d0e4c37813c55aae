"""What GitHub runs for us: pinned, with no rights that it doesn't need, and no text of strangers in a shell."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

WORKFLOWS = sorted((Path(__file__).parents[1] / ".github" / "workflows").glob("*.yml"))
PINNED = re.compile(r"uses: [\w.-]+/[\w./-]+@[0-9a-f]{40} # v[0-9]+\.[0-9]+\.[0-9]+")
each = pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.stem)


def indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def run_lines(text: str) -> Iterator[str]:
    """What a shell is given: the lines of each `run:`, on its own line or in the block below it."""
    block: int | None = None
    for line in text.splitlines():
        if block is not None and (not line.strip() or indent(line) > block):
            yield line
            continue
        found = re.match(r"(\s*(?:- )?)run: (.*)", line)
        block = len(found[1]) if found and found[2].startswith("|") else None
        if found and block is None:
            yield found[2]


def test_both_workflows_are_there() -> None:
    assert [w.stem for w in WORKFLOWS] == ["audit", "ci"]


@each
def test_every_action_is_pinned_by_its_commit_and_says_its_version(workflow: Path) -> None:
    uses = [line.strip().removeprefix("- ") for line in workflow.read_text().splitlines() if "uses:" in line]
    assert uses
    assert [line for line in uses if not PINNED.fullmatch(line)] == []


@each
def test_nothing_is_permitted_unless_a_job_says_so(workflow: Path) -> None:
    text = workflow.read_text()
    assert re.findall(r"^permissions:.*", text, re.MULTILINE) == ["permissions: {}"]
    assert re.findall(r"^    permissions:\n((?:      .*\n)+)", text, re.MULTILINE) == ["      contents: read\n"]


@each
def test_a_checkout_leaves_no_token_behind(workflow: Path) -> None:
    text = workflow.read_text()
    assert text.count("persist-credentials: false") == text.count("uses: actions/checkout@") == 1


@each
def test_no_expression_is_pasted_into_a_shell(workflow: Path) -> None:
    lines = list(run_lines(workflow.read_text()))
    assert lines
    assert [line for line in lines if "${{" in line] == []


@each
def test_every_job_names_its_image_and_ends_in_time(workflow: Path) -> None:
    text = workflow.read_text()
    assert re.findall(r"^    runs-on: (.*)$", text, re.MULTILINE) == ["ubuntu-24.04"]
    assert len(re.findall(r"^    timeout-minutes: [0-9]+$", text, re.MULTILINE)) == 1


def test_the_schedule_is_off_the_full_hour_and_names_its_zone() -> None:
    text = next(w for w in WORKFLOWS if w.stem == "audit").read_text()
    minutes = re.findall(r'- cron: "(\S+) .*"\n      timezone: "\w+/\w+"', text)
    assert minutes
    assert "0" not in minutes


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("      - run: echo ${{ inputs.a }}\n", ["echo ${{ inputs.a }}"]),
        ("        run: |\n          one\n\n          two\n        env:\n", ["          one", "", "          two"]),
        ("      - run: |\n          one\n      - name: x\n", ["          one"]),
        ("        env:\n          A: ${{ inputs.a }}\n", []),
    ],
)
def test_the_lines_of_a_shell_are_told_from_others(text: str, lines: list[str]) -> None:
    assert list(run_lines(text)) == lines
