"""A change of a domain's SPF record, before it is made: what it would cost (RFC 7208 section 4.6.4), and what would
bring it back within the limit.

The planned record is looked at as if it were published; all that it leads to is asked as it is now. No plan opens a
domain: where a record would let everybody send once its errors are gone, it is closed before anything else is planned.
"""

from __future__ import annotations

from audit.catalog.providers import Providers
from audit.model.fact import Fact, Known
from audit.model.probe import Question
from audit.model.subject import Domain, Host
from audit.model.value import dataclass
from audit.protocol.inquiry import Steps, attempt, every, inquiry, records, settle
from audit.protocol.mx.hosts import host_addresses
from audit.protocol.spf import closing
from audit.protocol.spf.spare import Spare
from audit.protocol.spf.terms import evaluated
from audit.protocol.spf.tree import SpfTree, changed, spf_planned, spf_tree
from audit.protocol.spf.ways import Change, Way, cheapest, ways
from audit.syntax import spf as syntax
from audit.syntax import spf_edit
from audit.syntax.names import canonical

MAX_HOSTS = 10  # of the domain's own `mx` terms
FIRST = f"{syntax.VERSION} {spf_edit.SOFTFAIL}"


class PlanFault(ValueError):
    """What is wrong with a plan: a sentence."""


@dataclass(frozen=True, slots=True)
class SpfPlan:
    """A record before and after. `changes` bring the planned record back within the limit, to `mended`; none are needed
    where it keeps it. `ways` are all that save something, each by itself. `closed`: what was planned would have let
    everybody send. `strangers` are the terms by which `mended` still does, or would without its errors; while it is not
    known that there are none, it is nothing to publish."""

    before: SpfTree
    after: SpfTree
    ways: tuple[Way, ...]
    changes: tuple[Change, ...]
    mended: SpfTree
    closed: bool
    strangers: Fact[tuple[str, ...]]


def term(text: str) -> syntax.Term:
    """A mechanism that a person names.

    Raises:
        PlanFault: it is none.
    """
    record = syntax.parse(f"{syntax.VERSION} {text}")
    if record.problems or len(record.terms) != 1 or record.modifiers:
        why = record.problems[0].code if record.problems else "not one mechanism"
        raise PlanFault(f"“{text}” is no mechanism of SPF: {why}.")
    return record.terms[0]


def planned(found: tuple[str, ...], added: tuple[syntax.Term, ...], removed: tuple[syntax.Term, ...]) -> str:
    """The record with terms added and removed. Of several records, one is made; without one, a new one is begun.

    Raises:
        PlanFault: a term that is to go is not there, or the record cannot be read.
    """
    record = syntax.parse(found[0] if len(found) == 1 else _begun(found))
    if record.problems:
        problem = record.problems[0]
        raise PlanFault(f"the record cannot be read at {problem.text}: {problem.code}. Mend that first.")
    gone = [_places(record, each) for each in removed]
    text = spf_edit.replaced(record, {at: "" for places in gone for at in places})
    ends = [each for each in added if each.name == "all"]
    new = [each.text for each in added if each.name != "all" and not _there(syntax.parse(text), each)]
    text = spf_edit.with_terms(syntax.parse(text), new) if new else text
    return spf_edit.ended(syntax.parse(text), ends[-1].text) if ends else text


@inquiry
def spf_plan(
    domain: Domain, added: tuple[syntax.Term, ...], removed: tuple[syntax.Term, ...], providers: Providers
) -> Steps[SpfPlan | PlanFault]:
    """Look at a change of a domain's record."""
    before = yield from spf_tree(domain)
    try:
        text = planned(before.root.found, added, removed)
    except PlanFault as fault:
        return fault
    after = yield from spf_planned(domain, text)
    opening = closing.strangers(after)
    wanted = [t.text for t in added if isinstance(opening, Known) and t.text in opening.value]
    if wanted:
        terms = " and ".join(f"“{text}”" for text in dict.fromkeys(wanted))
        return PlanFault(f"{terms} would let everybody send as {domain.name}, and no plan opens a domain.")
    shut = closing.closed(after, text)
    closed = shut is not None and shut != text
    after = changed(after, shut) if shut is not None and closed else after
    found = ways(after, providers, (yield from _hosts(after)))
    changes, mended = cheapest(after, tuple(way for way in found if not _undoes(way, added)))
    return SpfPlan(before, after, found, changes, mended, closed, closing.strangers(mended))


def _begun(found: tuple[str, ...]) -> str:
    return spf_edit.merged(map(syntax.parse, found)) if found else FIRST


def _same(one: syntax.Term, other: syntax.Term) -> bool:
    """Whether two terms say the same: a sign is told apart, letters are not."""
    return (one.qualifier, one.text.lstrip("+-~?").lower()) == (other.qualifier, other.text.lstrip("+-~?").lower())


def _undoes(way: Way, added: tuple[syntax.Term, ...]) -> bool:
    """Whether a way takes out what was to be added because it lets nobody send whom other terms do not: whoever adds a
    provider's include wants its networks of tomorrow, too. What makes the record an error may go all the same."""
    if way.change.spare in (None, Spare.DEAD, Spare.NONE):
        return False
    return way.change.term.lower().lstrip("+") in {each.text.lower().lstrip("+") for each in added}


def _there(record: syntax.SpfRecord, wanted: syntax.Term) -> bool:
    return any(_same(each, wanted) for each in record.terms)


def _places(record: syntax.SpfRecord, wanted: syntax.Term) -> tuple[int, ...]:
    """Where a term stands, with whatever sign when it is named without one."""
    signed = wanted.text[0] in "+-~?"
    plain = wanted.text.lstrip("+-~?").lower()
    places = tuple(
        t.at for t in record.terms if (_same(t, wanted) if signed else t.text.lstrip("+-~?").lower() == plain)
    )
    if not places:
        raise PlanFault(f"“{wanted.text}” is not in the record, so it cannot be removed.")
    return places


def _hosts(tree: SpfTree) -> Steps[dict[str, tuple[str, ...]]]:
    """The addresses of the mail hosts that own `mx` terms name, as far as all of them are known."""
    record = tree.root.record
    own = [t for t in evaluated(record) if t.name == "mx" and not t.macro] if record else []
    found: dict[str, tuple[str, ...]] = {}
    for name in dict.fromkeys(canonical(t.target) if t.target else tree.root.name for t in own):
        exchanges = yield from settle(records(Question(name=name, rdtype="MX")))
        if not isinstance(exchanges, Known) or not 0 < len(exchanges.value) <= MAX_HOSTS:
            continue
        names = [canonical(r.split()[-1]) for r in exchanges.value]
        if not all(n.endswith(f".{tree.root.name}") for n in names):
            continue  # somebody else's hosts, whose addresses are not ours to know
        (addresses,) = yield from attempt((every(host_addresses(Host(n)) for n in names),))
        whole = isinstance(addresses, Known) and all(
            isinstance(f, Known) for each in addresses.value for f in (each.ipv4, each.ipv6)
        )
        if whole and isinstance(addresses, Known):
            found[name] = tuple(dict.fromkeys(a for each in addresses.value for a in each.known))
    return found
