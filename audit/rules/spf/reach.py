"""Rules on whom SPF lets send: too many, addresses that nobody has, and those that are forgotten (RFC 7208)."""

from __future__ import annotations

from collections.abc import Iterator

from audit.catalog.providers import Provider, Providers
from audit.model.evidence import DomainOptions, Settings
from audit.model.fact import Fact, Known, Unknown, any_of, first_hole, need
from audit.model.probe import Answer
from audit.model.report import Severity
from audit.model.subject import Domain, Subdomain
from audit.protocol.dkim.discovery import DkimDiscovery
from audit.protocol.mx.hosts import MailHosts
from audit.protocol.sending import Sending
from audit.protocol.spf import closing
from audit.protocol.spf.crowd import NOT_VAST, Vast
from audit.protocol.spf.draft import configured_senders
from audit.protocol.spf.networks import Reader
from audit.protocol.spf.path import own_policy
from audit.protocol.spf.subdomains import SubdomainMail
from audit.protocol.spf.terms import asked_by
from audit.protocol.spf.tree import SpfTree
from audit.rules.rule import Verdict, cause, fail, not_applicable, ok, rule, rung
from audit.syntax import spf_edit
from audit.syntax.addresses import use_of_all
from audit.syntax.escape import octet_text
from audit.syntax.span import Span, extent, size
from audit.syntax.spf import Qualifier, Term

BROAD_IPV4, BROAD_IPV6 = 15, 31  # prefix lengths
MANY_IPV4 = 2**20  # addresses: as much as a /12
FLATTENED = 24  # networks from this prefix on are wider than a host's: somebody's list may have been copied
SHOWN, MAX_SHOWN = 80, 8


@rule(
    "SPF-CIDR-BROAD",
    severity={"vast": Severity.HIGH, "wide": Severity.MEDIUM},
    reference="Gmail reply 5.7.24 (SPF record with suspicious entries); RFC 7208 section 11",
    message="the SPF record lets {addresses} send {by}; very wide: {terms}",
)
def spf_cidr_broad(spf: SpfTree) -> Verdict:
    """The SPF record authorises very large networks.

    ## Why it matters
    Nobody has so many mail servers, and every other user of the network can send as your domain. Some receivers defer
    or refuse mail of domains whose record looks like that.
    ## What to do
    Name the networks of your own servers only. Remove an include that lets so many send, unless whoever runs it mends
    it; of what others answer for, only that is told which lets one in 256 addresses of a family send.
    """
    if spf.root.record is None:
        return not_applicable()
    terms, hole = own_policy(spf)
    reader = Reader.of(spf)
    own = [(t, _networks(reader, name, t)) for name, t in terms if t.qualifier is Qualifier.PASS]
    wide = tuple(octet_text(t.text, SHOWN) for t, spans in own if any(map(_broad, spans)) or _broad_around_mx(t))
    named = [span for _, spans in own for span in spans]
    ipv4 = [span for span in named if span.version == 4]
    vast = spf.vast.value if isinstance(spf.vast, Known) else NOT_VAST
    if not {*vast.terms} <= {t.text for t, _ in own if t.name != "include"}:
        all_terms = tuple(dict.fromkeys((*wide, *shown_terms(vast))))[:MAX_SHOWN]
        return fail("vast", addresses=vast.words, by="with what it includes", terms=all_terms)
    if wide or (sum(map(size, ipv4)) > MANY_IPV4 and extent(ipv4) > MANY_IPV4):
        step = rung(spf.vast if isinstance(spf.vast, Unknown) else Known(bool(vast)), "vast", "wide")
        ipv6 = extent(span for span in named if span.version == 6)
        addresses = _counted(extent(ipv4), ipv6, [t for t, _ in own if _broad_around_mx(t)])
        shown = wide[:MAX_SHOWN] or ("all of them together",)
        return fail(step, addresses=addresses, by="by its own terms", terms=shown)
    need(spf.vast)
    unseen = hole or first_hole(*_around_hosts(spf, terms))
    need(any_of([unseen] if unseen else []))
    return ok()


