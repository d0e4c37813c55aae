"""The questions of one SPF check, and their limits (RFC 7208 section 4.6.4)."""

from __future__ import annotations

import ipaddress
from enum import StrEnum

from audit.model.fact import Unestablished, Unknown
from audit.model.probe import Answer, DnsStatus, Question
from audit.protocol.inquiry import REASONS, Steps, ask, heard
from audit.protocol.spf.outcome import UNKNOWN, SpfQuery
from audit.syntax import labels as raw
from audit.syntax.labels import Labels

MAX_TERMS = 10
MAX_VOIDS = 2
MAX_PTR = 10
BUDGET = Unknown("budget")
OURS = frozenset(
    REASONS[s] for s in (DnsStatus.REWRITTEN, DnsStatus.BUDGET, DnsStatus.GUARD_REFUSED, DnsStatus.NOT_GATHERED)
)


class Purse(StrEnum):
    """Out of what a question is paid: all clients lead to it, one does by a macro, or its reverse names do."""

    SHARED = "shared"
    OWN = "own"
    POINTERS = "pointers"

    @classmethod
    def of(cls, *, macro: bool) -> Purse:
        return cls.OWN if macro else cls.SHARED


class Permerror(Exception):
    """Ends a check: what is wrong with the records, and at which name."""

    def __init__(self, reason: str, place: str) -> None:
        super().__init__(reason)
        self.reason, self.place = reason, place


class Temperror(Exception):
    """Ends a check, or under `ptr` the look at one name: a question that the DNS did not answer."""

    def __init__(self, hole: Unknown, place: str) -> None:
        super().__init__(hole.reason)
        self.hole, self.place = hole, place


class Lookups:
    """What a check has asked for so far."""

    def __init__(self, query: SpfQuery) -> None:
        self._query = query
        pointers = (MAX_TERMS + 1) * (MAX_PTR + 1) * 2  # as many as the limits let through
        self._left = {Purse.SHARED: query.shared, Purse.OWN: query.own, Purse.POINTERS: pointers}
        self._validated: tuple[Labels, ...] | None = None
        self.terms = self.voids = 0
        self.over = False  # the result stands, and only an explanation is still looked for: nothing counts any more

    def term(self, place: str) -> None:
        """Count a term that needs the DNS.

        Raises:
            Permerror: it is the eleventh.
        """
        if self.over:
            return
        self.terms += 1
        if self.terms > MAX_TERMS:
            raise Permerror(f"more than {MAX_TERMS} terms need the DNS", place)

    def records(self, name: Labels, rdtype: str, place: str, purse: Purse = Purse.SHARED) -> Steps[tuple[str, ...]]:
        """The records that a term asks for; none are a void lookup.

        Raises:
            Permerror: it is the third that finds nothing.
            Temperror: there is no answer.
            Unestablished: we did not ask, or cannot see.
        """
        found = yield from self.answered(name, rdtype, place, purse)
        if not found and not self.over:
            self.voids += 1
            if self.voids > MAX_VOIDS:
                raise Permerror(f"more than {MAX_VOIDS} lookups find nothing", place)
        return found

    def answered(self, name: Labels, rdtype: str, place: str, purse: Purse = Purse.SHARED) -> Steps[tuple[str, ...]]:
        """The records at a name, whether or not there are any."""
        self._left[purse] -= 1
        if self._left[purse] < 0:
            raise Unestablished(BUDGET)
        question = Question(name=raw.presented(name), rdtype=rdtype)
        got = yield from ask(question)
        if _denies(got):
            return ()
        fact = heard(question, got)
        if not isinstance(fact, Unknown):
            return fact.value.records
        if fact.reason in OURS:
            raise Unestablished(fact)
        raise Temperror(fact, place)

    def addresses(self, name: Labels, place: str, purse: Purse = Purse.SHARED) -> Steps[tuple[str, ...]]:
        """The addresses of a name, of the client's family (section 5)."""
        return (yield from self.records(name, "A" if self._query.address.version == 4 else "AAAA", place, purse))

    def validated(self, place: str) -> Steps[tuple[Labels, ...]]:
        """The names of the client that lead back to it, of the first ten (section 5.5). No error ends it."""
        address = self._query.address
        try:
            found = yield from self.records(raw.labels(address.reverse_pointer), "PTR", place, Purse.POINTERS)
        except Temperror:
            return ()
        names = []
        for name in [raw.labels(each) for each in found[:MAX_PTR]]:
            try:
                leads = (yield from self.addresses(name, place, Purse.POINTERS)) if raw.is_name(name) else ()
            except Temperror:
                continue
            if any(ipaddress.ip_address(each) == address for each in leads):
                names.append(name)
        return tuple(names)

    def client_name(self, domain: Labels, place: str) -> Steps[str]:
        """What `%{p}` becomes: a name of the client, best one of the domain (section 7.3). It is looked up once."""
        if self._validated is None:
            self.term(place)
            self._validated = yield from self.validated(place)
        names = [n for n in self._validated if not any("." in label for label in n)]
        same = [n for n in names if n == domain]
        below = [n for n in names if raw.is_below(n, domain)]
        return next((".".join(n) for n in (*same, *below, *names)), UNKNOWN)


def _denies(got: Answer) -> bool:
    """A bare denial of a server that does not recurse. We trust it with nothing else, but to a receiver its code is
    all that counts: 3, or 0 with no records (sections 4.3 and 4.6.4)."""
    return got.status is DnsStatus.LAME and got.rcode in (0, 3) and not got.authority
