"""A session is judged by what it recorded: the same questions are put to the answers that are there.

So what somebody saw yesterday can be judged again, with no socket open and the clock of then.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from audit.desk.propagation.judging import judge
from audit.desk.propagation.verdict import Propagation
from audit.model.fact import Known
from audit.model.probe import Probe
from audit.model.propagation import PropagationRound, PropagationSession
from audit.model.unasked import not_gathered
from audit.protocol.drive import FaultHook, replay
from audit.protocol.inquiry import Inquiry
from audit.protocol.propagation import Round, Truth, round_of, together

SCHEMA = "https://mxaudit.example/schemas/propagation-1.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class PropagationReport:
    """What is written: what was seen, and how it was judged."""

    schema: str
    found: Propagation
    session: PropagationSession


def questions_of(session: PropagationSession) -> Inquiry[Round]:
    """What is asked in each round."""
    resolvers = tuple((each.name, each.address) for each in session.resolvers)
    return round_of(session.name, session.rdtype, resolvers, session.canary)


def judged(session: PropagationSession, fault: FaultHook | None = None) -> Propagation:
    """Judge a session as of its last round.

    Raises:
        ValueError: it has no round.
    """
    seen = together([_shown(session, one, fault) for one in session.rounds])
    return judge(seen.truth, seen.copies, session.expect, session.rounds[-1].at)


def _shown(session: PropagationSession, one: PropagationRound, fault: FaultHook | None) -> Round:
    held: dict[Probe[Any], Any] = {asked.question: asked.answer for asked in one.answers}
    held |= {routed.check: routed.route for routed in one.routes}
    fact, _ = replay(questions_of(session), lambda probe: held.get(probe) or not_gathered(probe), fault)
    return fact.value if isinstance(fact, Known) else Round(Truth(session.rdtype, "", (), fact), ())
