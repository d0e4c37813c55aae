"""What many bounces come to: how many of each reason, at whom, and what to do first.

The most frequent comes first; what the sender can mend, and what costs addresses, counts twice: the one strikes all
mail, and each more mail to an address that is gone spoils the sender's name. Memory has a bound, whatever the number of
mails: of the domains of a reason only so many are counted by name.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from audit.catalog.bounces import BounceReason
from audit.desk.bounce.reading import Bounce
from audit.desk.bounce.returned import Returned

MAX_PLACES = 500


@dataclass(slots=True)
class Cause:
    """One reason, and what was counted of it. `rules` and `advice` are those of most of its recipients."""

    reason: BounceReason
    count: int = 0
    permanent: int = 0
    suppress: int = 0
    sides: Counter[str] = field(default_factory=Counter)
    places: Counter[str] = field(default_factory=Counter)
    senders: Counter[str] = field(default_factory=Counter)
    rules: Counter[tuple[str, ...]] = field(default_factory=Counter)
    advice: Counter[tuple[str, ...]] = field(default_factory=Counter)

    @property
    def side(self) -> str:
        return self.sides.most_common(1)[0][0] if self.sides else "unknown"

    @property
    def weight(self) -> int:
        return self.count + (self.count if self.side == "ours" else self.suppress)

    def add(self, found: Returned, sender: str) -> None:
        self.count += 1
        self.permanent += found.permanent is True
        self.suppress += found.suppress
        _count(self.places, found.address.rpartition("@")[2].lower())
        _count(self.senders, sender)
        if found.told is not None:
            self.sides[found.told.side] += 1
            self.rules[found.told.rules] += 1
            self.advice[found.told.advice] += 1


def _count(counter: Counter[str], name: str) -> None:
    if name[:255] in counter or len(counter) < MAX_PLACES:
        counter[name[:255]] += 1


class Tally:
    """Counts mails as they come."""

    def __init__(self) -> None:
        self.kinds: Counter[str] = Counter()
        self.recipients = 0
        self.suppress = 0
        self._causes: dict[str, Cause] = {}

    def add(self, bounce: Bounce) -> None:
        self.kinds[bounce.kind] += 1
        for found in bounce.recipients:
            self.recipients += 1
            self.suppress += found.suppress
            if found.told is None or found.told.kind.id != "ok":
                self._causes.setdefault(found.reason.id, Cause(found.reason)).add(found, bounce.sender)

    @property
    def mails(self) -> int:
        return sum(self.kinds.values())

    def causes(self) -> list[Cause]:
        """The reasons, in the order in which to see to them."""
        return sorted(self._causes.values(), key=lambda c: (-c.weight, c.reason.id))
