"""Rules on what it costs to evaluate SPF (RFC 7208 section 4.6.4)."""

from __future__ import annotations

from audit.catalog.profiles import Thresholds
from audit.model.evidence import DomainOptions
from audit.model.fact import Count, Fact, Known, Unknown, any_of, need
from audit.model.report import Severity, SubjectName
from audit.protocol.spf import closing
from audit.protocol.spf.cost import ENOUGH
from audit.protocol.spf.draft import configured_senders
from audit.protocol.spf.path import out_of_reach, too_many_hosts, voids_for_everybody
from audit.protocol.spf.spare import Spare, spare_terms, spared
from audit.protocol.spf.terms import branches
from audit.protocol.spf.tree import SpfTree, changed
from audit.rules.rule import Verdict, cause, fail, not_applicable, ok, rule
from audit.syntax import spf_edit
from audit.syntax.escape import octet_text
from audit.syntax.spf import parse

HEADROOM = 2  # lookups that should be left: providers add to their records without asking
SHOWN, MAX_SHOWN, MAX_VOIDS_SHOWN = 80, 5, 10
MEANT = frozenset({Spare.DEAD, Spare.NONE})  # somebody may have been meant by these
COSTLY = (Spare.DEAD, Spare.NONE, Spare.VOID, Spare.DUPLICATE, Spare.INCLUDED, Spare.COVERED)


@rule(
    "SPF-LOOKUPS",
    severity=Severity.HIGH,
    reference="RFC 7208 section 4.6.4",
    message=(
        "evaluating the SPF record takes up to {lookups} DNS lookups; receivers stop at {allowed}, so that senders "
        "behind them get permerror: {unreached}. Dearest: {costs}"
    ),
    supersedes=("SPF-LOOKUPS-NEAR", "SPF-ALL-NEUTRAL"),
)
def spf_lookups(spf: SpfTree, limits: Thresholds, options: DomainOptions) -> Verdict:
    """SPF evaluation needs more DNS lookups than receivers allow.

    ## Why it matters
    Receivers go through the record from left to right and stop with permerror at the eleventh lookup. A sender that is
    named before it still passes; one that is named behind it, or not at all, gets permerror instead of an answer.
    ## What to do
    Remove includes of services that you no longer use, replace "a" and "mx" by ip4 and ip6, or move a sender to a
    subdomain. mxaudit spf plan shows the cheapest ways.
    """
    if spf.root.record is None:
        return not_applicable()
    if not need(spf.lookups.exceeds(limits.spf_lookups)):
        return ok()
    behind = out_of_reach(spf, limits.spf_lookups)
    unreached = tuple(
        octet_text(t.term.text, SHOWN) + (" (a part of it)" if t.within(limits.spf_lookups) else "")
        for t in behind[:MAX_SHOWN]
    )
    return fail(
        lookups=_or_more(spf.lookups),
        allowed=limits.spf_lookups,
        unreached=unreached or ("the end of the record",),
        costs=_dearest(spf),
        causes=_dearest_include(spf),
        publish=_leaner(spf, limits.spf_lookups, options),
    )


@rule(
    "SPF-LOOKUPS-NEAR",
    severity=Severity.LOW,
    reference="RFC 7208 section 4.6.4",
    message="evaluating the SPF record takes {lookups} of the {allowed} DNS lookups that receivers allow",
)
def spf_lookups_near(spf: SpfTree, limits: Thresholds, options: DomainOptions) -> Verdict:
    """SPF evaluation needs almost as many DNS lookups as receivers allow.

    ## Why it matters
    Providers change what they include without asking. One lookup more somewhere, and senders get permerror.
    ## What to do
    Remove what is no longer used, before it is urgent.
    """
    if spf.root.record is None:
        return not_applicable()
    near = limits.spf_lookups - HEADROOM
    if not need(spf.lookups.exceeds(near)):
        return ok()
    publish = _leaner(spf, near, options)
    return fail(lookups=_or_more(spf.lookups), allowed=limits.spf_lookups, publish=publish)


@rule(
    "SPF-VOID",
    severity={"every sender": Severity.HIGH, "some senders": Severity.MEDIUM, "one family": Severity.INFO},
    reference="RFC 7208 section 4.6.4",
    message="{voids} terms of the SPF record find nothing for {whom}; receivers stop after {allowed}: {terms}",
    supersedes=("SPF-VOID-ANY",),
)
def spf_void(spf: SpfTree, limits: Thresholds, options: DomainOptions) -> Verdict:
    """Several terms of the SPF record name hosts that have no records.

    ## Why it matters
    Receivers may end with permerror after two lookups that find nothing. Where these stand before all that could match,
    no sender passes; else those fail that are named behind them.
    ## What to do
    Remove the terms that name hosts which are gone.
    """
    if spf.root.record is None:
        return not_applicable()
    allowed = limits.spf_voids
    if spf.voids.exceeds(allowed) == Known(True):
        step = "every sender" if voids_for_everybody(spf) > allowed else "some senders"
        whom = "every sender" if step == "every sender" else "senders that no earlier term names"
        terms, publish = _terms(spf.void_terms), _without_voids(spf, options)
        return fail(step, voids=_or_more(spf.voids), whom=whom, allowed=allowed, terms=terms, publish=publish)
    if not need(any_of((spf.voids.exceeds(allowed), *(v.exceeds(allowed) for v in spf.family_voids)))):
        return ok()
    return _void_in_one_family(spf, allowed)


