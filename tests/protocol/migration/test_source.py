"""A server that sends as a domain, as a receiver meets its mail."""

from __future__ import annotations

from typing import Any

import pytest

from audit.model.fact import Known, Unknown
from audit.model.subject import Domain
from audit.protocol.drive import replay
from audit.protocol.migration.source import Met, Source, met
from tests.rules.keys import rsa_text
from tests.rules.world import zone

ADDRESS = "192.0.2.1"
SPF = f'story.example. TXT "v=spf1 ip4:{ADDRESS} -all"\n'
BELOW = f'news.story.example. TXT "v=spf1 ip4:{ADDRESS} -all"\n'
OTHER = f'other.example. TXT "v=spf1 ip4:{ADDRESS} -all"\n'
KEY = f'news._domainkey.story.example. TXT "v=DKIM1; k=rsa; p={rsa_text(2048)}"\n'
GONE = 'news._domainkey.story.example. TXT "v=DKIM1; p="\n'
DMARC = '_dmarc.story.example. TXT "v=DMARC1; p=reject"\n'
STRICT = '_dmarc.story.example. TXT "v=DMARC1; p=reject; aspf=s"\n'
NAMED = f"{ADDRESS} PTR mx.story.example\nmx.story.example. A {ADDRESS}\n"
UNTRUE = f"{ADDRESS} PTR mx.story.example\nmx.story.example. A 192.0.2.99\n"


def look(text: str, mail_from: str = "story.example", *selectors: str) -> Met:
    seen: Any = zone(text).answer
    fact, _ = replay(met(Domain("story.example"), Source(ADDRESS, mail_from, selectors)), seen)
    assert isinstance(fact, Known)
    return fact.value


@pytest.mark.parametrize(
    ("text", "mail_from", "selectors", "passes"),
    [
        (SPF + DMARC, "story.example", ("none",), True),
        (BELOW + DMARC, "bounce@news.story.example", ("none",), True),
        (BELOW + STRICT, "bounce@news.story.example", ("none",), False),
        (OTHER + DMARC, "other.example", ("none",), False),
        (OTHER + DMARC + KEY, "other.example", ("news",), True),
        (OTHER + DMARC + GONE, "other.example", ("news",), False),
    ],
)
def test_dmarc_passes_by_what_is_aligned(
    text: str, mail_from: str, selectors: tuple[str, ...], *, passes: bool
) -> None:
    assert look(text, mail_from, *selectors).passes == Known(passes)


@pytest.mark.parametrize(
    ("text", "selectors"),
    [
        (DMARC, ()),  # nobody says by what it signs
        (DMARC + "news._domainkey.story.example. TXT timeout\n", ("news",)),
        (DMARC + "story.example. TXT timeout\n", ()),
    ],
)
def test_what_was_not_seen_leaves_it_open(text: str, selectors: tuple[str, ...]) -> None:
    assert isinstance(look(text, "story.example", *selectors).passes, Unknown)


@pytest.mark.parametrize(
    ("text", "name"),
    [(NAMED, "mx.story.example"), (UNTRUE, None), ("", None)],
)
def test_the_name_of_an_address_has_to_lead_back(text: str, name: str | None) -> None:
    assert look(text).pointer == Known(name)


def test_a_name_that_could_not_be_followed_is_not_known() -> None:
    text = f"{ADDRESS} PTR mx.story.example\nmx.story.example. A timeout\n"
    assert look(text).pointer == Unknown("dns.timeout", look(text).pointer.probes)  # type: ignore[union-attr]


def test_the_policy_is_that_of_the_record_that_applies() -> None:
    assert look(DMARC).dmarc == Known("reject")
    assert look("").dmarc == Known(None)
