"""How mails say that a mail came back (RFC 3464 and before it), and why mails do.

Servers told it in words long before there was a form for machines, and many still do. A form is told by its words; a
recipient and the copy of the mail by lines that look alike in all forms. A reason is why: it is finer than a class of
replies, which is what to do, and each has a name in sisimai, so that those who know that find theirs.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Literal

from audit.catalog import tables

ADDRESS = r"""[^\s<>"'():;,@\[\]]{1,64}@[^\s<>"'():;,@\[\]]{1,253}"""


@dataclass(frozen=True, slots=True, kw_only=True)
class BounceForm:
    """The form of one server or provider. `delay`: the mail is still being tried."""

    id: str
    name: str
    heads: tuple[str, ...]
    says: tuple[str, ...]
    delay: bool
    source: str
    checked: date


@dataclass(frozen=True, slots=True, kw_only=True)
class BounceLine:
    """A line of such a text that names a recipient, begins the copy of the mail, or says nothing of the cause."""

    id: str
    kind: Literal["recipient", "copy", "noise"]
    says: str
    source: str
    checked: date


@dataclass(frozen=True, slots=True, kw_only=True)
class BounceReason:
    """Why a mail came back. It is told by a pattern of the replies, by subject and detail of an enhanced code, or by
    the class; `says` narrows the class."""

    id: str
    sisimai: str
    meaning: str
    patterns: tuple[str, ...]
    enhanced: tuple[str, ...]
    classes: tuple[str, ...]
    says: tuple[str, ...]
    source: str
    checked: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounces:
    """All that is known of bounces."""

    forms: tuple[BounceForm, ...]
    lines: tuple[BounceLine, ...]
    reasons: tuple[BounceReason, ...]
    _compiled: Mapping[str, tuple[re.Pattern[str], ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(
            self,
            "_compiled",
            {
                kind: tuple(
                    re.compile(line.says.replace("ADDRESS", ADDRESS), re.IGNORECASE)
                    for line in self.lines
                    if line.kind == kind
                )
                for kind in ("recipient", "copy", "noise")
            },
        )

    def held_by(self, kind: Literal["recipient", "copy", "noise"], line: str) -> re.Match[str] | None:
        """Where a line has what makes it one of a kind."""
        return next((found for e in self._compiled[kind] if (found := e.search(line))), None)

    def reason(self, id: str) -> BounceReason:
        return next(r for r in self.reasons if r.id == id)


@cache
def load_bounces() -> Bounces:
    """What is shipped.

    Raises:
        CatalogError: the catalogue is broken.
    """
    return Bounces(
        forms=tables.section("bounce_forms", tuple[BounceForm, ...]),
        lines=tables.section("bounce_lines", tuple[BounceLine, ...]),
        reasons=tables.section("bounce_reasons", tuple[BounceReason, ...]),
    )
