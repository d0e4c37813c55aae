"""Rules on domains that SPF records lead to and that anybody can register (RFC 7208 section 11): records of the domain,
of names below it that its owner listed, and of a wildcard."""

from __future__ import annotations

from dataclasses import replace

from audit.model.evidence import DomainOptions
from audit.model.fact import need
from audit.model.report import Severity
from audit.model.subject import Domain, Subdomain
from audit.protocol.spf import closing
from audit.protocol.spf.abandoned import SpfAbandoned, made_in_vain
from audit.protocol.spf.draft import configured_senders
from audit.protocol.spf.subdomains import SubdomainSpf, WildcardSpf
from audit.protocol.spf.terms import branches
from audit.protocol.spf.tree import SpfTree, changed
from audit.rules.rule import Verdict, cause, fail, not_applicable, ok, rule
from audit.syntax import spf_edit
from audit.syntax.escape import octet_text
from audit.syntax.names import canonical

SHOWN, MAX_SHOWN = 100, 8


@rule(
    "SPF-TAKEOVER",
    severity=Severity.CRITICAL,
    reference="RFC 7208 sections 5.2 and 11",
    message="nobody has registered the domain of {names}: who does can send as {domain}",
    supersedes=("SPF-INCLUDE-NXDOMAIN", "SPF-INCLUDE-NONE"),
)
def spf_takeover(domain: Domain, spf: SpfTree, abandoned: SpfAbandoned, options: DomainOptions) -> Verdict:
    """The SPF record leads to a domain that nobody has registered.

    ## Why it matters
    Whoever registers it decides who may send as your domain, and SPF will say that such mail is genuine.
    ## What to do
    Remove the terms that name it now. If you once owned it, register it again as well.
    """
    return _takeover(spf, abandoned, domain.name, configured_senders(options), domain=domain.name)


@rule(
    "SPF-SUBDOMAIN-TAKEOVER",
    severity=Severity.CRITICAL,
    reference="RFC 7208 sections 5.2 and 11; RFC 9989 section 4.4",
    message="nobody has registered the domain of {names}, to which SPF of {name} leads: who does can send as it",
)
def spf_subdomain_takeover(subdomain: Subdomain, spf: SubdomainSpf) -> Verdict:
    """The SPF record of a name below the domain leads to a domain that nobody has registered.

    ## Why it matters
    Whoever registers it decides who may send as that name, and SPF will say that such mail is genuine. Unless DMARC
    asks for strict alignment (aspf=s), it may bear the domain itself in the From line, and passes DMARC.
    ## What to do
    Remove the terms that name it now. If you once owned it, register it again as well.
    """
    return _takeover(spf.tree, need(spf.abandoned), subdomain.name, (), name=subdomain.name)


@rule(
    "SPF-WILDCARD-TAKEOVER",
    severity=Severity.CRITICAL,
    reference="RFC 7208 sections 5.2, 10.1.2 and 11; RFC 4592; RFC 9989 section 4.4",
    message="nobody has registered the domain of {names}: who does can send as any name he makes up below {domain}",
)
def spf_wildcard_takeover(domain: Domain, spf: WildcardSpf) -> Verdict:
    """The SPF record of a wildcard leads to a domain that nobody has registered.

    ## Why it matters
    Whoever registers it may make up a name below your domain and send as it, and SPF will say that it is genuine.
    Unless DMARC asks for strict alignment (aspf=s), such mail may bear the domain itself in the From line.
    ## What to do
    Remove the terms that name it now, or give the wildcard "v=spf1 -all": names that send have records of their own.
    """
    return _takeover(spf.tree, need(spf.abandoned), f"*.{domain.name}", (), domain=domain.name)


def _takeover(spf: SpfTree, abandoned: SpfAbandoned, at: str, senders: tuple[str, ...], **named: str) -> Verdict:
    """What anybody may register of that to which a record leads, which is published at a name."""
    if spf.root.record is None:
        return not_applicable()
    free = need(abandoned.taken)
    if not free:
        return ok()
    included = {*(name for name, _ in spf.nodes), *made_in_vain(spf)}
    causes = tuple(cause("include" if n in included else "host", n) for n in free)
    names = tuple(octet_text(each, SHOWN) for each in abandoned.told[:MAX_SHOWN])
    publish = published_at(at, spf, _without_names(spf, free, senders))
    failed = fail(names=names, causes=causes, publish=publish)
    return replace(failed, arguments={**failed.arguments, **named})


def published_at(name: str, spf: SpfTree, lines: tuple[str, ...]) -> tuple[str, ...]:
    """Lines of a zone file at another name: the record of a wildcard was read at one that it makes."""
    return tuple(line.replace(f"{spf.root.name}.", f"{name}.", 1) for line in lines)


def _without_names(spf: SpfTree, names: tuple[str, ...], senders: tuple[str, ...]) -> tuple[str, ...]:
    """The record without the terms that name these, where that leaves none of them."""
    record = spf.root.record
    if record is None or len(record.text) > spf_edit.MAX_PASTED:
        return ()
    redirected = any(b.redirect and b.target in names for b in branches(spf.root))
    text = spf_edit.ended(record, spf_edit.SOFTFAIL) if redirected else record.text
    text = spf_edit.dropped(text, {t.text for t in record.terms if canonical(t.target or "") in names})
    after = changed(spf, text)
    left = {*(n for n, _ in after.nodes), *(q.name for q, _ in after.looked_up), *made_in_vain(after)}
    return () if left & set(names) else closing.mended(spf, text, senders)
