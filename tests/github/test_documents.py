"""What people copy into their workflows: pinned, by inputs that there are, and all inputs and outputs are told."""

from __future__ import annotations

import importlib
import re
from pathlib import Path
from typing import Any

import pytest

import audit
from tests.github.runner import ACTION, CHECKOUT, load
from tests.github.test_workflows import PINNED

CALLED = load(CHECKOUT / ".github/workflows/mail-audit.yml")["on"]["workflow_call"]
PAGE = (CHECKOUT / "docs/github-actions.md").read_text("utf-8")
DOCUMENTS = [
    p for p in (CHECKOUT / "README.md", *sorted((CHECKOUT / "docs").glob("*.md"))) if "```yaml" in p.read_text()
]
OURS = re.compile(rf"uses: OWNER/mxaudit(/\.github/workflows/[\w-]+\.yml)?@COMMIT # v{re.escape(audit.__version__)}")


def blocks(page: Path) -> list[str]:
    return re.findall(r"^```yaml\n(.*?)^```", page.read_text("utf-8"), re.DOTALL | re.MULTILINE)


def parts(node: Any) -> list[dict[str, Any]]:
    """Each step and job that uses something, however deep."""
    below = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    own = [node] if isinstance(node, dict) and "uses" in node else []
    return own + [part for each in below for part in parts(each)]


@pytest.mark.parametrize("page", DOCUMENTS, ids=lambda page: page.stem)
def test_what_is_copied_is_pinned(page: Path) -> None:
    uses = [found for block in blocks(page) for found in re.findall(r"uses: .*", block)]
    assert uses
    assert [use for use in uses if not (PINNED.fullmatch(use) or OURS.fullmatch(use))] == []


@pytest.mark.parametrize("page", DOCUMENTS, ids=lambda page: page.stem)
def test_what_is_copied_gives_inputs_that_there_are(page: Path) -> None:
    yaml = importlib.import_module("yaml")
    for part in (part for block in blocks(page) for part in parts(yaml.safe_load(block))):
        if part["uses"].startswith("OWNER/mxaudit@"):
            assert set(part.get("with", {})) <= set(ACTION["inputs"])
        elif part["uses"].startswith("OWNER/mxaudit/"):
            assert set(part.get("with", {})) <= set(CALLED["inputs"])
            assert set(part.get("secrets", {})) <= set(CALLED["secrets"])


def test_all_inputs_and_outputs_are_told() -> None:
    def told(heading: str) -> set[str]:
        section = PAGE.partition(f"## {heading}\n")[2].partition("\n## ")[0]
        return set(re.findall(r"`([a-z-]+)`", section))

    assert set(ACTION["inputs"]) - told("Inputs") == set()
    assert set(ACTION["outputs"]) - told("Outputs") == set()
