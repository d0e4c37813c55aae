"""Markup of ours with gaps. What fills a gap is escaped, unless it is markup itself, which only a form makes.

So no text gets into a page as markup by being forgotten: the worst that a slip can do is to show a tag as text. The
markup of a form is a constant of the program, never made from what the world says.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import partial

from markupsafe import Markup, escape

from audit.syntax.escape import visible

NOTHING = Markup()

_made: Callable[[str], Markup] = partial(str.__new__, Markup)  # of text that is markup already, and is not asked
_plain = re.compile(r"[ !#-%(-;=?-~]*").fullmatch  # printable ASCII that no markup is made of, as nearly all is


class Form:
    """Markup with a gap wherever `{}` stands."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text.replace("%", "%%").replace("{}", "%s")

    def __call__(self, *values: object) -> Markup:
        return _made(self._text % tuple([v if type(v) is Markup else escape(v) for v in values]))

    def each(self, values: Iterable[object], between: str = "") -> Markup:
        """The form with one gap, filled with each of the values in turn."""
        return joined([self(value) for value in values], between)


def joined(parts: Iterable[object], between: str = "") -> Markup:
    """Parts one after another."""
    return _made(str(escape(between)).join([p if type(p) is Markup else escape(p) for p in parts]))


_SAID = Form("<bdi>{}</bdi>")
_CODE = Form("<code>{}</code>")


def said(text: str, limit: int = 400) -> Markup:
    """A text of the world, apart from the direction of what stands around it."""
    if len(text) <= limit and _plain(text):
        return _made(f"<bdi>{text}</bdi>")
    return _SAID(visible(text, limit))


def code(text: str, limit: int = 400) -> Markup:
    """A name, a value or a code of the world."""
    if len(text) <= limit and _plain(text):
        return _made(f"<code>{text}</code>")
    return _CODE(visible(text, limit))
