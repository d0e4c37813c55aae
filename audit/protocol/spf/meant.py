"""The SPF record that a domain's owner meant, where what stands there is none, cannot be read, or is more than one
(RFC 7208 sections 4.5 and 4.6).

Such a text authorises nobody, and neither does it let strangers in. Once it is mended, all that it names counts. So
what it leads to is looked at before it is proposed; and where a text can be read in several ways, that one was meant
whose names are there.
"""

from __future__ import annotations

import re
from itertools import pairwise

from audit.model.evidence import DomainOptions
from audit.model.fact import Fact, Known
from audit.model.probe import DnsStatus, Question
from audit.model.subject import Domain
from audit.model.value import dataclass
from audit.protocol.inquiry import Steps, answer, every, inquiry, settle
from audit.protocol.spf import closing
from audit.protocol.spf.draft import configured_senders
from audit.protocol.spf.lookups import MAX_TERMS
from audit.protocol.spf.terms import asked_by
from audit.protocol.spf.tree import SpfRecordFound, SpfTree, changed, spf_planned, spf_record
from audit.syntax import spf as syntax
from audit.syntax import spf_edit, spf_mend, txt
from audit.syntax.names import canonical

MAX_MERGED = 5  # records
MAX_NAMES = 8  # that tell readings apart
BEGINS = re.compile(r"[-+~?]?(?:(?:include|exists|ip4|ip6|a|mx|ptr):|all(?: |$)|redirect=|exp=)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class SpfMeant:
    """What was meant, closed to strangers. `text` is None where there is nothing to guess, or no telling; `parted` says
    that a record is in effect as it stands, though a term of it looks like several that were glued. `mechanisms` is the
    record with a colon wherever an equals sign makes a mechanism an unknown modifier; None where that does no good."""

    text: Fact[str | None]
    parted: bool
    mechanisms: Fact[str | None]


@inquiry
def spf_meant(domain: Domain, options: DomainOptions) -> Steps[SpfMeant]:
    """Find out what the texts of a domain were meant to be."""
    found = yield from spf_record(domain)
    parted = found.record is not None and not found.record.problems and not spf_mend.plain(found.record)
    guessed = parted and _spaced(found) is None
    senders = configured_senders(options)
    text = yield from settle(_chosen(domain, readings(found), found.found if guessed else (), senders))
    return SpfMeant(text, parted, (yield from settle(_mechanisms(domain, found, senders))))


def readings(found: SpfRecordFound) -> tuple[str, ...]:
    """The records that the texts of a domain may have been meant as, where they are not a single plain one."""
    if not found.found:
        near = (spf_mend.nearly("".join(strings)) for strings in found.texts)
        return next((n.readings for n in near if n and n.readings), ())
    if len(found.found) > 1:
        records = [syntax.parse(text) for text in found.found]
        texts = [(r.text,) if spf_mend.plain(r) else spf_mend.readings(r) for r in records[:MAX_MERGED]]
        if len(records) > MAX_MERGED or any(len(each) != 1 for each in texts):
            return ()
        return (spf_edit.merged(syntax.parse(each[0]) for each in texts),)
    if found.record is None or spf_mend.plain(found.record):
        return ()
    spaced = _spaced(found)
    return (spf_mend.readings(syntax.parse(spaced)) if spaced else ()) or spf_mend.readings(found.record)


def strings_of(found: SpfRecordFound) -> tuple[str, ...]:
    """The strings of the record, without empty ones."""
    return next((tuple(s for s in each if s) for each in found.texts if "".join(each) in found.found), ())


def cuts(strings: tuple[str, ...]) -> list[tuple[str, str]]:
    """The strings between which no space stands."""
    return [(a, b) for a, b in pairwise(strings) if not a.endswith(" ") and not b.startswith(" ")]


def _spaced(found: SpfRecordFound) -> str | None:
    """The record with a space at each cut, where only this makes it readable, or where terms begin behind each cut."""
    strings = strings_of(found)
    if found.record is None or len(found.record.text) > spf_mend.MAX_MENDED or not cuts(strings):
        return None
    if not found.record.problems and not all(BEGINS.match(b) for _, b in cuts(strings)):
        return None
    return spf_edit.readable(" ".join(s.strip(" ") for s in strings))


def _chosen(
    domain: Domain, texts: tuple[str, ...], in_effect: tuple[str, ...], senders: tuple[str, ...]
) -> Steps[str | None]:
    """The one of these that was meant, closed to strangers."""
    if len(texts) > 1 or in_effect:
        texts = yield from _existing(domain.name, texts, in_effect)
    if len(texts) != 1:
        return None
    return _usable((yield from spf_planned(domain, texts[0])), texts[0], senders)


def _usable(tree: SpfTree, text: str, senders: tuple[str, ...]) -> str | None:
    """A record, closed to strangers; None for one that is a permerror by its lookups, that lets very many send, or that
    lets nobody send and yet does not say so."""
    left = closing.closed(tree, text, senders)
    after = changed(tree, left) if left is not None else tree
    if left is None or after.lookups.exceeds(MAX_TERMS) == Known(True):
        return None
    if isinstance(after.vast, Known) and after.vast.value:  # it was never in effect, or not all of it
        return None
    return left if closing.decides(left) else None


def _existing(name: str, texts: tuple[str, ...], in_effect: tuple[str, ...]) -> Steps[tuple[str, ...]]:
    """Those all of whose names are there, beside the names that all have in common with a record that is in effect.

    Raises:
        Unestablished: it cannot be told of one.
    """
    named = [dict.fromkeys(_names(name, text)) for text in (*texts, *in_effect)]
    apart = [tuple(n for n in names if not all(n in other for other in named)) for names in named[: len(texts)]]
    asked = tuple(dict.fromkeys(n for names in apart for n in names))
    if len(asked) > MAX_NAMES:
        return ()
    there = dict(zip(asked, (yield from every(_is_there(questions) for questions in asked)), strict=True))
    return tuple(text for text, names in zip(texts, apart, strict=True) if all(there[n] for n in names))


def _names(name: str, text: str) -> list[tuple[Question, ...]]:
    """What to ask of each name in a record, to see whether it is there."""
    record = syntax.parse(text)
    included = [t.target for t in record.terms if t.name == "include" and t.target and not t.macro]
    included += [m.value for m in record.modifiers if m.name == "redirect" and not m.macro]
    looked_up = [asked_by(name, t) for t in record.terms if not t.macro]
    return [*((Question(name=canonical(n), rdtype="TXT"),) for n in included), *(q for q in looked_up if q)]


def _is_there(questions: tuple[Question, ...]) -> Steps[bool]:
    answers = yield from every(answer(q) for q in questions)
    if questions[0].rdtype == "TXT":
        return any(syntax.is_spf(txt.joined(r)) for r in answers[0].records)
    return any(each.status is DnsStatus.NOERROR and each.records for each in answers)


def _mechanisms(domain: Domain, found: SpfRecordFound, senders: tuple[str, ...]) -> Steps[str | None]:
    """The record with mechanisms where modifiers stand that were to be ones, if all of these can count."""
    record = found.record
    if record is None or record.problems or len(record.text) > spf_edit.MAX_PASTED:
        return None
    unknown = [m for m in record.modifiers if m.name not in ("redirect", "exp")]
    reached = [m for m in unknown if record.all is None or m.at < record.all.at]
    meant = {m.at: term for m in reached if (term := spf_mend.meant_as_mechanism(m.name, m.value))}
    if not meant:
        return None
    text = spf_edit.replaced(record, {**{m.at: "" for m in unknown}, **meant})
    asked = dict.fromkeys(_names(domain.name, f"{syntax.VERSION} {' '.join(meant.values())}"))
    there = yield from every(_is_there(questions) for questions in asked)
    return _usable((yield from spf_planned(domain, text)), text, senders) if all(there) else None


def guessable(texts: tuple[str, ...]) -> bool:
    """Whether some reading names a sender, so that no other record should be proposed in its stead."""
    return any(closing.names_somebody(text) for text in texts)
