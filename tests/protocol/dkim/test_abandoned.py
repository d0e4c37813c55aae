"""Which aliases of selectors lead to a domain that anybody may register."""

from __future__ import annotations

import pytest

from audit.catalog.providers import load_providers
from audit.catalog.selectors import Selectors, load_selectors
from audit.model.evidence import DomainOptions
from audit.model.fact import Known, Unknown
from audit.model.probe import Question
from audit.model.subject import Domain
from audit.protocol.dkim.abandoned import MAX_DOMAINS, abandoned_aliases
from audit.protocol.dkim.discovery import MAX_QUESTIONS
from audit.protocol.registration import MAX_QUESTIONS as OF_ONE
from audit.protocol.registration import FreeDomains
from tests.protocol.walking import found
from tests.rules.world import SETTINGS

FEW = Selectors(names=("g1", "g2", "g3"), source="", checked=load_selectors().checked)
REGISTRY = """
    com.        SOA  "ns.nic.com. hostmaster.nic.com. 1 2 3 4 5"
    com.        NS   a.nic.com.
    a.nic.com.  A    192.0.2.53
"""


def abandoned(text: str, *named: str) -> tuple[FreeDomains, tuple[str, ...]]:
    work = abandoned_aliases(Domain("d.com"), DomainOptions(selectors=named), load_providers(), FEW, SETTINGS)
    fact, asked = found(work, REGISTRY + text)
    assert isinstance(fact, Known)
    return fact.value.domains, asked


def free(text: str, *named: str) -> tuple[frozenset[str], tuple[str, ...]]:
    domains, asked = abandoned(text, *named)
    return frozenset(domain for domain, is_free in domains.rows if is_free == Known(True)), asked


def alias(selector: str, target: str) -> str:
    return f"{selector}._domainkey.d.com CNAME {target}\n"


@pytest.mark.parametrize(
    ("text", "named", "expected"),
    [
        (alias("g1", "a.b.gone.com"), (), {"gone.com"}),
        (alias("own", "k.gone.com"), ("own",), {"gone.com"}),
        (
            alias("g1", "a.gone.com") + alias("g2", "b.gone.com") + alias("g3", "c.away.com"),
            (),
            {"gone.com", "away.com"},
        ),
        (alias("g1", "k.here.com") + "here.com TXT x", (), set()),
        (alias("g1", "k.here.com") + "k.here.com A 192.0.2.1", (), set()),  # NODATA: it exists
        (alias("g1", "k.d.com"), (), set()),  # its own
        (alias("g1", "k.gone.com") + "gone.com. NS@192.0.2.53 timeout", (), set()),
        (alias("g1", "k.gone.com") + "k.gone.com TXT servfail", (), set()),
        (alias("*", "k.gone.com"), (), set()),
    ],
)
def test_only_what_is_certain_to_be_free_counts(text: str, named: tuple[str, ...], expected: set[str]) -> None:
    assert free(text, *named)[0] == expected


def test_few_registries_are_asked() -> None:
    names = tuple(f"own{n}" for n in range(30))
    found_free, asked = free("".join(alias(n, f"k.{n}gone.com") for n in names), *names)
    assert len(found_free) == MAX_DOMAINS
    assert len(asked) <= MAX_QUESTIONS + 2 + MAX_DOMAINS * OF_ONE  # MX and SPF give the providers away


def test_what_the_registry_does_not_say_is_unknown_of_the_names_there() -> None:
    text = alias("g1", "k.gone.com") + alias("g2", "k.away.com") + "gone.com. NS@192.0.2.53 timeout"
    domains = abandoned(text)[0]
    assert domains.behind("k.gone.com") == Unknown(
        "dns.timeout", (Question(name="gone.com", rdtype="NS", server="192.0.2.53", recurse=False),)
    )
    assert domains.behind("k.away.com") == Known("away.com")
    assert domains.behind("k.d.com") == Known(None)
