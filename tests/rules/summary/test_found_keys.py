"""Which DKIM records are shown, and what is said of them."""

from __future__ import annotations

import pytest

from audit.catalog.providers import load_providers
from audit.model.evidence import Asked, DomainEvidence, DomainOptions, InputLine
from audit.model.probe import Question
from audit.protocol.dkim.discovery import unlikely
from audit.rules.summary.found_keys import found_keys
from tests.rules.keys import ed25519_text, rsa_text
from tests.rules.pki import NOW
from tests.rules.world import zone

RSA = f"v=DKIM1; p={rsa_text(2048)}"
TENANT = "selector1-d-example._domainkey.contoso.onmicrosoft.com"


def shown(text: str, named: tuple[str, ...] = ()) -> dict[str, tuple[str, ...]]:
    """What is shown of a zone in which a few selectors were tried, by selector."""
    names = (unlikely("d.example"), "own", "google", "selector1")
    questions = [Question(name=f"{name}._domainkey.d.example", rdtype="TXT") for name in names]
    evidence = DomainEvidence(
        input=InputLine(file="domains.txt", line=1, column=1, text="d.example"),
        domain="d.example",
        unicode="d.example",
        options=DomainOptions(selectors=named),
        observed_at=NOW,
        sightings=None,
        answers=tuple(Asked(question=q, answer=zone(text).answer(q)) for q in questions),
        visits=(),
        fetches=(),
    )
    return {r.name.partition(".")[0]: r.values for r in found_keys(evidence, load_providers())}


def at(selector: str, data: str) -> str:
    return f"{selector}._domainkey.d.example {data}\n"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (RSA, "RSA, 2048 bits"),
        (f"k=ed25519; p={ed25519_text()}", "Ed25519"),
        ("v=DKIM1; p=", "revoked"),
        ("v=DKIM1; p=x", "cannot be read as a key"),
        ("k=mldsa65; p=QUJD", "a key of type mldsa65"),
    ],
)
def test_the_sort_of_key_stands_beside_the_record(text: str, words: str) -> None:
    assert shown(at("google", f'TXT "{text}"')) == {"google": (text, words)}


def test_the_provider_stands_beside_the_alias() -> None:
    found = shown(at("selector1", f"CNAME {TENANT}") + f'{TENANT} TXT "{RSA}"')
    assert found == {"selector1": (f"alias of {TENANT} (Microsoft 365)", RSA, "RSA, 2048 bits")}


def test_an_alias_of_nothing_is_shown() -> None:
    assert shown(at("google", "CNAME k.gone.example")) == {"google": ("alias of k.gone.example",)}


def test_what_any_name_gets_is_shown_once() -> None:
    assert list(shown(at("*", f'TXT "{RSA}"'))) == [unlikely("d.example")]
    assert shown(at("*", "CNAME k.gone.example")) == {}


def test_a_named_selector_is_shown_in_any_case() -> None:
    assert shown("", ("own",)) == {"own": ()}


def test_octets_that_are_no_text_are_shown_escaped() -> None:
    assert shown(at("google", r'TXT "v=DKIM1; n=\233\255; p="'))["google"][0] == r"v=DKIM1; n=\xe9\xff; p="
