"""Rules on whom SPF records below a domain let send, everybody or very many: at names that its owner listed, and at
those of a wildcard."""

from __future__ import annotations

from audit.model.fact import Known, need
from audit.model.report import Severity
from audit.model.subject import Domain, Subdomain
from audit.protocol.spf import closing
from audit.protocol.spf.subdomains import SubdomainMail, SubdomainSpf, WildcardSpf
from audit.protocol.spf.tree import SpfTree
from audit.rules.rule import Verdict, fail, not_applicable, ok, rule
from audit.rules.spf.reach import shown_terms
from audit.rules.spf.takeover import published_at
from audit.syntax import spf_edit


@rule(
    "SPF-SUBDOMAIN-OPEN",
    severity=Severity.CRITICAL,
    reference="RFC 7208 sections 5.1 and 11; RFC 9989 section 4.4",
    message="the SPF record of {name} lets everybody send as it: {terms}",
    supersedes=("SPF-SUBDOMAIN-BROAD",),
)
def spf_subdomain_open(subdomain: Subdomain, mail: SubdomainMail, spf: SubdomainSpf) -> Verdict:
    """The SPF record of a name below the domain authorises the whole internet.

    ## Why it matters
    Anyone can send mail as that name, and SPF will say that it is genuine. Unless DMARC asks for strict alignment
    (aspf=s), such mail may bear the domain itself in the From line, and passes DMARC.
    ## What to do
    End the record with "-all" or "~all", and name the senders of that name before it; "v=spf1 -all" where it has none.
    """
    if spf.tree.root.record is None:
        return not_applicable()
    terms = need(spf.tree.everybody)
    if not terms:
        return ok()
    likely = (*(("mx",) if mail.mx == Known(True) else ()), *(("a",) if mail.address == Known(True) else ()))
    return fail(name=subdomain.name, terms=terms, publish=_closed(spf.tree, terms, subdomain.name, likely))


@rule(
    "SPF-WILDCARD-OPEN",
    severity=Severity.CRITICAL,
    reference="RFC 7208 sections 5.1, 10.1.2 and 11; RFC 4592; RFC 9989 section 4.4",
    message="the SPF record that each name below {domain} gets lets everybody send: {terms}",
    supersedes=("SPF-WILDCARD-BROAD",),
)
def spf_wildcard_open(domain: Domain, spf: WildcardSpf) -> Verdict:
    """The SPF record of a wildcard authorises the whole internet.

    ## Why it matters
    Anyone can make up a name below the domain and send as it, and SPF will say that it is genuine. Unless DMARC asks
    for strict alignment (aspf=s), such mail may bear the domain itself in the From line, and passes DMARC.
    ## What to do
    Give the wildcard "v=spf1 -all", or none at all: names that send have records of their own.
    """
    if spf.tree.root.record is None:
        return not_applicable()
    terms = need(spf.tree.everybody)
    if not terms:
        return ok()
    return fail(domain=domain.name, terms=terms, publish=_closed(spf.tree, terms, f"*.{domain.name}"))


@rule(
    "SPF-SUBDOMAIN-BROAD",
    severity=Severity.HIGH,
    reference="RFC 7208 section 11; RFC 9989 section 4.4",
    message="the SPF record of {name} lets {addresses} send as it; very wide: {terms}",
)
def spf_subdomain_broad(subdomain: Subdomain, spf: SubdomainSpf) -> Verdict:
    """The SPF record of a name below the domain authorises one in 256 addresses of the internet, or more.

    ## Why it matters
    Every other user of these networks can send as that name. Unless DMARC asks for strict alignment (aspf=s), such mail
    may bear the domain itself in the From line, and passes DMARC.
    ## What to do
    Name the networks of the servers only that send as that name.
    """
    return _broad(subdomain.name, spf.tree)


@rule(
    "SPF-WILDCARD-BROAD",
    severity=Severity.HIGH,
    reference="RFC 7208 sections 10.1.2 and 11; RFC 4592; RFC 9989 section 4.4",
    message="the SPF record of {name} lets {addresses} send; very wide: {terms}",
)
def spf_wildcard_broad(domain: Domain, spf: WildcardSpf) -> Verdict:
    """The SPF record of a wildcard authorises one in 256 addresses of the internet, or more.

    ## Why it matters
    Every other user of these networks can make up a name below the domain and send as it. Unless DMARC asks for strict
    alignment (aspf=s), such mail may bear the domain itself in the From line, and passes DMARC.
    ## What to do
    Give the wildcard "v=spf1 -all", or none at all: names that send have records of their own.
    """
    return _broad(f"*.{domain.name}", spf.tree)


def _broad(name: str, tree: SpfTree) -> Verdict:
    if tree.root.record is None:
        return not_applicable()
    vast = need(tree.vast)
    return fail(name=name, addresses=vast.words, terms=shown_terms(vast)) if vast else ok()


def _closed(tree: SpfTree, terms: tuple[str, ...], at: str, likely: tuple[str, ...] = ()) -> tuple[str, ...]:
    """The record at a name without the terms that open it, where these are its own. One that would name nobody then
    names what is likely to send."""
    text = closing.unopened(tree, terms)
    if text is None:
        return ()
    if closing.names_somebody(text):
        return published_at(at, tree, closing.mended(tree, text))
    if closing.closed(tree, text) is None:
        return ()
    return spf_edit.paste(at, " ".join(("v=spf1", *likely, spf_edit.FAIL)))
