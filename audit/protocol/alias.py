"""A name that is an alias (RFC 1034 section 3.6.2), and whoever decides on what it says: the one who has its target.

Operators want it so: the domain points at them once, and they keep the record. When the target does not exist, whoever
comes by its name decides; and where its registry knows no such domain, anybody can (`registration`).
"""

from __future__ import annotations

from audit.model.fact import Fact, Known
from audit.model.probe import DnsStatus, Question
from audit.model.value import dataclass
from audit.protocol.dkim.discovery import unlikely
from audit.protocol.inquiry import Steps, lookup
from audit.protocol.registration import free_domains


@dataclass(frozen=True, slots=True)
class Alias:
    """Where a name leads: whether the target does not exist, and in which free domain it then lies."""

    name: str
    target: str
    denied: bool
    circle: bool  # the aliases lead back to where they were before, so that nobody finds a record
    free: Fact[str | None]

    @property
    def taken_by(self) -> str | None:
        """The domain that whoever registers it takes the name with; None where there is none, or none is known."""
        return self.free.value if isinstance(self.free, Known) else None

    @property
    def lost(self) -> bool:
        """Whether it leads to nothing."""
        return self.denied or self.circle


def alias_at(question: Question, owner: str) -> Steps[Alias | None]:
    """Whether the name that is asked about, one of the owner's, is an alias; of a target that is gone, whether anybody
    may register it. A target that is there, and that any name of the owner's has, is that of a wildcard.

    Raises:
        Unestablished: it did not answer, or it is not known what any name has.
    """
    got = yield from lookup(question)
    if not got.aliases:
        return None
    circle, denied = got.status is DnsStatus.CNAME_CHAIN, got.status is DnsStatus.NXDOMAIN
    target = got.aliases[0 if circle else -1]
    if not (circle or denied) and (yield from by_wildcard(got.aliases, owner)):
        return None
    domains = yield from free_domains((target,) if denied else (), owner, 1)
    return Alias(question.name, target, denied, circle, domains.behind(target))


def by_wildcard(aliases: tuple[str, ...], owner: str) -> Steps[bool]:
    """Whether a name that nobody made leads to the same place.

    Raises:
        Unestablished: it did not answer.
    """
    return (yield from lookup(Question(name=f"{unlikely(owner)}.{owner}", rdtype="TXT"))).aliases == aliases
