"""What is never said: that somebody is what only an auditor may call them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
NEVER = re.compile(rb"\bcompliant\b", re.IGNORECASE)
SERVERS_SAY = frozenset({"audit/catalog/replies.toml"})  # patterns of what mail servers reply
SHIPPED = sorted(
    path
    for folder, kinds in {
        "audit": ("py", "toml", "html", "css", "js", "txt", "jinja", "j2"),
        "schemas": ("json",),
        "docs": ("md", "py"),
        "reports/example": ("html", "json"),
        ".": ("md",),
    }.items()
    for kind in kinds
    for path in (ROOT.glob(f"*.{kind}") if folder == "." else (ROOT / folder).rglob(f"*.{kind}"))
)


def test_there_is_something_to_look_at() -> None:
    assert len(SHIPPED) > 300


@pytest.mark.parametrize("folder", sorted({str(path.parent.relative_to(ROOT)) for path in SHIPPED}))
def test_nothing_says_that_somebody_keeps_a_standard_as_a_whole(folder: str) -> None:
    names = [str(path.relative_to(ROOT)) for path in SHIPPED if str(path.parent.relative_to(ROOT)) == folder]
    assert [name for name in names if name not in SERVERS_SAY and NEVER.search((ROOT / name).read_bytes())] == []
