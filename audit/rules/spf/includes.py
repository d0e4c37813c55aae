"""Rules on the names that an SPF record leads to (RFC 7208 sections 5.2, 6.1 and 11)."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from audit.model.evidence import DomainOptions
from audit.model.fact import Fact, Known, any_of, need
from audit.model.report import Severity, SubjectName
from audit.model.subject import Domain
from audit.protocol.spf import closing
from audit.protocol.spf.draft import configured_senders
from audit.protocol.spf.lookups import MAX_TERMS
from audit.protocol.spf.meant import SpfMeant
from audit.protocol.spf.path import reached_twice
from audit.protocol.spf.spare import Spare, spared
from audit.protocol.spf.terms import SpfNode, branches
from audit.protocol.spf.tree import SpfTree, changed
from audit.rules.rule import Verdict, cause, fail, not_applicable, ok, rule
from audit.syntax import spf_edit, spf_mend
from audit.syntax.escape import octet_text
from audit.syntax.names import canonical

SHOWN, MAX_SHOWN = 100, 8
SOFTENED = (
    ". The record given leaves that out, and ends in “~all” instead of “-all”: mail that was to pass by it would be "
    "refused, until its senders are named again"
)


@rule(
    "SPF-INCLUDE-NONE",
    severity=Severity.HIGH,
    reference="RFC 7208 sections 5.2 and 6.1",
    message="included without having an SPF record: {targets}{given}",
    supersedes=("SPF-ALL-NEUTRAL",),
)
def spf_include_none(spf: SpfTree, meant: SpfMeant, options: DomainOptions) -> Verdict:
    """The SPF record includes a name that has no SPF record.

    ## Why it matters
    Including a name without a record is a permerror: every sender listed behind it fails.
    ## What to do
    Correct the name of the include, or remove it.
    """
    return _includes(spf, options, lambda node: not node.found, meant)


@rule(
    "SPF-INCLUDE-NXDOMAIN",
    severity=Severity.HIGH,
    reference="RFC 7208 sections 5.2 and 11",
    message="included but not existing in the DNS: {targets}{given}",
    supersedes=("SPF-INCLUDE-NONE", "SPF-ALL-NEUTRAL"),
)
def spf_include_nxdomain(spf: SpfTree, meant: SpfMeant, options: DomainOptions) -> Verdict:
    """The SPF record includes a name that does not exist.

    ## Why it matters
    It is a permerror, and whoever can register the name can let himself send as your domain.
    ## What to do
    Remove the include.
    """
    return _includes(spf, options, lambda node: not node.exists, meant)


@rule(
    "SPF-INCLUDE-PERMERROR",
    severity=Severity.HIGH,
    reference="RFC 7208 section 5.2",
    message="included with an SPF record that cannot be used: {targets}{given}",
    supersedes=("SPF-ALL-NEUTRAL",),
)
def spf_include_permerror(spf: SpfTree, options: DomainOptions) -> Verdict:
    """The SPF record includes a name whose own record is broken.

    ## Why it matters
    A name with several records, or with one that breaks the grammar, is a permerror for all who include it.
    ## What to do
    Tell whoever runs the name. Until it is mended, name the senders yourself by ip4 and ip6, or remove the include.
    """
    return _includes(spf, options, lambda node: len(node.found) > 1 or bool(node.record and node.record.problems))


@rule(
    "SPF-INCLUDE-DUP",
    severity=Severity.LOW,
    reference="RFC 7208 section 4.6.4",
    message="included more than once: {targets}",
)
def spf_include_dup(spf: SpfTree, options: DomainOptions) -> Verdict:
    """The SPF record includes the same name more than once.

    ## Why it matters
    Each time costs the lookups again, and the second time authorises nobody new.
    ## What to do
    Keep one. Where an include brings another one with it, the other needs no term of its own.
    """
    if spf.root.record is None:
        return not_applicable()
    if twice := reached_twice(spf):
        text = spared(spf, Spare.DUPLICATE, Spare.INCLUDED)
        after = changed(spf, text) if text else None
        mends = after is not None and not reached_twice(after) and after.lookups.at_least <= MAX_TERMS
        publish = closing.mended(spf, text, configured_senders(options)) if text and mends else ()
        return fail(targets=_shown(twice), causes=_causes(twice), publish=publish)
    need(any_of(_seen(spf)))
    return ok()


@rule(
    "SPF-LOOP",
    severity=Severity.HIGH,
    reference="RFC 7208 section 4.6.4",
    message="the SPF record includes itself: {names}",
    supersedes=("SPF-LOOKUPS", "SPF-LOOKUPS-NEAR", "SPF-INCLUDE-DUP", "SPF-ALL-NEUTRAL"),
)
def spf_loop(domain: Domain, spf: SpfTree, options: DomainOptions) -> Verdict:
    """The SPF record leads back to itself.

    ## Why it matters
    Receivers run into the limit of ten lookups and end with permerror.
    ## What to do
    Remove the include or redirect that closes the circle.
    """
    if spf.root.record is None:
        return not_applicable()
    names = need(spf.loop)
    if not names:
        return ok()
    into_itself = [t for t in spf.root.record.terms if t.name == "include" and canonical(t.target or "") == domain.name]
    text = spf_edit.without(spf.root.record, into_itself)
    mends = changed(spf, text).loop == Known(())
    publish = closing.mended(spf, text, configured_senders(options)) if mends else ()
    shown = " → ".join(octet_text(n, SHOWN) for n in names)
    return fail(names=shown, causes=_causes(n for n in dict.fromkeys(names) if n != domain.name), publish=publish)


def _includes(
    spf: SpfTree, options: DomainOptions, broken: Callable[[SpfNode], bool], meant: SpfMeant | None = None
) -> Verdict:
    """Whether a name that is included, at any depth, is broken; one that is makes the others' silence irrelevant."""
    if spf.root.record is None:
        return not_applicable()
    nodes = spf.by_name()
    nodes.pop(spf.root.name)  # its own faults have rules of their own
    targets = tuple(name for name, f in nodes.items() if isinstance(f, Known) and broken(f.value))
    if targets:
        parted = bool(meant and meant.parted)
        publish = (
            _parted(spf, meant, broken) if meant and parted else _without_dead(spf, broken, configured_senders(options))
        )
        given = SOFTENED if publish and not parted and closing.refuses(spf.root.record) else ""
        return fail(targets=_shown(targets), given=given, causes=_causes(targets), publish=publish)
    need(any_of(_seen(spf)))
    return ok()


