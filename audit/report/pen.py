"""Writing for a terminal: lines of a width, and colour as SGR sequences (ECMA-48 section 8.3.117), ours alone."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from audit.model.report import Severity, State
from audit.syntax.escape import inert

NARROWEST = 32  # the longest id of a rule, with what stands before it
ROOMY = 60  # columns from which on there is room for a column of labels

HUES: Mapping[State | Severity, str] = MappingProxyType(
    {
        State.GOOD: "32",
        State.WARNING: "33",
        State.BAD: "31",
        State.UNKNOWN: "36",
        State.NOT_APPLICABLE: "2",
        Severity.CRITICAL: "1;31",
        Severity.HIGH: "31",
        Severity.MEDIUM: "33",
        Severity.LOW: "0",
        Severity.INFO: "2",
    }
)

_COMMAND = re.compile(r"^( *)::(?=[A-Za-z_-]+(?: .*)?::)")  # what GitHub Actions takes a line of a log for


@dataclass(frozen=True, slots=True)
class Pen:
    """Writes lines of up to `width` columns; with SGR sequences where `colour` is wanted."""

    colour: bool
    width: int

    @property
    def roomy(self) -> bool:
        """Whether labels can stand beside what they label."""
        return self.width >= ROOMY

    def paint(self, text: str, sgr: str) -> str:
        return f"\x1b[{sgr}m{text}\x1b[0m" if self.colour else text

    def write(self, text: str, first: str = "", rest: str | None = None) -> list[str]:
        """The text as lines; made visible here, so that nothing can be forgotten."""
        lines = textwrap.wrap(
            inert(" ".join(text.split()), 2000),
            self.width,
            break_on_hyphens=False,
            initial_indent=first,
            subsequent_indent=" " * len(first) if rest is None else rest,
        )
        return [_COMMAND.sub(r"\1\\x3a:", line) for line in lines] or [first.rstrip()]
