"""Rules on SPF (RFC 7208)."""

from __future__ import annotations

from collections.abc import Callable

from audit.catalog.profiles import Thresholds
from audit.model.fact import Fact, Known, Unknown, all_of, any_of, need
from audit.model.report import Severity
from audit.model.subject import Domain
from audit.protocol.dkim import DkimDiscovery
from audit.protocol.dmarc import DmarcPolicy
from audit.protocol.mx import MailClass
from audit.protocol.spf import SpfDefault, SpfRecordFound, SpfTree
from audit.protocol.spf_terms import SpfNode
from audit.rules.rule import Verdict, fail, not_applicable, ok, rule, rung
from audit.syntax.spf import Qualifier


@rule(
    "SPF-MISSING",
    severity={"mail": Severity.HIGH, "no mail": Severity.MEDIUM},
    reference="RFC 7208 section 4.5; Google, Yahoo and Microsoft sender requirements",
    message="{domain} has no SPF record",
)
def spf_missing(domain: Domain, spf: SpfRecordFound, mail: MailClass) -> Verdict:
    """The domain has no SPF record.

    ## Why it matters
    Receivers cannot tell your servers from others that use the name. Large ones refuse or sort out such mail.
    ## What to do
    Publish one TXT record at the domain that names your senders, such as "v=spf1 mx -all"; "v=spf1 -all" if it
    never sends.
    """
    if spf.found:
        return ok()
    return fail(rung(mail.takes_mail, "mail", "no mail"), domain=domain.name)


@rule(
    "SPF-MULTIPLE",
    severity=Severity.HIGH,
    reference="RFC 7208 sections 3.2 and 4.5",
    message="{domain} has {count} SPF records",
    supersedes=("SPF-MISSING",),
)
def spf_multiple(domain: Domain, spf: SpfRecordFound) -> Verdict:
    """The domain has more than one SPF record.

    ## Why it matters
    Receivers cannot choose: the result is permerror, as if there were no record, and often worse.
    ## What to do
    Merge the records into one that begins with v=spf1, with the terms of all of them and a single "all" at the end.
    """
    return fail(domain=domain.name, count=len(spf.found)) if len(spf.found) > 1 else ok()


@rule(
    "SPF-SYNTAX",
    severity=Severity.HIGH,
    reference="RFC 7208 sections 4.6.1 and 12",
    message="the SPF record cannot be read at {places}",
)
def spf_syntax(spf: SpfRecordFound) -> Verdict:
    """The SPF record breaks the grammar.

    ## Why it matters
    One error anywhere makes the whole record a permerror: nobody is authorised by it.
    ## What to do
    Correct the terms that are named; check for missing spaces, wrong quotes and typing errors.
    """
    if spf.record is None:
        return not_applicable()
    if not spf.record.problems:
        return ok()
    return fail(places=tuple(f"{p.text} (character {p.at + 1}: {p.code})" for p in spf.record.problems[:5]))


@rule(
    "SPF-LOOKUPS",
    severity=Severity.HIGH,
    reference="RFC 7208 section 4.6.4",
    message="evaluating the SPF record takes {lookups} DNS lookups; receivers stop at {allowed}. Dearest: {costs}",
)
def spf_lookups(spf: SpfTree, limits: Thresholds) -> Verdict:
    """SPF evaluation needs more DNS lookups than receivers allow.

    ## Why it matters
    Receivers stop after ten: a sender that is listed later gets permerror instead of pass.
    ## What to do
    Remove includes of services that you no longer use, replace "a" and "mx" by ip4 and ip6, or move a sender to a
    subdomain.
    """
    if spf.root.record is None:
        return not_applicable()
    if need(spf.lookups.exceeds(limits.spf_lookups)):
        lookups = _or_more(spf.lookups.at_least, spf.lookups.hole)
        return fail(lookups=lookups, allowed=limits.spf_lookups, costs=_dearest(spf))
    return ok()


@rule(
    "SPF-VOID",
    severity=Severity.MEDIUM,
    reference="RFC 7208 section 4.6.4",
    message="{voids} terms of the SPF record find nothing; receivers stop after {allowed}: {terms}",
)
def spf_void(spf: SpfTree, limits: Thresholds) -> Verdict:
    """Several terms of the SPF record name hosts that have no records.

    ## Why it matters
    Receivers may end with permerror after two lookups that find nothing.
    ## What to do
    Remove the terms that name hosts which are gone.
    """
    if spf.root.record is None:
        return not_applicable()
    if need(spf.voids.exceeds(limits.spf_voids)):
        return fail(
            voids=_or_more(spf.voids.at_least, spf.voids.hole), allowed=limits.spf_voids, terms=spf.void_terms[:10]
        )
    return ok()


@rule(
    "SPF-INCLUDE-NONE",
    severity=Severity.HIGH,
    reference="RFC 7208 sections 5.2 and 6.1",
    message="included without having an SPF record: {targets}",
)
def spf_include_none(spf: SpfTree) -> Verdict:
    """The SPF record includes a name that has no SPF record.

    ## Why it matters
    Including a name without a record is a permerror: every sender listed behind it fails.
    ## What to do
    Correct the name of the include, or remove it.
    """
    return _includes(spf, lambda node: not node.found)


