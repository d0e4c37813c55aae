"""What closes a domain that neither takes nor sends mail: four records (M3AAWG, Protecting Parked Domains).

SPF lets nobody send (RFC 7208 section 10.1.2), DMARC asks to reject what pretends to come from the domain or from any
name below it (RFC 9989 section 4.10.1), a null MX says that the domain takes none (RFC 7505), and a wildcard without
key revokes whatever DKIM selector is tried (RFC 6376 section 3.6.1). The null MX is wanted only where an address would
else be taken for a mail server, the wildcard only where a key could be found.
"""

from __future__ import annotations

from audit.catalog.providers import Providers
from audit.catalog.selectors import Selectors
from audit.catalog.suffixes import registrable
from audit.model.evidence import DomainOptions, Settings
from audit.model.fact import Fact, Known, Unknown, all_of, any_of
from audit.model.subject import Domain, Host
from audit.model.value import dataclass
from audit.protocol.dkim.discovery import DkimDiscovery, dkim_discovery
from audit.protocol.dmarc.places import DmarcAlias, dmarc_alias
from audit.protocol.dmarc.policies import NamePolicy, dmarc_policies
from audit.protocol.dmarc.walk import own_dmarc
from audit.protocol.inquiry import Steps, inquiry, settle
from audit.protocol.mx.hosts import HostAddresses, MailHosts, host_addresses, mail_class, mail_hosts
from audit.protocol.spf.tree import spf_record
from audit.syntax.dmarc import Policy

NOBODY = "v=spf1 -all"
UNSEEN = Unknown("not_gathered")


@dataclass(frozen=True, slots=True)
class Parking:
    """Whether a domain is one without mail, and which of the records that close it are there; of any other domain these
    are not looked at."""

    parked: Fact[bool]
    spf: Fact[bool]
    dmarc: Fact[bool]
    null_mx: Fact[bool]  # also true where none is wanted
    keys: Fact[tuple[str, ...]]  # selectors with a key that can be used
    aliases: frozenset[str]  # those of them that are aliases
    revoked: Fact[bool]  # by a wildcard
    dmarc_text: str | None  # the domain's own DMARC record, where there is one
    dmarc_at: str | None  # where that record stands, or would; None while an alias to somebody else's is in its place

    @property
    def closed(self) -> Fact[bool]:
        """Whether nobody can pretend to be the domain."""
        return all_of((self.spf, self.dmarc, self.null_mx))


@inquiry
def parking(
    domain: Domain, options: DomainOptions, providers: Providers, generic: Selectors, settings: Settings
) -> Steps[Parking]:
    """Look at the four records of a domain without mail."""
    parked = (yield from mail_class(domain, options)).takes_mail
    if isinstance(parked, Known):
        meant = bool(options.sending_ips or options.selectors or options.mail) and not options.parked
        parked = Known(not parked.value and not meant)
    if parked != Known(True):
        return Parking(parked, UNSEEN, UNSEEN, UNSEEN, UNSEEN, frozenset(), UNSEEN, None, None)
    spf = yield from settle(spf_record(domain))
    policies = yield from dmarc_policies(domain)
    mail = yield from settle(mail_hosts(domain))
    own = yield from settle(host_addresses(Host(domain.name)))
    dkim = yield from settle(dkim_discovery(domain, options, providers, generic, settings))
    text = yield from settle(own_dmarc(domain))
    alias = yield from settle(dmarc_alias(domain))
    return Parking(
        parked=parked,
        spf=spf if isinstance(spf, Unknown) else Known(tuple(map(_plain, spf.value.found)) == (NOBODY,)),
        dmarc=all_of(_rejecting(f) for _, f in policies.rows),
        null_mx=any_of((_null(mail), _nowhere(own))),
        keys=dkim if isinstance(dkim, Unknown) else usable_keys(dkim.value),
        aliases=frozenset(m.name for m in dkim.value.met if m.alias) if isinstance(dkim, Known) else frozenset(),
        revoked=_revoked(dkim),
        dmarc_text=text.value.record if isinstance(text, Known) else None,
        dmarc_at=_place(domain.name, alias.value) if isinstance(alias, Known) else f"_dmarc.{domain.name}",
    )


def _place(domain: str, alias: DmarcAlias) -> str | None:
    """Where a record can stand: at `_dmarc`, or where an alias there leads within the domain."""
    at = alias.target if alias.stands else f"_dmarc.{domain}"
    return None if alias.circle or registrable(at) != registrable(domain) else at


def _plain(text: str) -> str:
    return " ".join(text.lower().split())


def _rejecting(policy: Fact[NamePolicy]) -> Fact[bool]:
    return policy if isinstance(policy, Unknown) else Known(policy.value.requested is Policy.REJECT)


def _null(mail: Fact[MailHosts]) -> Fact[bool]:
    return mail if isinstance(mail, Unknown) else Known(mail.value.null)


def _nowhere(own: Fact[HostAddresses]) -> Fact[bool]:
    """Whether the domain has no address that somebody could take for a mail server."""
    if isinstance(own, Unknown):
        return own
    some = own.value.any
    return some if isinstance(some, Unknown) else Known(not some.value)


def usable_keys(dkim: DkimDiscovery) -> Fact[tuple[str, ...]]:
    """The keys that can be used; that there is none is known only as far as selectors could be tried."""
    found = tuple(m.name for m in dkim.met if m.key_type)
    return Known(found) if found else dkim.missed or Known(())


def _revoked(dkim: Fact[DkimDiscovery]) -> Fact[bool]:
    if isinstance(dkim, Unknown):
        return dkim
    wildcard = dkim.value.wildcard
    return wildcard if isinstance(wildcard, Unknown) else Known(bool(wildcard.value))
