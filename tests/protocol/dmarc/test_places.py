"""Where else a DMARC record may have landed, and what `_dmarc` really is."""

from __future__ import annotations

from typing import Any

import pytest

from audit.model.fact import Fact, Known, Unknown
from audit.model.probe import Answer, DnsStatus, Question
from audit.model.subject import Domain
from audit.protocol.dmarc.places import MAX_QUESTIONS, DmarcAlias, dmarc_alias, dmarc_strays
from audit.protocol.drive import replay
from audit.protocol.registration import FreeDomains
from tests.protocol.walking import found, value

HERE = '_dmarc.d.example TXT "v=DMARC1; p=none"\n'


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("", []),
        (HERE, []),
        ('d.example TXT "v=DMARC1; p=none"', ["d.example"]),
        ('d.example TXT "v=dmarc1; p=none"', []),
        ('dmarc.d.example TXT "v=DMARC1"', ["dmarc.d.example"]),
        ('_dmarc._dmarc.d.example TXT "v=DMARC1"', ["_dmarc._dmarc.d.example"]),
        ('*.d.example TXT "v=DMARC1; p=none"', []),
        (HERE + '*.d.example TXT "v=DMARC1; p=reject"', ["dmarc.d.example"]),
    ],
)
def test_strays(text: str, places: list[str]) -> None:
    strays = value(dmarc_strays(Domain("d.example")), text)
    assert [name for name, fact in strays.places if isinstance(fact, Known) and fact.value] == places


def test_a_place_that_does_not_answer_is_a_hole_of_its_own() -> None:
    strays = value(dmarc_strays(Domain("d.example")), 'd.example TXT "v=DMARC1"\ndmarc.d.example TXT timeout')
    assert [isinstance(fact, Unknown) for _, fact in strays.places] == [False, True, False]


@pytest.mark.parametrize(
    ("text", "alias"),
    [
        ("", DmarcAlias("", dangling=False, beside_texts=Known(False))),
        (HERE, DmarcAlias("", dangling=False, beside_texts=Known(False))),
        (
            '_dmarc.d.example CNAME x.example.\nx.example TXT "v=DMARC1"',
            DmarcAlias("x.example", dangling=False, beside_texts=Known(False)),
        ),
        (
            "_dmarc.d.example CNAME x.example.\nx.example A 192.0.2.1",
            DmarcAlias("x.example", dangling=False, beside_texts=Known(False)),
        ),
        ("_dmarc.d.example CNAME x.d.example.", DmarcAlias("x.d.example", dangling=True, beside_texts=Known(False))),
        (
            "_dmarc.d.example CNAME x.gone.invalid.",
            DmarcAlias("x.gone.invalid", True, Known(False), FreeDomains((("gone.invalid", Known(False)),))),
        ),
    ],
)
def test_aliases(text: str, alias: DmarcAlias) -> None:
    assert value(dmarc_alias(Domain("d.example")), text) == alias


def test_a_text_beside_an_alias() -> None:
    """Servers that let both stand give out each to whoever asks for it."""

    def seen(probe: Any) -> Any:
        assert isinstance(probe, Question)
        records = {"TXT": ('"v=DMARC1; p=none"',), "CNAME": ("X.example.",)}[probe.rdtype]
        return Answer(status=DnsStatus.NOERROR, records=records)

    fact: Fact[DmarcAlias] = replay(dmarc_alias(Domain("d.example")), seen)[0]
    assert fact == Known(DmarcAlias("x.example", dangling=False, beside_texts=Known(True)))


def test_few_questions_are_asked() -> None:
    text = HERE + "d.example A 192.0.2.1"
    domain = Domain("d.example")
    asked = {*found(dmarc_strays(domain), text)[1], *found(dmarc_alias(domain), text)[1]}
    assert len(asked - {"_dmarc.d.example TXT"}) == MAX_QUESTIONS