@rule(
    "SPF-INCLUDE-NXDOMAIN",
    severity=Severity.HIGH,
    reference="RFC 7208 sections 5.2 and 11",
    message="included but not existing in the DNS: {targets}",
    supersedes=("SPF-INCLUDE-NONE",),
)
def spf_include_nxdomain(spf: SpfTree) -> Verdict:
    """The SPF record includes a name that does not exist.

    ## Why it matters
    It is a permerror, and whoever can register the name can let himself send as your domain.
    ## What to do
    Remove the include.
    """
    return _includes(spf, lambda node: not node.exists)


@rule(
    "SPF-LOOP",
    severity=Severity.HIGH,
    reference="RFC 7208 section 4.6.4",
    message="the SPF record includes itself: {names}",
    supersedes=("SPF-LOOKUPS",),
)
def spf_loop(spf: SpfTree) -> Verdict:
    """The SPF record leads back to itself.

    ## Why it matters
    Receivers run into the limit of ten lookups and end with permerror.
    ## What to do
    Remove the include or redirect that closes the circle.
    """
    if spf.root.record is None:
        return not_applicable()
    names = need(spf.loop)
    return fail(names=" → ".join(names)) if names else ok()


@rule(
    "SPF-ALL-PASS",
    severity=Severity.CRITICAL,
    reference="RFC 7208 sections 5.1 and 11",
    message="the SPF record lets everybody send as {domain}: {terms}",
)
def spf_all_pass(domain: Domain, spf: SpfTree) -> Verdict:
    """The SPF record authorises the whole internet.

    ## Why it matters
    Anyone can send mail as the domain, and SPF will say that it is genuine.
    ## What to do
    End the record with "-all" or "~all", and name your own senders before it.
    """
    if spf.root.record is None:
        return not_applicable()
    terms = need(spf.everybody)
    return fail(domain=domain.name, terms=terms) if terms else ok()


@rule(
    "SPF-ALL-NEUTRAL",
    severity={"": Severity.MEDIUM, "protected": Severity.LOW},
    reference="RFC 7208 sections 4.7 and 5.1",
    message="the SPF record of {domain} says nothing about servers that it does not name",
)
def spf_all_neutral(
    domain: Domain, spf: SpfRecordFound, default: SpfDefault, policy: DmarcPolicy, dkim: DkimDiscovery
) -> Verdict:
    """The SPF record ends without saying anything about other servers.

    ## Why it matters
    A neutral result is treated like none: the record stops nobody from using the name. It matters less where DMARC asks
    for rejection and the domain signs with DKIM.
    ## What to do
    End the record with "~all", or with "-all" once all senders are known.
    """
    if spf.record is None or default.permerror:
        return not_applicable()
    if default.qualifier not in (None, Qualifier.NEUTRAL):
        return ok()
    return fail(rung(all_of((policy.rejecting, dkim.signs)), "protected", ""), domain=domain.name)


@rule(
    "SPF-ALL-SOFTFAIL",
    severity=Severity.INFO,
    reference="RFC 7208 section 8.5, RFC 9989 section 7.1",
    message="the SPF record of {domain} ends with a soft fail",
)
def spf_all_softfail(domain: Domain, spf: SpfRecordFound, default: SpfDefault) -> Verdict:
    """The SPF record asks to accept, and mark, mail from other servers.

    ## Why it matters
    With an enforcing DMARC policy that is enough, and it spares forwarded mail. Without one it stops little.
    ## What to do
    Nothing, if DMARC asks for quarantine or reject. Some government profiles want "-all".
    """
    if spf.record is None or default.permerror:
        return not_applicable()
    return fail(domain=domain.name) if default.qualifier is Qualifier.SOFTFAIL else ok()


def _includes(spf: SpfTree, broken: Callable[[SpfNode], bool]) -> Verdict:
    """Whether a name that is included, at any depth, is broken; one that is makes the others' silence irrelevant."""
    if spf.root.record is None:
        return not_applicable()
    seen = tuple((branch, spf.node(branch.target)) for branch in spf.branches)
    targets = tuple(dict.fromkeys(b.target for b, f in seen if isinstance(f, Known) and broken(f.value)))
    if targets:
        return fail(targets=targets)
    hidden: list[Fact[bool]] = [spf.hidden] if spf.hidden else []
    need(any_of([*(Known(False) if isinstance(f, Known) else f for _, f in seen), *hidden]))
    return ok()


def _or_more(at_least: int, hole: Unknown | None) -> str:
    return f"{at_least} or more" if hole else str(at_least)


def _dearest(spf: SpfTree) -> tuple[str, ...]:
    """The includes that cost most, dearest first."""
    by_cost = sorted(spf.costs, key=lambda each: (-each[1].at_least, each[0]))
    return tuple(f"{term} ({_or_more(cost.at_least, cost.hole)})" for term, cost in by_cost[:5]) or ("its own terms",)
