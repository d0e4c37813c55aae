"""One pure renderer a format: each takes the finished report and gives octets, the same for the same report.

A renderer gives them part by part, in the order of the report, so that a long one need not be held.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from types import MappingProxyType
from typing import TypeAlias

from audit.model.report import RunReport
from audit.report import csv, document, github, html, junit, markdown, prometheus, sarif, text

Stream: TypeAlias = Callable[[RunReport], Iterator[bytes]]
Renderer: TypeAlias = Callable[[RunReport], bytes]

STREAMS: Mapping[str, Stream] = MappingProxyType(
    {
        "json": document.stream,
        "html": html.stream,
        "text": text.stream,
        "md": markdown.stream,
        "jsonl": document.lines,
        "csv": csv.stream,
        "sarif": sarif.stream,
        "junit": junit.stream,
        "prometheus": prometheus.stream,
        "github": github.stream,
    }
)


def _whole(stream: Stream, report: RunReport) -> bytes:
    return b"".join(stream(report))


FORMATS: Mapping[str, Renderer] = MappingProxyType({name: partial(_whole, s) for name, s in STREAMS.items()})
