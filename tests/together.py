"""One test for many things of a kind: each is held to the same, and all that fall short are told at once, by name.

An item of pytest costs milliseconds, whatever it does: for hundreds of rules or documents, of which each takes a
fraction of that, those are most of the time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import pytest

T = TypeVar("T")
SHOWN = 20  # of those that fall short, with all that pytest says of each


def of_each(
    things: Iterable[T], name: Callable[[T], str], by: Callable[[T], str] | None = None
) -> Callable[[Callable[[T], None]], Any]:
    """Make what holds of a thing one test of all of them, or a test of each of their kinds."""
    kinds: dict[str, list[T]] = {}
    for thing in things:
        kinds.setdefault(by(thing) if by else "", []).append(thing)
    assert kinds, "there is nothing to be tested"

    def together(hold: Callable[[T], None]) -> Any:
        def of_all() -> None:
            _hold(hold, kinds[""], name)

        def of_kind(kind: str) -> None:
            _hold(hold, kinds[kind], name)

        test: Any = pytest.mark.parametrize("kind", kinds)(of_kind) if by else of_all
        test.__name__, test.__qualname__, test.__module__ = hold.__name__, hold.__qualname__, hold.__module__
        test.__doc__ = hold.__doc__
        return test

    return together


def _hold(hold: Callable[[T], None], things: list[T], name: Callable[[T], str]) -> None:
    wrong: dict[str, Exception] = {}
    for thing in things:
        try:
            hold(thing)
        except Exception as error:  # noqa: BLE001 -- of whatever kind, it is told beside the others
            error.add_note(f"of {name(thing)}")
            wrong[name(thing)] = error
    if wrong:
        told = f"{len(wrong)} of {len(things)} fall short: {', '.join(wrong)}"
        raise ExceptionGroup(told, list(wrong.values())[:SHOWN])