@rule(
    "SPF-VOID-ANY",
    severity={"": Severity.LOW, "one family": Severity.INFO},
    reference="RFC 7208 section 4.6.4",
    message="the SPF record looks up in vain for {whom}: {terms}. Receivers allow {allowed} such lookups",
)
def spf_void_any(spf: SpfTree, limits: Thresholds, options: DomainOptions) -> Verdict:
    """A term of the SPF record finds nothing.

    ## Why it matters
    Receivers may end with permerror at the third such lookup, and a name that is gone may become somebody else's.
    ## What to do
    Remove terms that name hosts which are gone. A host that has addresses of one family only finds nothing for clients
    of the other; ip4 or ip6 in its stead needs no lookup.
    """
    if spf.root.record is None:
        return not_applicable()
    allowed = limits.spf_voids
    if spf.voids.exceeds(0) == Known(True):
        publish = _without_voids(spf, options)
        return fail(whom="every client", terms=_terms(spf.void_terms), allowed=allowed, publish=publish)
    if not need(any_of((spf.voids.exceeds(0), *(v.exceeds(0) for v in spf.family_voids)))):
        return ok()
    whom, _ = _dearer_family(spf)
    return fail(_one_family(spf, 0), whom=whom, terms=_terms(spf.half_void_terms), allowed=allowed)


@rule(
    "SPF-MX-GT10",
    severity=Severity.HIGH,
    reference="RFC 7208 section 4.6.4",
    message="the SPF record names the mail hosts of {names}: more than ten hosts are a permerror",
    supersedes=("SPF-ALL-NEUTRAL",),
)
def spf_mx_gt10(spf: SpfTree) -> Verdict:
    """A mechanism mx of the SPF record leads to more than ten hosts.

    ## Why it matters
    Receivers look up the addresses of ten hosts at most; with more, the result is permerror.
    ## What to do
    Name the networks of the servers by ip4 and ip6 instead of mx.
    """
    if spf.root.record is None:
        return not_applicable()
    names, any_found = too_many_hosts(spf)
    if not need(any_found):
        return ok()
    return fail(names=tuple(f"{octet_text(name, SHOWN)} ({count})" for name, count in names[:MAX_SHOWN]))


def _void_in_one_family(spf: SpfTree, allowed: int) -> Verdict:
    whom, count = _dearer_family(spf)
    terms = _terms(spf.half_void_terms)
    return fail(_one_family(spf, allowed), voids=_or_more(count), whom=whom, allowed=allowed, terms=terms)


def _dearer_family(spf: SpfTree) -> tuple[str, Count]:
    ipv4, ipv6 = spf.family_voids
    return ("IPv6 clients", ipv6) if ipv6.at_least > ipv4.at_least else ("IPv4 clients", ipv4)


def _one_family(spf: SpfTree, allowed: int) -> Fact[str]:
    """The lowest step; while terms may yet find nothing at all, why that is not known."""
    more = spf.voids.exceeds(allowed)
    return more if isinstance(more, Unknown) else Known("one family")


def _without_voids(spf: SpfTree, options: DomainOptions) -> tuple[str, ...]:
    """The record without its void terms, where that leaves none that is known of below it."""
    text = spared(spf, Spare.VOID)
    mends = text is not None and changed(spf, text).voids.at_least == 0
    return closing.mended(spf, text, configured_senders(options)) if text and mends else ()


def _leaner(spf: SpfTree, allowed: int, options: DomainOptions) -> tuple[str, ...]:
    """The record without terms that let nobody send who may not anyway, where that brings it within the limit."""
    text = spared(spf, *COSTLY)
    if text is None:
        return ()
    if MEANT & {each.why for each in spare_terms(spf)} and closing.refuses(parse(text)):
        # An include that is not there is a permerror, so that nobody has come to "-all" so far: who was meant by the
        # include would now be refused.
        text = spf_edit.ended(parse(text), spf_edit.SOFTFAIL)
    mends = changed(spf, text).lookups.exceeds(allowed) == Known(False)
    return closing.mended(spf, text, configured_senders(options)) if mends else ()


def _terms(texts: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(octet_text(t, SHOWN) for t in texts[:MAX_VOIDS_SHOWN])


def _or_more(count: Count) -> str:
    exact = count.hole is None and count.at_least < ENOUGH
    return str(count.at_least) if exact else f"{count.at_least} or more"


def _dearest(spf: SpfTree) -> tuple[str, ...]:
    """The includes that cost most, dearest first."""
    by_cost = sorted(spf.costs, key=lambda each: (-each[1].at_least, each[0]))
    found = tuple(f"{octet_text(term, SHOWN)} ({_or_more(cost)})" for term, cost in by_cost[:MAX_SHOWN])
    return found or ("its own terms",)


def _dearest_include(spf: SpfTree) -> tuple[SubjectName, ...]:
    """What may bring many domains over the limit: the include that costs most."""
    costs = dict(spf.costs)
    by_cost = sorted(branches(spf.root), key=lambda b: (-costs[b.term].at_least, b.target))
    return tuple(cause("include", b.target) for b in by_cost[:1] if costs[b.term].at_least > 1)
