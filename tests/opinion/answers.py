"""Consultations written as zone text (see tests/rules/world.py)."""

from __future__ import annotations

from audit.model.opinion import Consultation, Told
from audit.model.probe import Question
from tests.rules.world import zone

DOMAIN = "story.example"
QUESTIONS = (
    (DOMAIN, "TXT"),
    (DOMAIN, "A"),
    (DOMAIN, "AAAA"),
    (DOMAIN, "MX"),
    (f"_dmarc.{DOMAIN}", "TXT"),
    ("_dmarc.example", "TXT"),
    (f"_smtp._tls.{DOMAIN}", "TXT"),
    ("a.example", "TXT"),
    ("b.example", "TXT"),
)


def consultation(text: str, *more: tuple[str, str], without: frozenset[str] = frozenset()) -> Consultation:
    """What evidence of a zone would hold: an answer to each of the questions."""
    asked = [q for q in (*QUESTIONS, *more) if q[0] not in without]
    questions = [Question(name=name, rdtype=rdtype) for name, rdtype in asked]
    return Consultation(domain=DOMAIN, answers=tuple(Told(question=q, answer=zone(text).answer(q)) for q in questions))
