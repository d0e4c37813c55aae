"""How wide the terminal is. Nothing of ours is loaded for that: help and errors ask it before any command is known."""

from __future__ import annotations

import shutil

WIDEST = 100  # columns: longer lines are hard to follow
ROOMY = 60  # from so many on there is room for tables, as in `report.pen`


def columns(widest: int = WIDEST) -> int:
    """How wide to write: the terminal, or what COLUMNS says, as far as lines are still good to read."""
    return min(widest, shutil.get_terminal_size((widest, 24)).columns)
