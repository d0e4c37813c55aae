"""What it means when a dialogue with a mail server ends without a word from the server, and what to do then.

Where the server gave a reply, its words decide (`replies`). What is left is told by the stage at which it stopped, and
how: a connection that is refused is the host's doing, silence is mostly a filter's on the way, something else than SMTP
is another service.
"""

from __future__ import annotations

from functools import cache

from audit.catalog import tables
from audit.catalog.replies import Side
from audit.model.value import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class StageWords:
    """A sentence on an ending, whose side it is, and what to do now, in order; `{host}`, `{port}`, `{detail}`,
    `{command}` and `{wait}` are put in. `stage` "" is any. `drips`: something came, but no whole reply. `problem`:
    that of a certificate chain, or what else speaks there."""

    stage: str
    ending: str
    drips: bool
    problem: str
    means: str
    side: Side
    advice: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Stages:
    entries: tuple[StageWords, ...]

    def of(self, stage: str, ending: str, *, dripped: bool = False, problem: str = "") -> StageWords | None:
        """The entry that fits best: one for the stage before one for any, one for a drip before one for silence."""
        for place in (stage, ""):
            for drips in (True, False) if dripped else (False,):
                for entry in self.entries:
                    if (entry.stage, entry.ending, entry.drips, entry.problem) == (place, ending, drips, problem):
                        return entry
        return None


@cache
def load_stages() -> Stages:
    """The words that are shipped.

    Raises:
        CatalogError: the catalogue is broken.
    """
    return Stages(tables.section("stages", tuple[StageWords, ...]))
