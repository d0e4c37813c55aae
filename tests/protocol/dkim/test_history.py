"""Since when a key has been seen, by what earlier runs tell."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from audit.catalog.providers import load_providers
from audit.model.evidence import Asked, DomainOptions, Sighting
from audit.model.fact import Known, Unknown
from audit.model.probe import Answer, DnsStatus, Question
from audit.model.subject import Domain, Selector
from audit.protocol.dkim.history import MAX_SIGHTINGS, KeyAge, Sightings, carried_on, key_age
from audit.syntax.dkim import parse
from tests.protocol.walking import found
from tests.records import DOMAIN, NOW

NAME = "s1._domainkey.d.example"
KEY, OTHER = "v=DKIM1; p=QUJD", "v=DKIM1; p=QUJE"
NONE = Unknown("history.none")


def seen(text: str, days: int = 9, name: str = NAME) -> Sighting:
    return Sighting(name=name, digest=parse(text).digest or "", first_seen=NOW - timedelta(days=days))


@pytest.mark.parametrize(
    ("text", "sightings", "since"),
    [
        (KEY, (seen(KEY),), seen(KEY).first_seen),
        (KEY.replace("QUJD", "QU JD"), (seen(KEY),), seen(KEY).first_seen),  # white space makes no other key
        (KEY, (seen(OTHER),), None),
        (KEY, (), NONE),
        (KEY, None, NONE),
        (KEY, (seen(KEY, name="s2._domainkey.d.example"),), NONE),
        ("v=DKIM1; p=", (seen(KEY),), None),
    ],
)
def test_since_when(text: str, sightings: tuple[Sighting, ...] | None, since: datetime | Unknown | None) -> None:
    work = key_age(
        Domain("d.example"), Selector("d.example", "s1"), DomainOptions(), load_providers(), Sightings(sightings)
    )
    expected = since if isinstance(since, Unknown) else Known(since)
    assert found(work, f'{NAME} TXT "{text}"')[0] == Known(KeyAge(expected))


def test_a_selector_that_does_not_answer_has_no_age() -> None:
    work = key_age(
        Domain("d.example"), Selector("d.example", "s1"), DomainOptions(), load_providers(), Sightings((seen(KEY),))
    )
    fact = found(work, f"{NAME} TXT timeout")[0]
    assert isinstance(fact, Unknown)
    assert fact.reason == "dns.timeout"


def test_of_one_domain_a_bounded_number_is_kept() -> None:
    names = [f"s{n:03}._domainkey.d.example" for n in range(MAX_SIGHTINGS + 50)]
    got = Answer(status=DnsStatus.NOERROR, records=(f'"{KEY}"',))
    answers = tuple(Asked(question=Question(name=n, rdtype="TXT"), answer=got) for n in names)
    record = replace(DOMAIN, domain="d.example", sightings=(), answers=answers)
    assert list(carried_on({}, record)) == names[:MAX_SIGHTINGS]
