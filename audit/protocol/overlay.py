"""Planned records laid over what was recorded: a question is answered as the DNS would answer it once they stand there.

An alias is followed to its end, be that planned or recorded (RFC 1034 section 3.6.2). Below a name that nothing else is
at, a wildcard answers (RFC 4592); a name above others exists (RFC 8020). Of a whole zone all else is denied; of a part,
all else is as it was recorded, and what was not recorded stays unknown. Nobody can sign a zone beforehand: of a signed
one, records that change have no proof.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise
from typing import Any, TypeAlias

from audit.model.evidence import Asked
from audit.model.probe import Answer, DnsStatus, Question
from audit.model.value import dataclass
from audit.protocol.drive import Seen
from audit.syntax.names import canonical
from audit.syntax.planned import Planned

LINKS = 8  # of a chain of aliases, as the resolver follows it
KEPT_AT_APEX = frozenset({"SOA", "NS", "DS", "DNSKEY", "NSEC3PARAM", "CDS", "CDNSKEY"})  # the server's, or the parent's
ADDRESSES = frozenset({"A", "AAAA"})
UNKNOWN = Answer(status=DnsStatus.NOT_GATHERED)
AUTHORITATIVE = "aa"


@dataclass(frozen=True, slots=True)
class Told:
    """What a zone holds for a name and type: records, an alias, or neither. `exists`: the name is there at all."""

    values: tuple[str, ...] = ()
    ttl: int | None = None
    alias: str | None = None
    exists: bool = True
    certain: bool = True  # false: nobody can tell beforehand


Sets: TypeAlias = dict[tuple[str, str], tuple[tuple[str, ...], int]]
GONE = Told(exists=False)
NOTHING = Told()
HIDDEN = Told(certain=False)


class Overlay:
    """The answers that planned records make, where evidence has others."""

    def __init__(self, planned: Planned, recorded: Iterable[Asked]) -> None:
        self._zone = planned.origin
        self._whole = planned.whole
        self._sets = _sets(planned)
        self._owners = {name for name, _ in self._sets}
        self._names = {above for owner in self._owners for above in _above(owner, self._zone)}
        self._removed = frozenset(planned.removed) - self._sets.keys()
        self._opaque = frozenset(planned.opaque)
        self._cuts = {name for name, kind in self._sets if kind == "NS" and name != self._zone}
        self._denied: set[str] = set()
        self._aliased: dict[str, str] = {}  # where each alias was seen to lead
        self._ends: dict[tuple[str, str], Answer] = {}  # what came at a name that an alias led to
        self._there: set[str] = set()
        self._servers: set[str] = set()
        self._signed: bool | None = None  # None: nobody saw
        self._soa: str | None = None
        self._note(recorded)

    def over(self, under: Seen) -> Seen:
        """The world that answers as planned, and else as `under` does."""
        return lambda probe: self.answer(probe, under) if isinstance(probe, Question) else under(probe)

    def answer(self, question: Question, under: Seen) -> Any:
        """What comes back for a question."""
        if question.server is not None:
            return self._from_server(question, under(question))
        if question.dnssec:
            return self._with_proof(question, under)
        return self._followed(question, under)

    def was_alias(self, name: str) -> str | None:
        """Where a name was seen to lead; None where it was not seen to be an alias."""
        return self._aliased.get(name)

    # ---- what was recorded ----------------------------------------------------------------------------------------

    def _note(self, recorded: Iterable[Asked]) -> None:
        """Which names are there and which are not, who answers for the zone, and whether it is signed."""
        for asked in recorded:
            question, answer = asked.question, asked.answer
            if question.server is not None:
                if AUTHORITATIVE in answer.flags and _is_in(question.name, self._zone):
                    self._servers.add(question.server)
                continue
            if answer.status is DnsStatus.NXDOMAIN and not answer.aliases:
                self._denied.add(question.name)
            elif answer.speaks:
                self._there.add(question.name)
            if answer.aliases:
                self._note_chain(question, answer)
            if question.name == self._zone and question.rdtype == "SOA":
                self._note_signing(question, answer)
                if answer.records and self._soa is None:
                    self._soa = f"{self._zone}. {answer.ttl or 0} SOA {answer.records[0]}"

    def _note_signing(self, question: Question, answer: Answer) -> None:
        if answer.signatures or any(" RRSIG " in line for line in answer.proof):
            self._signed = True
        elif question.dnssec and answer.speaks and self._signed is None:
            self._signed = False

    def _note_chain(self, question: Question, answer: Answer) -> None:
        """What a chain of aliases tells of the names that it goes through."""
        names = (question.name, *answer.aliases)
        self._aliased.update(pairwise(names))
        if answer.speaks and not question.dnssec:
            for at, name in enumerate(answer.aliases, 1):
                self._ends.setdefault((name, question.rdtype), replace(answer, aliases=names[at + 1 :]))

    # ---- answers --------------------------------------------------------------------------------------------------

    def _followed(self, question: Question, under: Seen) -> Answer:
        name = question.name
        aliases: list[str] = []
        for _ in range(LINKS + 1):
            told = self._told(name, question.rdtype)
            if told is None:
                found = self._recorded(replace(question, name=name), under)
                planned = next((i for i, a in enumerate(found.aliases) if self._told(a, question.rdtype)), None)
                if planned is None:
                    return replace(found, aliases=(*aliases, *found.aliases)) if aliases else found
                aliases += found.aliases[: planned + 1]
                name = found.aliases[planned]
            elif told.alias is None:
                return self._made(question, told, tuple(aliases), under)
            else:
                aliases.append(told.alias)
                name = told.alias
            if len({question.name, *aliases}) <= len(aliases):
                break
        return Answer(status=DnsStatus.CNAME_CHAIN, aliases=tuple(aliases))

    def _recorded(self, question: Question, under: Seen) -> Answer:
        """What was recorded for a question, or for one whose aliases led there."""
        found: Answer = under(question)
        if found.status is DnsStatus.NOT_GATHERED:
            return self._ends.get((question.name, question.rdtype), found)
        return found

    def _made(self, question: Question, told: Told, aliases: tuple[str, ...], under: Seen) -> Answer:
        """The end of a chain. Where the records are those that were recorded, so is the rest of the answer."""
        if not told.certain:
            return replace(UNKNOWN, aliases=aliases)
        before: Answer = under(question)
        if not aliases and _is_same(told, before):
            return _kept(told, before)
        return self._plain(told, aliases, ("ra",))

    def _plain(self, told: Told, aliases: tuple[str, ...], flags: tuple[str, ...]) -> Answer:
        if told.values:
            return Answer(
                status=DnsStatus.NOERROR, records=told.values, aliases=aliases, flags=flags, ttl=told.ttl, rcode=0
            )
        status = DnsStatus.NODATA if told.exists else DnsStatus.NXDOMAIN
        authority = (self._soa,) if self._soa else ()
        return Answer(status=status, aliases=aliases, authority=authority, flags=flags, rcode=0 if told.exists else 3)

    def _from_server(self, question: Question, before: Answer) -> Answer:
        """What a name server of the zone says; others say what they said."""
        told = self._told(question.name, question.rdtype)
        theirs = AUTHORITATIVE in before.flags if before.speaks else before.status is DnsStatus.NOT_GATHERED
        if told is None or question.server not in self._servers or not theirs:
            return before
        if told.alias is not None or not told.certain or (question.dnssec and self._signed is not False):
            return UNKNOWN
        if _is_same(told, before):
            return _kept(told, before)
        return replace(self._plain(told, (), (AUTHORITATIVE,)), server=before.server)

    def _with_proof(self, question: Question, under: Seen) -> Answer:
        """What comes with signatures: as it was where nothing changes, and of an unsigned zone the bare records."""
        before: Answer = under(question)
        told = self._told(question.name, question.rdtype)
        if told is None:
            return before
        if _is_same(told, before):
            return _kept(told, before)
        if told.alias is not None or not told.certain or self._signed is not False or before.signatures:
            return UNKNOWN
        made = self._plain(told, (), ("ra",))
        proof = tuple(sorted(f"{question.name}. {told.ttl or 0} {question.rdtype} {v}" for v in told.values))
        return replace(made, proof=proof or made.authority)

    # ---- what is planned ------------------------------------------------------------------------------------------

    def _told(self, name: str, rdtype: str) -> Told | None:
        """What the zone is going to hold; None where that is not planned."""
        if not _is_in(name, self._zone):
            return None
        if (name == self._zone and rdtype in KEPT_AT_APEX) and (name, rdtype) not in self._sets:
            return None
        if any(_is_in(name, cut) and (name, rdtype) != (cut, "DS") for cut in self._cuts):
            return None  # another zone, which the plan does not hold
        if name in self._opaque and rdtype in ADDRESSES:
            return HIDDEN
        own = self._own(name, rdtype)
        if own is not None:
            return own
        return self._absent(name, rdtype) if self._whole else self._beside(name, rdtype)

    def _own(self, owner: str, rdtype: str) -> Told | None:
        """The planned records at a name, or the planned alias."""
        found = self._sets.get((owner, rdtype))
        if found:
            return Told(*found)
        alias = self._sets.get((owner, "CNAME"))
        return Told(ttl=alias[1], alias=canonical(alias[0][0])) if alias else None

    def _absent(self, name: str, rdtype: str) -> Told:
        """What a whole zone says of a name and type that are not in it."""
        if name in self._names or name == self._zone:
            return NOTHING
        above = _above(name, self._zone)[1:]
        if any((each, "DNAME") in self._sets for each in above):
            return HIDDEN
        closest = next(each for each in above if each in self._names or each == self._zone)
        return self._wild(closest, rdtype) or GONE

    def _wild(self, closest: str, rdtype: str) -> Told | None:
        wildcard = f"*.{closest}"
        if wildcard not in self._owners:
            return None
        return self._own(wildcard, rdtype) or NOTHING

    def _beside(self, name: str, rdtype: str) -> Told | None:
        """What follows for a name and type that a part of a zone does not name."""
        if (name, rdtype) in self._removed or (name, "CNAME") in self._removed:
            return NOTHING
        if name in self._owners:  # an alias has nothing beside it, so it is gone; a name that was denied holds no more
            return NOTHING if name in self._aliased or name in self._denied else None
        if name not in self._denied:
            return None
        if name in self._names:
            return NOTHING
        for closest in _above(name, self._zone)[1:]:
            if found := self._wild(closest, rdtype):
                return found
            if closest not in self._denied:
                return None if closest in self._there | self._names else self._under_a_wildcard(closest)
        return None

    def _under_a_wildcard(self, closest: str) -> Told | None:
        """Of a name between, nothing is known: where a planned wildcard stands above it, that may answer or not."""
        return HIDDEN if any(f"*.{each}" in self._owners for each in _above(closest, self._zone)[1:]) else None


def _is_same(told: Told, before: Answer) -> bool:
    """Whether what is planned is what was recorded."""
    if told.alias is not None:
        return before.aliases == (told.alias,)  # a longer chain may lead elsewhere now
    if before.aliases or not told.certain:
        return False
    if told.values:
        return before.status is DnsStatus.NOERROR and set(before.records) == set(told.values)
    return before.status is (DnsStatus.NODATA if told.exists else DnsStatus.NXDOMAIN)


def _kept(told: Told, before: Answer) -> Answer:
    """What was recorded, with the time to live that is planned."""
    return replace(before, ttl=told.ttl) if told.values else before


def _sets(planned: Planned) -> Sets:
    sets: dict[tuple[str, str], tuple[set[str], int]] = {}
    for record in planned.records:
        values, ttl = sets.setdefault((record.name, record.type), (set(), record.ttl))
        values.add(record.value)
        sets[record.name, record.type] = values, min(ttl, record.ttl)
    return {key: (tuple(sorted(values)), ttl) for key, (values, ttl) in sets.items()}


def _is_in(name: str, zone: str) -> bool:
    return name == zone or name.endswith(f".{zone}")


def _above(name: str, zone: str) -> list[str]:
    """A name and all names above it, up to the zone's own."""
    names = [name]
    while name != zone and "." in name:
        name = name.partition(".")[2]
        names.append(name)
    return names
