"""Markup of ours with gaps. What fills a gap is escaped, unless it is markup itself, which only a form makes.

So no text gets into a page as markup by being forgotten: the worst that a slip can do is to show a tag as text. The
markup of a form is a constant of the program, never made from what the world says.
"""

from __future__ import annotations

from collections.abc import Iterable

from markupsafe import Markup

from audit.syntax.escape import visible

NOTHING = Markup()

_new = str.__new__  # `Markup()` first asks a text whether it is markup, which takes longer than all the rest


class Form:
    """Markup with a gap wherever `{}` stands."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text.replace("%", "%%").replace("{}", "%s")

    def __call__(self, *values: object) -> Markup:
        return _new(Markup, self._text % tuple([v if type(v) is Markup else _escaped(v) for v in values]))

    def each(self, values: Iterable[object], between: str = "") -> Markup:
        """The form with one gap, filled with each of the values in turn."""
        text = self._text
        filled = [text % (v if type(v) is Markup else _escaped(v)) for v in values]
        return _new(Markup, (between and _escaped(between)).join(filled))


def joined(parts: Iterable[object], between: str = "") -> Markup:
    """Parts one after another."""
    return _new(Markup, (between and _escaped(between)).join([p if type(p) is Markup else _escaped(p) for p in parts]))


def said(text: str, limit: int = 400) -> Markup:
    """A text of the world, apart from the direction of what stands around it."""
    return _new(Markup, f"<bdi>{_escaped(visible(text, limit))}</bdi>")


def code(text: str, limit: int = 400) -> Markup:
    """A name, a value or a code of the world."""
    return _new(Markup, f"<code>{_escaped(visible(text, limit))}</code>")


def _escaped(value: object) -> str:
    """As markupsafe's `escape` does it, in a third of the time: a page has ten thousands of texts."""
    text = str(value).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return text.replace('"', "&#34;").replace("'", "&#39;")
