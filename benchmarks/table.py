"""The table that a measurement ends in: as text for people, and as JSON for whoever compares two of them."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version

from benchmarks.measure import Figure

PACKAGES = ("mxaudit", "dnspython", "checkdmarc", "msgspec", "jsonschema-rs", "jinja2")
WIDEST = 66  # of what a row is about


@dataclass(frozen=True, slots=True)
class Target:
    """What a figure should reach, or stay below."""

    limit: float
    at_least: bool

    def holds(self, figure: Figure) -> bool:
        return figure.middle >= self.limit if self.at_least else figure.middle <= self.limit

    def __str__(self) -> str:
        return f"{'>=' if self.at_least else '<='} {self.limit:g}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One figure. `part` is the letter of the measurement it comes from, `note` what has to be known to read it."""

    part: str
    what: str
    figure: Figure
    unit: str
    target: Target | None = None
    note: str = ""

    @property
    def verdict(self) -> str:
        if self.target is None:
            return ""
        return "holds" if self.target.holds(self.figure) else "missed"


def at_least(limit: float) -> Target:
    return Target(limit, at_least=True)


def at_most(limit: float) -> Target:
    return Target(limit, at_least=False)


def text(rows: Iterable[Row], circumstances: dict[str, str]) -> str:
    """The table, in columns; notes stand below their row."""
    lines = [f"{key}: {value}" for key, value in circumstances.items()]
    lines += ["", f"{'':2} {'':{WIDEST}} {'median':>10} {'range':>21} {'unit':10} {'target':>9} "]
    for row in rows:
        figure = row.figure
        span = f"{shown(figure.least)} - {shown(figure.most)}" if figure.rounds > 1 else "one round"
        target = str(row.target) if row.target else ""
        lines.append(
            f"{row.part:2} {row.what:{WIDEST}} {shown(figure.middle):>10} {span:>21} "
            f"{row.unit:10} {target:>9} {row.verdict}".rstrip()
        )
        if row.note:
            lines.append(f"     {row.note}")
    return "\n".join(lines) + "\n"


def document(rows: Iterable[Row], circumstances: dict[str, str]) -> str:
    """The same as JSON."""
    found = [{**asdict(row), "target": str(row.target or ""), "verdict": row.verdict} for row in rows]
    return json.dumps({"circumstances": circumstances, "rows": found}, indent=1) + "\n"


def circumstances(**more: str) -> dict[str, str]:
    """Where and with what it was measured."""
    return {
        "machine": f"{os.cpu_count()} cores, {platform.machine()}, Linux {platform.release()}",
        "python": platform.python_version(),
        "packages": ", ".join(f"{name} {_version(name)}" for name in PACKAGES),
        "load": " ".join(f"{load:.1f}" for load in os.getloadavg()) + " (1, 5 and 15 minutes before)",
        **more,
    }


def shown(value: float) -> str:
    """Three figures are all that a measurement of this kind can say."""
    if value == 0:
        return "0"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "?"