@rule(
    "SPF-PRIVATE-IP",
    severity=Severity.LOW,
    reference="RFC 6890",
    message="the SPF record names addresses that nobody on the internet has: {terms}",
)
def spf_private_ip(domain: Domain, spf: SpfTree, settings: Settings, options: DomainOptions) -> Verdict:
    """The SPF record names private or reserved addresses.

    ## Why it matters
    No receiver ever sees mail from such an address. The term is useless, and tells others of your internal network.
    ## What to do
    Remove it; name the public addresses by which the mail leaves.
    """
    if spf.root.record is None:
        return not_applicable()
    terms, hole = own_policy(spf)
    found = [(name, t, use) for name, t in terms if (use := _use(t, settings.allow_net))]
    if found:
        own = [t for name, t, _ in found if name == domain.name]
        publish = closing.kept_without(spf, own, configured_senders(options)) if len(own) == len(found) else ()
        shown = tuple(f"{octet_text(t.text, SHOWN)} ({use})" for _, t, use in found[:MAX_SHOWN])
        return fail(terms=shown, publish=publish)
    need(any_of([hole] if hole else []))
    return ok()


@rule(
    "SPF-PTR",
    severity={"only": Severity.MEDIUM, "": Severity.LOW},
    reference="RFC 7208 section 5.5",
    message="the SPF record asks for reverse names: {terms}",
)
def spf_ptr(domain: Domain, spf: SpfTree, options: DomainOptions) -> Verdict:
    """The SPF record holds the mechanism ptr.

    ## Why it matters
    It is slow, it burdens the name servers of others, and it should not be published. Some receivers skip it, and then
    a domain that relies on it alone authorises nobody.
    ## What to do
    Name the servers by ip4 and ip6, a or mx.
    """
    if spf.root.record is None:
        return not_applicable()
    terms, hole = own_policy(spf)
    found = [(name, t) for name, t in terms if t.name == "ptr"]
    if not found:
        need(any_of([hole] if hole else []))
        return ok()
    others = any(t.qualifier is Qualifier.PASS and t.name != "ptr" for _, t in terms)
    alone: Fact[bool] = Known(False) if others else hole or Known(True)
    own = [t for name, t in found if name == domain.name]
    mends = others and len(own) == len(found)
    text = spf_edit.without(spf.root.record, own)
    publish = closing.mended(spf, text, configured_senders(options)) if mends else ()
    shown = tuple(octet_text(t.text, SHOWN) for _, t in found[:MAX_SHOWN])
    return fail(rung(alone, "only", ""), terms=shown, publish=publish)


@rule(
    "SPF-SHARED",
    severity=Severity.INFO,
    reference="RFC 7208 section 11",
    message="the SPF record of {domain} trusts servers that many share, and no DKIM key was found: {providers}",
)
def spf_shared(domain: Domain, spf: SpfTree, dkim: DkimDiscovery, providers: Providers) -> Verdict:
    """The SPF record authorises the servers of a service, which all of its customers share.

    ## Why it matters
    Another customer of the service may send as your domain and pass SPF, if the service does not keep him from it. A
    DKIM signature is yours alone.
    ## What to do
    Let the service sign with a key of your domain, and rely on DKIM.
    """
    if spf.root.record is None:
        return not_applicable()
    met = {b.target: p for b in spf.branches if (p := providers.of_include(b.target))}
    if not met:
        need(any_of(_unseen(spf)))
        return ok()
    if need(dkim.signs):
        return ok()
    names = tuple(dict.fromkeys(p.name for p in met.values()))[:MAX_SHOWN]
    return fail(domain=domain.name, providers=names, causes=tuple(cause("include", t) for t in met))


@rule(
    "SPF-MX-NOT-AUTH",
    severity=Severity.MEDIUM,
    reference="RFC 7208 section 10.1.1; the setup pages of the services",
    message="{provider} keeps the mail of {domain}, but the SPF record does not let it send: {include} is missing",
)
def spf_mx_not_auth(domain: Domain, spf: SpfTree, mail: MailHosts, sending: Sending, providers: Providers) -> Verdict:
    """The service that keeps the domain's mailboxes is not authorised to send.

    ## Why it matters
    What people write in their mailboxes leaves from the servers of the service, and fails SPF.
    ## What to do
    Add the include of the service, if mail is sent through it; nothing, if all mail leaves by other servers.
    """
    if spf.root.record is None or not need(sending.sends):
        return not_applicable()
    provider = _mailbox_provider(mail, providers)
    if provider is None:
        return not_applicable()
    if any(providers.of_include(b.target) == provider for b in spf.branches):
        return ok()
    need(any_of(_unseen(spf)))
    if need(spf.everybody):
        return not_applicable()  # the service may send, as everybody may
    if any(map(_wide, _terms(spf))):
        return not_applicable()  # the networks of the service may have been copied
    text = spf_edit.with_terms(spf.root.record, [f"include:{provider.spf[0]}"])
    publish = closing.kept(spf, text)
    return fail(domain=domain.name, provider=provider.name, include=provider.spf[0], publish=publish)


