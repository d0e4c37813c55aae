"""Rules on how an SPF record ends: what it says of servers that it does not name (RFC 7208 sections 4.7, 5.1, 6.1)."""

from __future__ import annotations

from audit.model.evidence import DomainOptions
from audit.model.fact import Known, all_of, need
from audit.model.report import Severity
from audit.model.subject import Domain
from audit.protocol.dkim.discovery import DkimDiscovery
from audit.protocol.dmarc.walk import DmarcPolicy
from audit.protocol.spf import closing
from audit.protocol.spf.behind import SpfBehind
from audit.protocol.spf.draft import SpfDraft, configured_senders
from audit.protocol.spf.families import is_whole
from audit.protocol.spf.path import own_policy
from audit.protocol.spf.tree import SpfDefault, SpfRecordFound, SpfTree
from audit.rules.rule import Verdict, fail, not_applicable, ok, rule, rung
from audit.syntax import spf_edit
from audit.syntax.escape import octet_text
from audit.syntax.span import Span
from audit.syntax.spf import Qualifier, SpfRecord, parse

SHOWN, MAX_SHOWN = 80, 8
LARGE = 3  # a prefix length: what a network as large takes away is much of a family


@rule(
    "SPF-ALL-PASS",
    severity=Severity.CRITICAL,
    reference="RFC 7208 sections 5.1 and 11",
    message="the SPF record lets everybody send as {domain}: {terms}",
    supersedes=("SPF-CIDR-BROAD",),
)
def spf_all_pass(domain: Domain, spf: SpfTree, draft: SpfDraft) -> Verdict:
    """The SPF record authorises the whole internet.

    ## Why it matters
    Anyone can send mail as the domain, and SPF will say that it is genuine. Nine in ten addresses of IPv4, or of IPv6,
    are as good as all, whether the record names them or one that it includes.
    ## What to do
    End the record with "-all" or "~all", and name your own senders before it. A term such as "exists:%{i}.list.example"
    is named here when the name that it makes of an address that nobody has is there as well: that zone says yes to all.
    """
    if spf.root.record is None:
        return not_applicable()
    terms = need(spf.everybody)
    return fail(domain=domain.name, terms=terms, publish=_closed(spf, terms, draft)) if terms else ok()


@rule(
    "SPF-ALL-NEUTRAL",
    severity={"": Severity.MEDIUM, "protected": Severity.LOW},
    reference="RFC 7208 sections 4.7 and 5.1",
    message="the SPF record of {domain} says nothing about servers that it does not name",
)
def spf_all_neutral(
    spf: SpfTree, default: SpfDefault, policy: DmarcPolicy, dkim: DkimDiscovery, options: DomainOptions
) -> Verdict:
    """The SPF record ends without saying anything about other servers.

    ## Why it matters
    A neutral result is treated like none: the record stops nobody from using the name. It matters less where DMARC asks
    for rejection and the domain signs with DKIM.
    ## What to do
    End the record with "~all", or with "-all" once all senders are known.
    """
    if spf.root.record is None or default.permerror:
        return not_applicable()
    before = _neutral_to_all(spf)
    if default.qualifier not in (None, Qualifier.NEUTRAL) and not before:
        return ok()
    step = rung(all_of((policy.rejecting, dkim.signs)), "protected", "")
    if before:
        return fail(step, domain=spf.root.name)
    return fail(step, domain=spf.root.name, publish=_ending(spf, spf.root.record, spf_edit.SOFTFAIL, options))


@rule(
    "SPF-ALL-SOFTFAIL",
    severity=Severity.INFO,
    reference="RFC 7208 section 8.5, RFC 9989 section 7.1",
    message="the SPF record of {domain} ends with a soft fail",
)
def spf_all_softfail(domain: Domain, spf: SpfTree, default: SpfDefault, options: DomainOptions) -> Verdict:
    """The SPF record asks to accept, and mark, mail from other servers.

    ## Why it matters
    With an enforcing DMARC policy that is enough, and it spares forwarded mail. Without one it stops little.
    ## What to do
    Nothing, if DMARC asks for quarantine or reject. Some government profiles want "-all": publish that once all senders
    are known.
    """
    if spf.root.record is None or default.permerror:
        return not_applicable()
    if default.qualifier is not Qualifier.SOFTFAIL:
        return ok()
    return fail(domain=domain.name, publish=_ending(spf, spf.root.record, spf_edit.FAIL, options))


