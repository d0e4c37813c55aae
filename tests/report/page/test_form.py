"""What fills a gap is text, unless a form made it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from markupsafe import Markup, escape

from audit.report.page.form import Form, code, joined, said
from audit.syntax.escape import visible

PAIR = Form('<p class="{}">100 % of {}</p>')
BOLD = Form("<b>{}</b>")


@pytest.mark.parametrize(
    ("values", "made"),
    [
        (("a", "b"), '<p class="a">100 % of b</p>'),
        (("a", 7), '<p class="a">100 % of 7</p>'),
        (('">', "<i>&"), '<p class="&#34;&gt;">100 % of &lt;i&gt;&amp;</p>'),
        (("a", BOLD("<")), '<p class="a">100 % of <b>&lt;</b></p>'),
        (("{}", "%s"), '<p class="{}">100 % of %s</p>'),
    ],
)
def test_a_gap_escapes_what_is_no_markup(values: tuple[object, ...], made: str) -> None:
    assert PAIR(*values) == made
    assert type(PAIR(*values)) is Markup


@pytest.mark.parametrize("values", [(), ("a",), ("a", "b", "c")])
def test_each_gap_is_filled(values: tuple[str, ...]) -> None:
    with pytest.raises(TypeError):
        PAIR(*values)


def test_parts_and_what_stands_between_them_are_escaped_too() -> None:
    assert joined(["<", BOLD("b"), "&"], " > ") == "&lt; &gt; <b>b</b> &gt; &amp;"
    assert joined([]) == ""


def test_a_form_is_filled_with_each_value_in_turn() -> None:
    assert BOLD.each(["<", 1], ", ") == "<b>&lt;</b>, <b>1</b>"


CHARACTERS = [*map(chr, range(0x100)), "\u202e", "\u200b", "\ud800", "é", "日", "\U0010ffff"]


@pytest.mark.parametrize("character", CHARACTERS, ids=ascii)
@pytest.mark.parametrize(("tag", "form"), [("bdi", said), ("code", code)])
def test_no_character_takes_a_short_way_past_the_escaping(
    tag: str, form: Callable[..., Markup], character: str
) -> None:
    for text in (character, f"a{character}", f"a{character}b"):
        assert form(text) == f"<{tag}>{escape(visible(text, 400))}</{tag}>"


@pytest.mark.parametrize("length", [0, 1, 79, 80, 81, 400])
@pytest.mark.parametrize(("tag", "form"), [("bdi", said), ("code", code)])
def test_a_text_is_cut_at_its_limit(tag: str, form: Callable[..., Markup], length: int) -> None:
    assert form("x" * length, 80) == f"<{tag}>{visible('x' * length, 80)}</{tag}>"