@rule(
    "SPF-SUBDOMAIN-NONE",
    severity=Severity.INFO,
    reference="RFC 7208 section 10.1.2, NIST SP 800-177r1",
    message="{name} has {what}, but no SPF record of its own",
)
def spf_subdomain_none(subdomain: Subdomain, mail: SubdomainMail) -> Verdict:
    """A name below the domain could be written as a sender, and has no SPF record.

    ## Why it matters
    SPF is not inherited: the record of the domain says nothing of the names below it.
    ## What to do
    Publish a record at each name that has mail hosts or an address; "v=spf1 -all" where it sends nothing.
    """
    if mail.spf:
        return ok()
    if not need(any_of((mail.mx, mail.address))):
        return not_applicable()
    terms = (*(("mx",) if mail.mx == Known(True) else ()), *(("a",) if mail.address == Known(True) else ()))
    what = " and ".join({"mx": "mail hosts", "a": "an address"}[t] for t in terms)
    publish = spf_edit.paste(subdomain.name, " ".join(("v=spf1", *terms, spf_edit.FAIL)))
    return fail(name=subdomain.name, what=what, publish=publish)


def shown_terms(vast: Vast) -> tuple[str, ...]:
    """The terms by which they are let send, as they can be shown."""
    return tuple(octet_text(each, SHOWN) for each in vast.terms[:MAX_SHOWN])


def _networks(reader: Reader, name: str, term: Term) -> tuple[Span, ...]:
    """What a term of the domain's own stands for; what it includes is another's to answer for."""
    if term.span:
        return (term.span,)
    return () if term.name == "include" else tuple(map(Span.of, reader.term(name, term).all))


def _around_hosts(spf: SpfTree, terms: tuple[tuple[str, Term], ...]) -> Iterator[Fact[Answer] | None]:
    """What is known of the hosts whose whole networks are named."""
    answers = dict(spf.looked_up)
    for name, term in terms:
        if term.name == "a" and not term.macro and (term.cidr4 is not None or term.cidr6 is not None):
            yield from (answers.get(question) for question in asked_by(name, term))


def _broad(span: Span) -> bool:
    return span.length <= (BROAD_IPV4 if span.version == 4 else BROAD_IPV6)


def _broad_around_mx(term: Term) -> bool:
    """Whether an `mx` term's own prefix length says so: its hosts are looked up only where it is shorter still."""
    wide4 = term.cidr4 is not None and term.cidr4 <= BROAD_IPV4
    return term.name == "mx" and (wide4 or (term.cidr6 is not None and term.cidr6 <= BROAD_IPV6))


def _counted(ipv4: int, ipv6: int, around_mx: list[Term]) -> str:
    """How many addresses may send, and at least how many where each `mx` has a host or more that is not looked up."""
    least4 = max((1 << (32 - t.cidr4) for t in around_mx if t.cidr4 is not None), default=0)
    least6 = max((1 << (128 - t.cidr6) for t in around_mx if t.cidr6 is not None), default=0)
    told = [f"{max(ipv4, least4)} IPv4 addresses"] if ipv4 or least4 else []
    told += [f"2^{max(ipv6, least6).bit_length() - 1} IPv6 addresses"] if ipv6 or least6 else []
    return ("at least " if around_mx else "") + " and ".join(told)


def _use(term: Term, allowed: tuple[str, ...]) -> str | None:
    """What all of a term's network is set aside for; None where some of it is ordinary."""
    return use_of_all(term.span, allowed) if term.span else None


def _mailbox_provider(mail: MailHosts, providers: Providers) -> Provider | None:
    """The service whose mail hosts are all that the domain has, if mailboxes are what it offers."""
    met = {p.id: p for host in mail.hosts if (p := providers.of_mx(host))}
    only = next(iter(met.values()), None) if len(met) == 1 and all(map(providers.of_mx, mail.hosts)) else None
    return only if only and only.kind == "mailbox" and only.spf and not only.unverified else None


def _wide(term: Term) -> bool:
    return term.span is not None and term.span.version == 4 and term.span.length < FLATTENED


def _terms(spf: SpfTree) -> Iterator[Term]:
    for fact in spf.by_name().values():
        if isinstance(fact, Known) and fact.value.record:
            yield from fact.value.record.terms


def _unseen(spf: SpfTree) -> list[Fact[bool]]:
    hole = first_hole(*(f for _, f in spf.nodes), spf.hidden)
    return [hole] if hole else []
