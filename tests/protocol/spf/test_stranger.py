"""Whom nothing names gets what a receiver makes of him: the short walk and the whole evaluation agree."""

from __future__ import annotations

import random

import pytest

from audit.model.fact import Known
from audit.protocol.spf.outcome import SpfResult
from audit.protocol.spf.tree import spf_tree
from tests.protocol.spf.test_kept import HERE, NAMES, made, result
from tests.protocol.walking import value

STRANGERS = ("203.0.113.1", "2a00::1")
OPEN = (
    "+all",
    "ip4:0.0.0.0/0",
    "ip4:0.0.0.0/1 ip4:128.0.0.0/1",
    "ip6:::/0",
    "a:host.example/0",
    "?ip4:0.0.0.0/0",
    "all",
)

MACROS = (
    "exists:%{d}.there.example",
    "-exists:%{o}.there.example",
    "a:%{d2}.void.example",
    "a:%{o}",
    "exists:%{i}.list.example",
    "exists:%{v}.wild.example",
    "?a:%{h}",
    "-exists:%{i}.wild.example",
    "mx:%{ir}.void.example",
    "ptr:%{o}",
    "include:%{l}.wild.example",
)
MADE = """
    a.example.there.example  A    192.0.2.1
    c.example.there.example  A    192.0.2.1
    *.wild.example           A    192.0.2.1
    *.wild.example           TXT  "v=spf1 +all"
    a.example                A    192.0.2.1
    203.0.113.1              PTR  stranger.test.
    2a00::1                  PTR  stranger.test.
    stranger.test            A    203.0.113.1
    stranger.test            AAAA 2a00::1
"""


def opened(seed: int, words_to_put: tuple[str, ...] = OPEN) -> str:
    """Made records, of which some let everybody send, or would if a receiver came so far."""
    pick = random.Random(seed)
    lines = made(seed).splitlines()
    for index in range(len(NAMES)):
        if pick.random() < 0.3:
            head, terms = lines[index].removesuffix('"').split(' "v=spf1 ')
            words = terms.split(" ")
            words.insert(pick.randint(0, len(words)), pick.choice(words_to_put))
            lines[index] = f'{head} "v=spf1 {" ".join(words)}"'
    return "\n".join(lines)


@pytest.mark.parametrize("start", range(0, 1000, 100))
def test_a_stranger_passes_where_everybody_does(start: int) -> None:
    met = set()
    for seed in range(start, start + 100):
        text = opened(seed)
        known = value(spf_tree(HERE), text).everybody
        assert isinstance(known, Known)
        passes = {result(client, text) for client in STRANGERS}
        assert (SpfResult.PASS in passes) == bool(known.value), (seed, known, passes, text)
        met.add(bool(known.value))
    assert met == {True, False}


@pytest.mark.parametrize("start", range(0, 4000, 400))
def test_what_a_macro_hides_is_not_taken_for_certain(start: int) -> None:
    met = set()
    for seed in range(start, start + 200):
        text = f"{opened(seed, (*OPEN, *MACROS, *MACROS))}\n{MADE}"
        known = value(spf_tree(HERE), text).everybody
        passes = {result(client, text) for client in STRANGERS}
        if isinstance(known, Known):
            assert (SpfResult.PASS in passes) == bool(known.value), (seed, known, passes, text)
        met.add(bool(known.value) if isinstance(known, Known) else None)
    assert met == {True, False, None}
