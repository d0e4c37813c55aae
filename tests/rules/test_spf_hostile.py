"""A record of 60,000 octets is judged, quickly, and cut where it is shown (seed 6)."""

from __future__ import annotations

import time

import pytest

from audit import contract
from audit.model.report import Finding, Result
from tests.rules.world import Case, replayed

KINDS = {
    "networks": [f"ip4:{n >> 8 & 255}.{n & 255}.7.0/24" for n in range(3400)],
    "addresses": [f"ip6:2001:db8::{n:x}" for n in range(3000)],
    "includes": [f"include:i{n}.inc.example" for n in range(2700)],
    "the same include": ["include:i.inc.example"] * 2800,
    "hosts": [f"a:h{n}.inc.example/24" for n in range(2800)],
    "errors": [f"ip4:192.0.2.{n}" for n in range(1000, 4500)],
    "modifiers": [f"m{n}={'x' * 20}" for n in range(2200)],
    "ends": ["~all"] * 12000,
    "macros": ["exists:%{ir}.%{v}._spf.%{d2}.x"] * 1900,
    "spaces": [" " * 59000],
}


def judged(terms: list[str]) -> tuple[dict[str, Finding], float]:
    text = f"v=spf1 {' '.join(terms)} -all"
    strings = " ".join(f'"{text[i : i + 250]}"' for i in range(0, len(text), 250))
    begun = time.perf_counter()
    found = replayed(Case("", "", f"story.example. TXT {strings}\nstory.example. MX 10 mx.story.example."))
    assert not found.faults
    return {f.rule: f for f in found.findings if f.rule.startswith("SPF-")}, time.perf_counter() - begun


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_judged_and_shown_cut(kind: str) -> None:
    whole, seconds = judged(KINDS[kind])
    small, base = judged(KINDS[kind][: len(KINDS[kind]) // 15])
    assert whole["SPF-SIZE"].result is Result.FAIL
    assert small
    assert seconds < 20 * max(base, 0.05)
    for finding in whole.values():
        assert len(contract.dump(finding)) < 12_000, finding.rule
