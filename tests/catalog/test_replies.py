"""What is known of replies: whole, consistent, and safe to look for in any text."""

from __future__ import annotations

import re
from typing import Any

import pytest

from audit.catalog.replies import ReplyPattern, holding, load_replies
from audit.rules.registry import RULES
from tests.timing import within
from tests.together import of_each

KNOWN = load_replies()
CLASSES = (
    *("hard-address", "hard-domain", "soft-mailbox", "soft-system", "rate", "reputation-block", "auth-fail", "content"),
    *("policy-block", "size", "relay", "tls", "protocol", "config-sender", "greylist", "unknown", "ok"),
)
CODES = (
    *(211, 214, 220, 221, 250, 235, 251, 252, 334, 354),
    *(421, 422, 431, 441, 442, 446, 447, 449, 432, 450, 451, 452, 454, 455),
    *(500, 501, 502, 503, 504, 521, 523, 525, 530, 534, 535, 538, 541, 550, 551, 552, 553, 554, 555, 556),
)
DETAILS = {0: 0, 1: 10, 2: 4, 3: 6, 4: 7, 5: 6, 6: 10, 7: 30}  # the last detail of each subject
PATTERNS = of_each(KNOWN.patterns, lambda p: p.id)
EXPRESSIONS = sorted({e for p in KNOWN.patterns for e in p.says} | {e for s in KNOWN.speakers for e in s.marks})


def test_every_class_is_there() -> None:
    assert sorted(c.id for c in KNOWN.classes) == sorted(CLASSES)


def test_every_code_is_there() -> None:
    codes = [c.code for c in KNOWN.codes]
    assert len(codes) == len(set(codes))
    assert set(CODES) <= set(codes)


def test_every_registered_detail_is_there() -> None:
    details = [e.code for e in KNOWN.enhanced]
    assert len(details) == len(set(details))
    assert set(details) == {f"{subject}.{detail}" for subject, last in DETAILS.items() for detail in range(last + 1)}


@pytest.mark.parametrize("entries", [KNOWN.classes, KNOWN.speakers, KNOWN.remedies, KNOWN.patterns], ids=len)
def test_ids_are_unique(entries: tuple[Any, ...]) -> None:
    assert len({e.id for e in entries}) == len(entries)


def test_nobody_owns_the_host_of_another() -> None:
    hosts = [host for s in KNOWN.speakers for host in s.hosts]
    assert len(hosts) == len(set(hosts))


def test_what_is_referred_to_is_there() -> None:
    classes = {c.id for c in KNOWN.classes}
    means = {c.means for c in KNOWN.codes} | {e.means for e in KNOWN.enhanced} | {p.means for p in KNOWN.patterns}
    assert means | {e.if_temporary for e in KNOWN.enhanced if e.if_temporary} <= classes
    assert {p.provider for p in KNOWN.patterns if p.provider} <= {s.id for s in KNOWN.speakers}
    assert {p.remedy for p in KNOWN.patterns if p.remedy} == {r.id for r in KNOWN.remedies}


def test_the_rules_that_show_the_cause_are_rules() -> None:
    lists = [e.rules for e in KNOWN.classes] + [e.rules for e in KNOWN.remedies] + [e.rules for e in KNOWN.patterns]
    named = {rule for rules in lists for rule in rules}
    assert named <= {rule.id for rule in RULES}


def test_every_class_says_what_to_do() -> None:
    assert [c.id for c in KNOWN.classes if not c.advice] == []
    assert [c.id for c in KNOWN.classes if c.suppress] == ["hard-address", "hard-domain"]


@PATTERNS
def test_a_pattern_looks_for_something(pattern: ReplyPattern) -> None:
    assert pattern.says or (pattern.enhanced and pattern.provider)


def test_providers_come_before_anybody() -> None:
    """Words of a provider are surer than words that anybody may use."""
    generic = [p.id for p in KNOWN.patterns].index("blocklist-refuses-receiver")
    assert not [p.id for p in KNOWN.patterns[generic:] if p.provider]


def test_what_is_surmised_is_less_sure() -> None:
    assert [c.code for c in KNOWN.codes if c.source.startswith("no RFC") and c.confidence != "low"] == []
    assert {p.confidence for p in KNOWN.patterns if p.yields} <= {"medium", "low"}


@of_each(EXPRESSIONS, str)
def test_no_text_makes_an_expression_slow(expression: str) -> None:
    """No repeat is without an end, none stands within another, and the worst texts for it take no time."""
    bare = re.sub(r"\\.|\[[^\]]*\]", "x", expression)
    assert not re.search(r"[*+]", bare)
    assert all(int(n) <= 120 for n in re.findall(r"\{[0-9]+,([0-9]+)\}", bare))
    assert not re.search(r"\{[0-9]+,[0-9]+\}[^()]*\)\{", bare)
    words = [w for w in re.split(r"[^\w :\[-]", re.sub(r"\\.", " ", expression)) if len(w) > 2]
    texts = [w * (4000 // len(w)) for w in words] + [" ".join(words) * 40, "a " * 2000, ("x" * 119 + " ") * 33]
    assert within(0.05 * len(texts), lambda: [holding((expression,), text[:4000]) for text in texts])


@pytest.mark.parametrize(
    ("host", "text", "speakers"),
    [
        ("aspmx.l.google.com", "", ("google",)),
        ("ASPMX.L.Google.Com.", "", ("google",)),
        ("google.com.evil.example", "", ()),
        ("evilgoogle.com", "", ()),
        ("", "x - gsmtp", ("google",)),
        ("mx.example.org", "see https://support.google.com/x", ("google",)),
        ("mx01.mail.icloud.com", "see https://support.proofpoint.com/x", ("icloud", "proofpoint")),
        ("", "", ()),
    ],
)
def test_who_speaks(host: str, text: str, speakers: tuple[str, ...]) -> None:
    assert KNOWN.speakers_of(host, text) == speakers
