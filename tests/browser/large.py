"""A report of ten thousand domains, of which only the table is written, and a bare table of as many rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import cycle, islice

from audit.model.report import DomainReport, Glance, Reports, RunReport
from audit.report import html
from tests.report.sample import SAMPLE

ROWS = 10_000
OPERATORS = ("Microsoft 365", "Google Workspace", "mailhost.example", "other.example")


class Many(Reports):
    """Rows of the sample again and again, each under a name of its own."""

    def __init__(self, rows: int) -> None:
        self._rows = rows

    def __len__(self) -> int:
        return self._rows

    def __contains__(self, domain: object) -> bool:
        return any(domain == each for each in self)

    def __iter__(self) -> Iterator[DomainReport]:
        audited = [d for d in SAMPLE.domains if d.status == "audited"]
        for at, (domain, operator) in enumerate(
            islice(zip(cycle(audited), cycle(OPERATORS), strict=False), self._rows)
        ):
            name = f"host{at:05}.example"
            yield replace(domain, domain=name, unicode=name, operators=(operator,))

    def glances(self) -> Iterator[Glance]:
        for d in self:
            yield Glance(
                input=d.input,
                domain=d.domain,
                unicode=d.unicode,
                status=d.status,
                problem=d.problem,
                verdicts=d.verdicts,
                findings=d.findings,
                operators=d.operators,
            )


def report(rows: int = ROWS) -> RunReport:
    coverage = replace(SAMPLE.run.coverage, rows=rows, audited=rows)
    return replace(SAMPLE, domains=Many(rows), run=replace(SAMPLE.run, coverage=coverage))


def index(rows: int = ROWS) -> bytes:
    """The first page of the report, without the pages of its domains."""
    found = []
    for name, part in html.files(report(rows), "index.html"):
        if name == "index.html":
            found.append(part)
        elif name.startswith("index-pages/0/d"):
            continue
    return b"".join(found)


def bare(rows: int = ROWS) -> bytes:
    """The same rows as a table without a style, a script or a link."""
    lines = "".join(
        f"<tr><th>host{at:05}.example</th><td>yes</td><td>protected</td><td>yes</td><td>no</td><td>High 1</td></tr>\n"
        for at in range(rows)
    )
    return f'<!doctype html><meta charset="utf-8"><title>bare</title><table>\n{lines}</table>\n'.encode()
