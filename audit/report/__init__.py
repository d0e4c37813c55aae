"""One pure renderer a format: each takes the finished report and gives bytes, the same bytes for the same report."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TypeAlias

from audit.model.report import RunReport
from audit.report import document, html, markdown, text

Renderer: TypeAlias = Callable[[RunReport], bytes]

FORMATS: Mapping[str, Renderer] = MappingProxyType(
    {"json": document.render, "html": html.render, "text": text.render, "md": markdown.render}
)
