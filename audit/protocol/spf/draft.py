"""The record that a domain without SPF could begin with (RFC 7208 section 10.1), from what it shows elsewhere.

Only its owner knows all that sends for it. The draft names what is certain: the service that keeps its mailboxes, its
own mail hosts, and the addresses that were configured. It ends in `~all`, so that whoever is forgotten is not refused.
"""

from __future__ import annotations

from audit.catalog.providers import Providers
from audit.model.evidence import DomainOptions
from audit.model.fact import Fact, Known, Unknown
from audit.model.subject import Domain, Host
from audit.model.value import dataclass
from audit.protocol.inquiry import Steps, attempt, inquiry, settle
from audit.protocol.mx.hosts import MailHosts, host_addresses, mail_class, mail_hosts
from audit.protocol.spf.terms import MAX_HOSTS
from audit.syntax.names import as_address
from audit.syntax.spf import VERSION
from audit.syntax.spf_edit import NOBODY, SOFTFAIL


@dataclass(frozen=True, slots=True)
class SpfDraft:
    """A first record, None where nothing tells who sends; holes where it could not be seen who handles the mail.
    `senders` are its terms for servers that are known to handle mail, or were configured. The domain's own address is
    not among them: it may be that of a web server. `configured` are the latter alone."""

    text: Fact[str | None]
    senders: Fact[tuple[str, ...]]
    configured: tuple[str, ...]


@inquiry
def spf_draft(domain: Domain, options: DomainOptions, providers: Providers) -> Steps[SpfDraft]:
    """Draft the record of a domain from its mail hosts and options."""
    takes_mail = (yield from mail_class(domain, options)).takes_mail
    configured = configured_senders(options)
    if isinstance(takes_mail, Unknown):
        return SpfDraft(takes_mail, takes_mail, configured)
    if not takes_mail.value and not configured:
        return SpfDraft(Known(None if options.selectors else NOBODY), Known(()), ())  # who has keys of DKIM sends
    mail = yield from settle(mail_hosts(domain))
    if isinstance(mail, Unknown):
        return SpfDraft(mail, mail, configured)
    handling = _senders(mail.value, providers) if takes_mail.value else ()
    named = (yield from _addresses_of(domain, mail.value)) if configured and {"mx", "a"} & {*handling} else frozenset()
    others = tuple(each for each in configured if each not in named)
    text = " ".join((VERSION, *others, *handling, SOFTFAIL))
    senders = configured if mail.value.implicit else (*others, *handling)
    return SpfDraft(Known(text), Known(senders), configured)


def configured_senders(options: DomainOptions) -> tuple[str, ...]:
    """The terms for the addresses that the domain's owner says send."""
    return tuple(term for term in map(_term, options.sending_ips) if term)


def _addresses_of(domain: Domain, mail: MailHosts) -> Steps[frozenset[str]]:
    """The terms for the addresses of a domain's mail hosts, as far as these are known: `mx` or `a` names them."""
    hosts = (domain.name,) if mail.implicit else mail.hosts
    found = yield from attempt(host_addresses(Host(each)) for each in hosts[:MAX_HOSTS])
    known = (address for fact in found if isinstance(fact, Known) for address in fact.value.known)
    return frozenset(term for term in map(_term, known) if term)


def _senders(mail: MailHosts, providers: Providers) -> tuple[str, ...]:
    """What sends for the domain, by what takes its mail: a provider's include, or the hosts themselves."""
    if mail.implicit:
        return ("a",)
    met = [providers.of_mx(host) for host in mail.hosts]
    known = dict.fromkeys(f"include:{p.spf[0]}" for p in met if p and p.spf and not p.unverified)
    own = any(p is None for p in met)
    return (*(("mx",) if own or not known else ()), *known)


def _term(text: str) -> str | None:
    address = as_address(text)
    return f"ip{6 if ':' in address else 4}:{address}" if address else None