@rule(
    "SPF-ALL-NOT-LAST",
    severity={"lost": Severity.MEDIUM, "": Severity.LOW},
    reference="RFC 7208 section 5.1",
    message="the SPF record names terms behind “{end}”, which receivers do not come to: {terms}{kept_out}",
)
def spf_all_not_last(spf: SpfRecordFound, behind: SpfBehind) -> Verdict:
    """The SPF record goes on behind "all".

    ## Why it matters
    Every client matches "all", so that whatever follows is ignored. A sender that is named there is not authorised.
    ## What to do
    Move "all" to the end, and remove the terms that are not wanted. The record given moves those by which it is certain
    that only a few addresses may send, and none where the domain sends no mail; it leaves out the others, as they have
    had no effect so far.
    """
    if spf.record is None:
        return not_applicable()
    if not behind.terms or spf.record.all is None:
        return ok()
    lost = any(t.qualifier is Qualifier.PASS and t.name != "all" for t in behind.terms)
    terms, left_out = (
        tuple(octet_text(t.text, SHOWN) for t in each[:MAX_SHOWN]) for each in (behind.terms, behind.left_out)
    )
    kept_out = f"; not moved before it, as many might send by them: {', '.join(left_out)}" if left_out else ""
    step = "lost" if lost else ""
    return fail(step, end=spf.record.all.text, terms=terms, kept_out=kept_out, publish=behind.publish)


@rule(
    "SPF-REDIRECT-IGNORED",
    severity=Severity.LOW,
    reference="RFC 7208 section 6.1",
    message="the SPF record holds both “{end}” and {redirect}, which receivers ignore",
)
def spf_redirect_ignored(spf: SpfTree, options: DomainOptions) -> Verdict:
    """The SPF record has a redirect beside "all".

    ## Why it matters
    A redirect is followed only when no mechanism matches, and "all" always matches. Who is named there does not count.
    ## What to do
    Remove the redirect; if its senders are wanted, include it before "all".
    """
    if spf.root.record is None:
        return not_applicable()
    redirect, end = spf.root.record.redirect, spf.root.record.all
    if redirect is None or end is None:
        return ok()
    text = spf_edit.without(spf.root.record, [redirect])
    publish = closing.kept(spf, text, configured_senders(options))
    return fail(end=end.text, redirect=octet_text(redirect.text, SHOWN), publish=publish)


def _neutral_to_all(spf: SpfTree) -> bool:
    """Whether the domain's own terms are neutral to a whole family of addresses, before others speak of most of it."""
    neutral: dict[int, list[Span]] = {4: [], 6: []}
    for _, term in own_policy(spf)[0]:
        span = term.span
        if span is not None and term.qualifier is Qualifier.NEUTRAL:
            neutral[span.version].append(span)
        elif term.name == "all" or (span is not None and span.length <= LARGE):
            break
    return any(map(is_whole, neutral.values()))


def _ending(tree: SpfTree, record: SpfRecord, end: str, options: DomainOptions) -> tuple[str, ...]:
    """The domain's own record with another end; none where another record decides."""
    if record.redirect and not record.all:
        return ()
    return closing.kept(tree, spf_edit.ended(record, end), configured_senders(options))


def _closed(spf: SpfTree, terms: tuple[str, ...], draft: SpfDraft) -> tuple[str, ...]:
    """The domain's own record without the terms that open it, where these are all. It names the configured senders, who
    may have passed by these alone. One that would name nobody then names whoever is known to send; nothing is given
    where nobody is, or where another record decides."""
    text = closing.unopened(spf, terms)
    if text is None:
        return ()
    if closing.names_somebody(text):
        return closing.mended(spf, closing.with_senders(spf, text, draft.configured), draft.configured)
    if draft.text == Known(spf_edit.NOBODY):
        return spf_edit.paste(spf.root.name, spf_edit.NOBODY)
    if not isinstance(draft.senders, Known) or not draft.senders.value or closing.closed(spf, text) != text:
        return ()
    return spf_edit.paste(spf.root.name, spf_edit.with_terms(parse(text), draft.senders.value))