def _seen(spf: SpfTree) -> list[Fact[bool]]:
    """That nothing was found so far, or why more may be."""
    hidden: list[Fact[bool]] = [spf.hidden] if spf.hidden else []
    return [*(Known(False) if isinstance(f, Known) else f for _, f in spf.nodes), *hidden]


def _parted(spf: SpfTree, meant: SpfMeant, broken: Callable[[SpfNode], bool]) -> tuple[str, ...]:
    """The record with the terms apart that were glued, which made the name that is not there."""
    others = [f.value for n, f in spf.nodes if isinstance(f, Known) and spf_mend.is_name(n)]
    text = meant.text.value if isinstance(meant.text, Known) else None
    return spf_edit.paste(spf.root.name, text) if text and not any(map(broken, others)) else ()


def _without_dead(spf: SpfTree, broken: Callable[[SpfNode], bool], senders: tuple[str, ...]) -> tuple[str, ...]:
    """The domain's own record without the terms that lead to broken names, where that leaves none. It refuses nobody:
    a sender may have been meant by them."""
    record = spf.root.record
    bad = {n for n, f in spf.nodes if isinstance(f, Known) and broken(f.value)}
    if record is None or len(record.text) > spf_edit.MAX_PASTED:
        return ()
    own = [b for b in branches(spf.root) if b.target in bad]
    softened = closing.refuses(record) or any(b.redirect for b in own)
    text = spf_edit.ended(record, spf_edit.SOFTFAIL) if softened else record.text
    text = spf_edit.dropped(text, {b.term for b in own})
    after = changed(spf, text)
    mends = not any(isinstance(f, Known) and broken(f.value) for _, f in after.nodes)
    return closing.mended(spf, text, senders) if mends else ()


def _shown(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(octet_text(n, SHOWN) for n in names[:MAX_SHOWN])


def _causes(names: Iterable[str]) -> tuple[SubjectName, ...]:
    return tuple(cause("include", n) for n in names)
