"""What surrounds a survey and is given to it: when, by whose settings, seen from where."""

from __future__ import annotations

from datetime import datetime

from audit.model.fact import Known, Unestablished, Unknown
from audit.model.subject import Domain
from audit.model.value import dataclass
from audit.protocol.inquiry import Steps, inquiry
from audit.protocol.vantage import Vantage


@dataclass(frozen=True, slots=True)
class Circumstances:
    """When the subject of a survey was observed."""

    observed_at: datetime


@dataclass(frozen=True, slots=True)
class Moment:
    """The time by which certificates are judged."""

    now: datetime


@inquiry
def moment(_: Domain, circumstances: Circumstances, vantage: Vantage) -> Steps[Moment]:
    """The time of observation counts only when our clock can be believed."""
    yield from ()
    if vantage.clock == Known(False):
        raise Unestablished(Unknown("vantage.clock"))
    return Moment(circumstances.observed_at)
