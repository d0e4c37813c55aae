"""What logs come to as one page that asks for nothing: the report's style sheet, allowed by its hash, and no script."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from audit.report.html import style_hash, template

PAGE = "logs.html.j2"


def render(value: Mapping[str, Any]) -> bytes:
    """The page of an outcome; every text of it is escaped by the template."""
    page = template(PAGE)
    return page.render(value=value, style_hash=style_hash(), script_hash=None).encode("utf-8")
