"""What is given to paste lets no stranger send (RFC 7208 sections 5.1 and 11).

A permerror makes a whole record powerless, its `+all` too. Whoever mends the error alone opens the domain to everybody.
So a record that is proposed is closed first: an open end becomes `~all`, and its own terms that let everybody send are
left out. What an include lets send is not the owner's to close, and then nothing is proposed. Neither is a record by
which very many may send who may not yet; nor one that names nobody where the present one means to: the domain's own
mail would be refused or marked by it.

Two kinds of proposal differ. One that mends an error brings into effect what had none: all that it leads to must be
seen. One that leaves the effect of a record as it is may lead to what was not seen, as the present record does.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from audit.model.fact import Fact, Known, Unknown
from audit.protocol.spf.crowd import Vast
from audit.protocol.spf.networks import Held, Network, Reader
from audit.protocol.spf.sight import Mode, Sight
from audit.protocol.spf.spare import Spare, spare_terms
from audit.protocol.spf.stranger import Strangers
from audit.protocol.spf.stranger import strangers as walked
from audit.protocol.spf.terms import SpfNode, evaluated
from audit.protocol.spf.tree import SpfTree, changed
from audit.syntax import spf_edit, spf_mend
from audit.syntax.addresses import use_of
from audit.syntax.names import canonical
from audit.syntax.spf import VERSION, Modifier, Qualifier, SpfRecord, Term, parse

MAX_ROUNDS = 8  # of leaving out terms that let everybody send
IN_VAIN = frozenset({Spare.DEAD, Spare.NONE, Spare.VOID})


def mended(tree: SpfTree, text: str, senders: tuple[str, ...] = ()) -> tuple[str, ...]:
    """The line to paste of a record that takes an error away from the one that a tree begins with; none where it could
    not be closed, or would refuse everybody where the first did not. `senders` are terms for those that are known to
    send: where it had to be closed, they may have passed by what is gone."""
    record = tree.root.record
    left = (
        closed(tree, text, senders) if record is None or spf_mend.plain(record) else None
    )  # terms that are glued part first
    if left is None or not _serves(tree, left):
        return ()
    return spf_edit.paste_instead(tree.root.name, record, left) if record else spf_edit.paste(tree.root.name, left)


def kept(tree: SpfTree, text: str, senders: tuple[str, ...] = ()) -> tuple[str, ...]:
    """The line to paste of a record that has the effect of the one that a tree begins with; none where it could not be
    closed, or would refuse everybody where the present one does not."""
    record = tree.root.record
    left = _closed(tree, text, senders, Mode.SEEN)
    if left is None or record is None or not _serves(tree, left):
        return ()
    return spf_edit.paste_instead(tree.root.name, record, left)


def kept_without(tree: SpfTree, gone: Sequence[Term | Modifier], senders: tuple[str, ...] = ()) -> tuple[str, ...]:
    """`kept` of the record that a tree begins with, without terms that have no effect."""
    record = tree.root.record
    if record is None:
        return ()
    left = len(" ".join(filter(None, record.text.split(" ")))) - sum(len(t.text) + 1 for t in gone)
    if left > spf_edit.MAX_PASTED:  # told without taking thousands of terms out one by one
        return ()
    return kept(tree, spf_edit.without(record, gone), senders)


def closed(tree: SpfTree, text: str, senders: tuple[str, ...] = ()) -> str | None:
    """A record at the name of a tree, without what lets everybody send; None where that cannot be seen, or is another's
    to mend, or where nobody would be left who may send."""
    return _closed(tree, text, senders, Mode.MENDED)


def unopened(tree: SpfTree, terms: tuple[str, ...]) -> str | None:
    """The record that a tree begins with, which ends in a soft fail, and without terms that let everybody send, where
    they are its own; None where there is none, or where another record decides."""
    record = tree.root.record
    if record is None or (record.redirect and not record.all):
        return None
    return spf_edit.dropped(spf_edit.ended(record, spf_edit.SOFTFAIL), terms)


def with_senders(tree: SpfTree, text: str, senders: tuple[str, ...]) -> str:
    """A record at the name of a tree that lets these send as well, as far as it does not for certain."""
    there = changed(tree, text)
    missed = [each for each in senders if not lets(there, each)]
    return spf_edit.with_terms(parse(text), missed) if missed else text


def strangers(tree: SpfTree, mode: Mode = Mode.MENDED) -> Fact[tuple[str, ...]]:
    """The terms that would let everybody send if all errors of a tree were mended; none when there are none."""
    return _let(tree, mode).everybody


def strangers_at(name: str, text: str, tree: SpfTree) -> Fact[tuple[str, ...]]:
    """The same of a record at another name, as far as the tree tells what it leads to."""
    node = SpfNode(name, exists=True, found=(text,), record=parse(text))
    nodes = {**tree.by_name(), name: Known(node)}
    return walked(node, nodes, dict(tree.looked_up), dict(tree.sampled), Mode.MENDED).everybody


def names_somebody(text: str) -> bool:
    """Whether a record has a term by which somebody passes."""
    return any(t.qualifier is Qualifier.PASS and t.name != "all" for t in parse(text).terms)


def refuses(record: SpfRecord) -> bool:
    """Whether a record asks to refuse whomever it does not name."""
    return record.all is not None and record.all.qualifier is Qualifier.FAIL


def decides(text: str) -> bool:
    """Whether a record names somebody, leads to one that may, or refuses all."""
    record = parse(text)
    redirected = record.all is None and record.redirect is not None
    return refuses(record) or any(map(_names, record.terms)) or redirected


def lets(tree: SpfTree, address: str) -> bool:
    """Whether it is certain that the record that a tree begins with lets an address send, which a term names."""
    reader = Reader(tree.by_name(), dict(tree.looked_up))
    found, held = reader.record(tree.root.name), Held()
    held.add((*found.all, *_around_own_hosts(tree)))
    return found.sure and held.hold(reader.term(tree.root.name, parse(f"{VERSION} {address}").terms[0]))


def _around_own_hosts(tree: SpfTree) -> Iterator[Network]:
    """The networks that `mx` terms of a record let send, as far as their hosts were looked up, and nothing stands
    before them that refuses anybody."""
    sight = Sight(4, tree.root.name, {}, dict(tree.looked_up), Mode.SEEN)
    for term in evaluated(tree.root.record) if tree.root.record else ():
        if term.qualifier is not Qualifier.PASS:
            return
        if term.name == "mx" and not term.macro:
            yield from sight.of_hosts(tree.root.name, term)


def sends(tree: SpfTree) -> bool:
    """Whether the record that a tree begins with lets somebody send, as far as is seen: by a term that finds something,
    or by a record that it leads to."""
    record = tree.root.record
    if record is None:
        return False
    vain = {s.term for s in spare_terms(tree) if s.why in IN_VAIN and getattr(s.term, "name", "") != "mx"}
    if any(t not in vain and not _is_private(t) for t in evaluated(record) if _names(t)):
        return True
    redirect = record.redirect if record.all is None else None
    found = tree.by_name().get(canonical(redirect.value)) if redirect else None
    return redirect is not None and (not isinstance(found, Known) or found.value.record is not None)


def _serves(tree: SpfTree, text: str) -> bool:
    """Whether a record lets somebody send, or says the same as the present one, by which nobody was ever meant to."""
    record, left = tree.root.record, parse(text)
    if sends(changed(tree, text)):
        return True
    if record is None or (record.redirect and not record.all) or any(map(_names, record.terms)):
        return False
    return (record.all and record.all.qualifier) == (left.all and left.all.qualifier)


def _names(term: Term) -> bool:
    return term.qualifier is not Qualifier.FAIL and term.name != "all"


def _is_private(term: Term) -> bool:
    """Whether a term names a network of which no mail comes over the internet."""
    return term.span is not None and use_of(term.span.first, term.span.version) == "private"


def _closed(tree: SpfTree, text: str, senders: tuple[str, ...], mode: Mode) -> str | None:
    if len(text) > spf_edit.MAX_PASTED:
        return None
    left = _shut(parse(text))
    for _ in range(MAX_ROUNDS):
        let = _let(changed(tree, left), mode)
        terms = let.everybody
        if isinstance(terms, Unknown):
            return None
        if not terms.value:
            if _are_more(tree, let.vast, mode):
                return None
            if left == text:
                return left
            return with_senders(tree, left, senders) if names_somebody(left) else None
        less = spf_edit.dropped(left, terms.value)
        if less == left:
            return None
        left = less
    return None


def _let(tree: SpfTree, mode: Mode) -> Strangers:
    return walked(tree.root, tree.by_name(), dict(tree.looked_up), dict(tree.sampled), mode)


def _are_more(tree: SpfTree, vast: Fact[Vast], mode: Mode) -> bool:
    """Whether another record lets very many send, or may, whom the present one does not."""
    may = vast.value if isinstance(vast, Known) else mode is Mode.MENDED
    return bool(may) and not (isinstance(tree.vast, Known) and tree.vast.value)


def _shut(record: SpfRecord) -> str:
    """A record without an open end, and without own terms that let a whole family of addresses send."""
    ends = record.all
    text = spf_edit.ended(record, spf_edit.SOFTFAIL) if ends and ends.qualifier is Qualifier.PASS else record.text
    wide = {t.text for t in record.terms if t.name != "all" and _is_whole(t)}
    return spf_edit.dropped(text, wide) if wide else text


def _is_whole(term: Term) -> bool:
    if term.qualifier is not Qualifier.PASS:
        return False
    return 0 in (term.cidr4, term.cidr6) or (term.span is not None and term.span.length == 0)
