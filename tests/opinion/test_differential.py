"""checkdmarc and we judge 2,000 generated domains: every difference is in the ledger, and the ledger holds no other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest

from audit.model.fact import Count, Known, Unestablished, need
from audit.model.opinion import Consultation, Heard, SecondOpinion, Stance, Told
from audit.model.probe import Answer, Probe, Question
from audit.model.unasked import not_gathered
from audit.opinion.checking import opinion_on
from audit.protocol.dmarc.walk import AppliedDmarc, OwnDmarc
from audit.protocol.spf.tree import SpfRecordFound, SpfTree
from audit.protocol.survey import Survey
from audit.protocol.tls_rpt import TlsRptFound
from audit.rules.second_opinion import ours as judged
from audit.rules.second_opinion.differences import DIFFERENCES, Difference, differs, explained
from audit.rules.second_opinion.ours import Ours
from tests.opinion.generated import Maker
from tests.rules.world import Case, Zone, domain_replayed, run_replayed

DOMAINS, PART = 2000, 250
SETTINGS = {"smtp": False, "blocklists": (), "second_opinion": True}


@dataclass(frozen=True)
class Compared:
    """What both say of one topic of one domain; `ours` is None where our facts have a hole."""

    seed: int
    topic: str
    ours: Ours | None
    heard: Heard
    texts: str
    lookups: Count | None  # of SPF, as we count them

    @property
    def theirs(self) -> str | None:
        settled = self.ours is not None and self.heard.stance is not Stance.COULD_NOT_ASK
        return differs(self.ours, self.heard) if settled and self.ours else None

    @property
    def miscounted(self) -> bool:
        """Whether both call an SPF record valid and count its lookups differently."""
        both = self.topic == "spf" and self.ours and self.ours.stance is self.heard.stance is Stance.VALID
        return bool(both) and self.lookups != Count(self.heard.lookups or 0)


@dataclass
class Recorder:
    """The world of one zone; each answer that is asked for is kept, as evidence is."""

    zone: Zone

    def __post_init__(self) -> None:
        self.told: dict[Question, Answer] = {}

    def __call__(self, probe: Probe[Any]) -> Any:
        if not isinstance(probe, Question):
            return not_gathered(probe)
        return self.told.setdefault(probe, self.zone.answer(probe))

    @property
    def answers(self) -> tuple[Told, ...]:
        return tuple(Told(question=q, answer=a) for q, a in self.told.items())


@cache
def run() -> Survey:
    case = Case("", "", settings=SETTINGS)
    return run_replayed(case, Recorder(Zone({}, {}, frozenset())), [], ())[0]


def compared(seed: int) -> Iterator[Compared]:
    maker = Maker(seed)
    recorder = Recorder(maker.zone())
    faults: list[BaseException] = []
    found, _ = domain_replayed(Case("", "", domain=maker.domain, settings=SETTINGS), run(), recorder, faults, ())
    assert not faults
    opinion = opinion_on(Consultation(domain=maker.domain, answers=recorder.answers))
    tree = found.facts[SpfTree]
    lookups = tree.value.lookups if isinstance(tree, Known) else None
    for topic, ours, heard in _topics(found, opinion):
        assert heard is not None
        yield Compared(seed, topic, ours, heard, _texts(recorder), lookups)


def _topics(found: Survey, opinion: SecondOpinion) -> Iterator[tuple[str, Ours | None, Heard | None]]:
    yield "spf", _ours(found, judged.spf, SpfRecordFound, SpfTree), opinion.spf
    yield "dmarc", _ours(found, judged.dmarc, OwnDmarc, AppliedDmarc), opinion.dmarc
    yield "tls-rpt", _ours(found, judged.tls_rpt, TlsRptFound), opinion.tls_rpt


def _ours(found: Survey, judge: Any, *types: type) -> Ours | None:
    facts = [found.facts[t] for t in types]
    try:
        ours: Ours = judge(*map(need, facts))
    except Unestablished:
        return None
    return ours


def _texts(recorder: Recorder) -> str:
    told = ((q, a) for q, a in recorder.told.items() if q.rdtype == "TXT" and "_domainkey" not in q.name)
    return "\n".join(f"{q.name} {a.status} {a.records}" for q, a in told)


# Where each difference occurs; the number of the domain.
OCCURS: Mapping[str, int] = {
    "spf-capitals": 112,
    "spf-behind-all": 14,
    "spf-modifier": 43,
    "spf-domain": 135,
    "spf-blanks": 109,
    "spf-octets": 38,
    "spf-exists": 265,
    "spf-ptr": 166,
    "dmarc-unrelated": 7,
    "dmarc-several": 0,
    "dmarc-white-space": 38,
    "dmarc-apex": 3,
    "dmarc-grammar": 9,
    "dmarc-duplicate": 43,
    "dmarc-value": 12,
    "dmarc-policy": 57,
    "dmarc-uri": 252,
    "dmarc-no-policy": 5,
    "tls-rpt-space": 13,
    "tls-rpt-space-and-more": 33,
    "tls-rpt-apex": 813,
    "tls-rpt-uri": 43,
    "tls-rpt-octets": 90,
}


@pytest.mark.parametrize("start", range(0, DOMAINS, PART))
def test_every_difference_is_in_the_ledger(start: int) -> None:
    both = [c for seed in range(start, start + PART) for c in compared(seed)]
    assert [c for c in both if c.ours and c.theirs and not explained(c.topic, c.ours, c.theirs)] == []
    assert [c for c in both if c.miscounted] == []


@pytest.mark.parametrize("difference", DIFFERENCES, ids=lambda d: d.id)
def test_each_difference_occurs(difference: Difference) -> None:
    seed = OCCURS[difference.id]
    assert seed < DOMAINS
    assert difference in [explained(c.topic, c.ours, c.theirs) for c in compared(seed) if c.ours and c.theirs]


def test_a_difference_that_nobody_knows_is_noticed() -> None:
    ours = Ours(stance=Stance.VALID, causes=("spf one",))
    assert explained("spf", ours, differs(ours, Heard(stance=Stance.INVALID, kind="SPFNewError")) or "") is None


def test_what_is_known_of_one_cause_does_not_explain_another() -> None:
    ours = Ours(stance=Stance.INVALID, causes=("spf behind all", "spf include"))
    assert explained("spf", ours, "valid") is None


def test_where_nothing_can_be_asked_it_says_so_and_we_know_nothing() -> None:
    """Both are silent about silence: it is never a difference."""
    silent = [c for seed in range(60) for c in compared(seed) if c.heard.stance is Stance.COULD_NOT_ASK]
    assert silent
    assert all(c.theirs is None for c in silent)
