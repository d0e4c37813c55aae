"""Changing an SPF record (RFC 7208 section 4.6.1) without touching what its owner did not get wrong.

Terms keep their order and their spelling; what is taken out or put in is told by its place in the record, so of two
equal terms either can be meant. A record that has been changed is a text again, with single spaces between its terms.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping

from audit.syntax import zonefile
from audit.syntax.spf import VERSION, Modifier, Qualifier, SpfRecord, Term, parse

MAX_PASTED = 4096  # octets: who publishes more has other troubles than a line to paste

SOFTFAIL, FAIL = "~all", "-all"
NOBODY = f"{VERSION} {FAIL}"


def replaced(record: SpfRecord, by: Mapping[int, str]) -> str:
    """The record with other words at some places; an empty one takes the term out."""
    words = (by.get(at, word) for at, word in _words(record.text))
    return " ".join((record.text[: len(VERSION)], *(w for w in words if w)))


def tidy(record: SpfRecord) -> str:
    """The record with single spaces between its terms, and none behind."""
    return replaced(record, {})


def without(record: SpfRecord, gone: Iterable[Term | Modifier]) -> str:
    """The record without some of its terms."""
    return replaced(record, {each.at: "" for each in gone})


def dropped(text: str, words: Container[str]) -> str:
    """A record's text without these words, wherever they stand."""
    return " ".join((text[: len(VERSION)], *(w for _, w in _words(text) if w not in words)))


def with_terms(record: SpfRecord, added: Iterable[str]) -> str:
    """The record with more mechanisms: before its `all`, or behind the last mechanism where there is none."""
    ends = record.all
    if ends is not None:
        return replaced(record, {ends.at: " ".join((*added, ends.text))})
    last = record.terms[-1] if record.terms else None
    if last is None:
        return " ".join((record.text[: len(VERSION)], *added, *(w for _, w in _words(record.text))))
    return replaced(record, {last.at: " ".join((last.text, *added))})


def ended(record: SpfRecord, end: str) -> str:
    """The record with another `all`, which is its last mechanism, and without `redirect`, which that would idle.
    Mechanisms behind the first `all` had no effect, and get none: they are left out."""
    gone = {t.at for t in record.terms if t.name == "all"} | {m.at for m in record.modifiers if m.name == "redirect"}
    if record.all:
        gone |= {t.at for t in record.terms if t.at > record.all.at}
    kept = [w for at, w in _words(record.text) if at not in gone]
    return " ".join((record.text[: len(VERSION)], *kept, end))


def all_last(record: SpfRecord) -> str:
    """The record with the `all` that decides behind the other mechanisms, and no other `all`."""
    decides = record.all
    if decides is None:
        return tidy(record)
    gone = {t.at for t in record.terms if t.name == "all"}
    kept = [w for at, w in _words(record.text) if at not in gone]
    return " ".join((record.text[: len(VERSION)], *kept, decides.text))


def merged(records: Iterable[SpfRecord]) -> str:
    """One record that authorises what several do, which for itself none of them may (section 4.5).

    Equal terms are kept once; what stands behind an `all` had no effect, and gets none. A redirect would now hide the
    terms of the others, so it becomes an include. The end is `-all` when each of them asks for that, else `~all`: a
    merged record is new, and may have forgotten somebody.
    """
    given = tuple(records)
    words: dict[str, None] = {}
    ends: set[Qualifier | None] = set()
    for record in given:
        ends.add(record.all.qualifier if record.all else None)
        terms = {t.at: t for t in record.terms}
        redirect = record.redirect if record.all is None else None
        for at, word in _words(record.text):
            if redirect and at == redirect.at:
                words[f"include:{redirect.value}"] = None
            elif word.lower().startswith("redirect=") or (at in terms and record.all and at >= record.all.at):
                continue
            else:
                words[word] = None
    return " ".join((VERSION, *words, FAIL if ends == {Qualifier.FAIL} else SOFTFAIL))


def paste(name: str, text: str) -> tuple[str, ...]:
    """The line of a zone file that publishes a record; none for one that cannot be read, or is too long to paste."""
    if len(text) > MAX_PASTED or readable(text) is None:
        return ()
    return (zonefile.txt(name, text, whole_words=True),)


def paste_instead(name: str, record: SpfRecord, text: str) -> tuple[str, ...]:
    """`paste` of a record changed by leaving terms out; none where it would refuse everybody and the first did not."""
    if len(text) > MAX_PASTED:
        return ()
    left = parse(text)
    ends = left.all is not None and left.all.qualifier is Qualifier.FAIL
    return () if ends and _names_somebody(record) and not _names_somebody(left) else paste(name, text)


def _names_somebody(record: SpfRecord) -> bool:
    return any(t.qualifier is not Qualifier.FAIL and t.name != "all" for t in record.terms)


def readable(text: str) -> str | None:
    """A record's text if it can be read, else None."""
    return None if parse(text).problems else text


def _words(text: str) -> Iterable[tuple[int, str]]:
    """The terms as they stand, each with its place."""
    at = len(VERSION)
    for word in text[at:].split(" "):
        if word:
            yield at, word
        at += len(word) + 1
