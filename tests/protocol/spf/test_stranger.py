"""Whom nothing names gets what a receiver makes of him: the short walk and the whole evaluation agree."""

from __future__ import annotations

import ipaddress
import random
from typing import Any

import pytest

from audit.model.fact import Fact, Known, Unknown
from audit.model.probe import Probe, Question
from audit.protocol.inquiry import replay
from audit.protocol.spf.outcome import SpfResult
from audit.protocol.spf.terms import SAMPLE, sample_name
from audit.protocol.spf.tree import spf_tree
from tests.protocol.spf.test_kept import HERE, NAMES, made, result
from tests.protocol.walking import value
from tests.rules.world import not_gathered, zone

STRANGERS = ("203.0.113.1", "2a00::1")
SAMPLES = ("203.0.113.254", "2001:db8:ffff::fe")  # those of whom macros make names
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
OF_CLIENTS = (
    "exists:%{i}.list.example",
    "exists:%{ir}.%{v}.wild.example",
    "-exists:%{i}.list.example",
    "-exists:%{i4}.wild.example",
    "exists:%{i}.some.example",
    "?exists:%{i}.some.example",
    "exists:%{i}.dead.example",
    "a:%{i}.some.example/0",
    "a:%{i}.list.example",
    "mx:%{ir}.wild.example",
    "include:%{i}.wild.example",
    "-include:%{i}.wild.example",
    "include:%{ir}.%{v}.%{d}.no.example",
    "include:%{i}.deep.example",
    "?include:%{d}.deep.example",
    "include:%{i}.gone.example",
    "redirect=%{i}.deep.example",
    "exists:%{v}.six.example",
)
MADE = """
    a.example.there.example  A    192.0.2.1
    c.example.there.example  A    192.0.2.1
    *.wild.example           A    192.0.2.1
    *.wild.example           TXT  "v=spf1 +all"
    203.0.113.254.some.example A  192.0.2.1
    192.0.2.9.list.example   A    192.0.2.1
    ip6.six.example          A    192.0.2.1
    *.dead.example           ANY  servfail
    *.no.example             TXT  "v=spf1 -all"
    *.deep.example  TXT  "v=spf1 -exists:%{i}.list.example include:e.example ~include:%{i}.no.example"
    a.example                A    192.0.2.1
    203.0.113.1              PTR  stranger.test.
    2a00::1                  PTR  stranger.test.
    stranger.test            A    203.0.113.1
    stranger.test            AAAA 2a00::1
    203.0.113.254            PTR  stranger.test.
    2001:db8:ffff::fe        PTR  stranger.test.
    stranger.test            A    203.0.113.254
    stranger.test            AAAA 2001:db8:ffff::fe
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


@pytest.mark.parametrize("start", range(0, 4000, 400))
def test_what_macros_make_of_a_sample_receivers_make_of_it(start: int) -> None:
    met, seen = set(), 0
    for seed in range(start, start + 400):
        words = (*OPEN, *OF_CLIENTS, *OF_CLIENTS, *OF_CLIENTS)
        text = f"{opened(seed, words).replace('2001:db8:', '2a01:db8:')}\n{MADE}"  # no network holds the sample
        known = value(spf_tree(HERE), text).everybody
        seen += "%{" in opened(seed, words)
        if isinstance(known, Known):
            passes = {result(client, text) for client in SAMPLES}
            assert (SpfResult.PASS in passes) == bool(known.value), (seed, known, passes, text)
        met.add(bool(known.value) if isinstance(known, Known) else known.reason)
    assert seen > 100
    assert {True, False, "dns.servfail"} <= met <= {True, False, "dns.servfail", "spf.macro", "budget"}


def test_the_samples_are_made_into_names_as_clients_are() -> None:
    for client, version in zip(SAMPLES, (4, 6), strict=True):
        address = ipaddress.ip_address(client)
        dotted = client if version == 4 else ".".join(address.exploded.replace(":", ""))
        arpa = "in-addr" if version == 4 else "ip6"
        assert SAMPLE[version] == {"i": dotted, "v": arpa}
        reverse = sample_name("%{ir}.%{v}.arpa", "a.example", "a.example", version)
        assert reverse == address.reverse_pointer


@pytest.mark.parametrize("spec", ["%{l}.x.example", "%{s}.x.example", "%{i}.%{h}.x.example", "%{p}.x.example"])
def test_what_a_sender_says_is_not_sampled(spec: str) -> None:
    assert sample_name(spec, "a.example", "a.example", 4) is None


@pytest.mark.parametrize("start", range(0, 200, 50))
def test_an_answer_less_says_no_more(start: int) -> None:
    lost = 0
    for seed in range(start, start + 50):
        text = f"{opened(seed, OF_CLIENTS).replace('2001:db8:', '2a01:db8:')}\n{MADE}"
        gathered: dict[Probe[Any], None] = {}
        whole = _seen(text, gathered, None)
        for gone in gathered:
            less = _seen(text, dict(gathered), gone)
            assert less == whole or isinstance(less, Unknown), (seed, gone, whole, less)
            lost += less != whole and isinstance(whole, Known)
    assert lost > 50


def _seen(text: str, gathered: dict[Probe[Any], None], gone: Probe[Any] | None) -> Fact[tuple[str, ...]]:
    """What is known of everybody; where something is gone, from no more than was gathered with it."""

    def seen(probe: Probe[Any]) -> Any:
        if gone is not None and (probe == gone or probe not in gathered):
            return not_gathered(probe)
        assert isinstance(probe, Question)
        gathered[probe] = None
        return zone(text).answer(probe)

    fact = replay(spf_tree(HERE), seen)[0]
    return fact.value.everybody if isinstance(fact, Known) else fact
