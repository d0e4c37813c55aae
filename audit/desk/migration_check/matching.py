"""Whether what stands at a name is what a step of a plan is to leave there, or what was there before.

Records are compared as the DNS does: names in any case, texts joined (RFC 4034 section 6.2, RFC 7208 section 3.3). A
step may want a whole set of records, some among others, or the lack of some. TXT records of many services stand at one
name, so what a step does not speak of is none of its business.
"""

from __future__ import annotations

from enum import IntEnum
from functools import lru_cache

import dns.name

from audit.model.migration import Change, Expected, Match, StepKind
from audit.model.value import dataclass
from audit.syntax import mta_sts, txt
from audit.syntax.planned.record import Place, PlannedFault, read_value

JOINED = frozenset({"TXT", "SPF"})
NOWHERE = Place(1, 1)


class Stand(IntEnum):
    """How what is there relates to a step, the worst first."""

    OTHER = 0  # neither what was before nor what is to be
    BEFORE = 1
    BETWEEN = 2  # some of both
    AFTER = 3


@dataclass(frozen=True, slots=True)
class Held:
    """What somebody holds of one name and type. Without records it is a denial."""

    values: tuple[str, ...]
    ttl: int | None = None


@dataclass(frozen=True, slots=True)
class Aim:
    """What one step wants of one name and type. `changes` are those of the plan up to this step, in their order: what
    stood there before each, and what after."""

    kind: StepKind
    expected: Expected
    changes: tuple[Change, ...]

    def met(self, held: Held) -> bool:
        """Whether the step has left what it is to leave."""
        return self._by_value(held) and self._by_time(held)

    def stand(self, held: Held) -> Stand:
        """How what is held relates to the step."""
        if self.met(held):
            return Stand.AFTER
        here = self._sets(held.values)
        known = [self._sets(change.before.values if change.before else ()) for change in self.changes if change.seen]
        if self._by_value(held) or here in known or self.expected.match is Match.WITHOUT:
            return Stand.BEFORE
        wanted = self._sets(self.expected.values)
        if self.expected.match is Match.AMONG:
            return self._among(here, wanted)
        foreign = here - wanted - frozenset[str]().union(*known)
        if foreign and len(known) == len(self.changes):
            return Stand.OTHER
        if here & wanted:
            return Stand.BETWEEN
        return Stand.BEFORE if here else Stand.OTHER

    def _among(self, here: frozenset[str], wanted: frozenset[str]) -> Stand:
        """Of a name at which others have records as well, only those count that the step puts there or replaces."""
        if here & wanted and len(wanted) > 1:
            return Stand.BETWEEN
        replaced = [
            self._sets(c.before.values) - self._sets(c.after.values) for c in self.changes if c.before and c.after
        ]
        gone = any(each and not each & here for each in replaced[-1:])
        return Stand.OTHER if gone and not any(each & here for each in replaced) else Stand.BEFORE

    def _sets(self, values: tuple[str, ...]) -> frozenset[str]:
        return comparable(self.expected.type, values)

    def _by_value(self, held: Held) -> bool:
        here, wanted = self._sets(held.values), self._sets(self.expected.values)
        match self.expected.match:
            case Match.EXACTLY:
                return here == wanted
            case Match.AMONG:
                return wanted <= here
            case Match.WITHOUT:
                return not wanted & here
            case Match.ABSENT:
                return not here

    def _by_time(self, held: Held) -> bool:
        """Whether the TTL is right: a raised one is long enough, any other short enough. What tells none is right."""
        if held.ttl is None or not held.values:
            return True
        raised = self._raised()
        if raised is not None:
            return held.ttl >= raised
        return self.expected.ttl is None or held.ttl <= self.expected.ttl

    def _raised(self) -> int | None:
        """The TTL to which the step raises that of records which stay as they are."""
        own = self.changes[-1] if self.changes else None
        if self.kind is not StepKind.RAISE or own is None or own.before is None or own.after is None:
            return None
        return own.after.ttl if self._sets(own.before.values) == self._sets(own.after.values) else None


@lru_cache(maxsize=256)  # the same set is held against many steps
def comparable(rdtype: str, values: tuple[str, ...]) -> frozenset[str]:
    """Records in the form in which equal ones are equal."""
    return frozenset(_comparable(rdtype, value) for value in values)


def _comparable(rdtype: str, value: str) -> str:
    if rdtype in JOINED:
        return txt.joined(value)
    try:
        return read_value(rdtype, value, dns.name.root, NOWHERE)
    except PlannedFault:
        return value.strip().lower()


def same_policy(one: str, other: str) -> bool:
    """Whether senders read the same in two MTA-STS policies."""
    return _read(one) == _read(other)


def _read(text: str) -> tuple[object, ...]:
    policy = mta_sts.parse_policy(text.encode())
    return policy.mode, policy.max_age, frozenset(policy.mx), bool(policy.broken)
