"""Rules on DNS blocklists (RFC 5782, RFC 6471)."""

from __future__ import annotations

from audit.catalog.blocklists import Blocklists
from audit.model.fact import Fact, Known, Unknown, any_of, need
from audit.model.report import Severity
from audit.model.subject import ListEntry, ListZone, NameEntry
from audit.protocol.dnsbl import ListHealth, Listing, NameListing
from audit.protocol.reverse import MailRole
from audit.rules.rule import Verdict, fail, not_applicable, ok, rule

LEVELS = tuple(reversed(Severity))  # from weight 1 to weight 5
RECEIVING_LESS = 2
UNSAID = "see what the list itself says"


@rule(
    "DNSBL-IP-LISTED",
    severity={str(level): level for level in Severity},
    reference="RFC 5782 section 2.1",
    message="{address} is on the blocklist {list} ({meanings}). Its reason: {reasons}. To be removed: {delist}",
)
def dnsbl_ip_listed(entry: ListEntry, listing: Listing, role: MailRole) -> Verdict:
    """An address of the domain's mail is on a blocklist.

    ## Why it matters
    Receivers that use the list refuse mail from the address or treat it as spam.
    ## What to do
    Find out what was sent from the address and stop it. Then ask the list to remove the address. An address that only
    takes mail, or belongs to a provider, is not yours to worry about.
    """
    if not listing.listed:
        return ok()
    return fail(
        _rung(listing.weight, role),
        address=entry.address,
        list=entry.list,
        meanings=listing.listed_for,
        reasons=listing.reasons or ("none given",),
        delist=listing.delist or UNSAID,
    )


@rule(
    "DNSBL-DOMAIN-LISTED",
    severity={str(level): level for level in Severity},
    reference="RFC 5782 section 2.4",
    message="the name {name} is on the blocklist {list} ({meanings}). Its reason: {reasons}. To be removed: {delist}",
)
def dnsbl_domain_listed(entry: NameEntry, listing: NameListing) -> Verdict:
    """A name of the domain, or of a host that takes its mail, is on a blocklist.

    ## Why it matters
    Receivers look such names up in the From line, in links, and in the names of hosts; mail that holds one is refused
    or taken for spam, whichever address it comes from.
    ## What to do
    Find out what the name was used for: mail sent in its name, links to it, a site that was broken into. Stop that,
    then ask the list to remove the name. A name that is only young falls off such lists by itself.
    """
    said = listing.said
    if not said.listed:
        return ok()
    return fail(
        str(LEVELS[said.weight - 1]),
        name=entry.name,
        list=entry.list,
        meanings=said.listed_for,
        reasons=said.reasons or ("none given",),
        delist=said.delist or UNSAID,
    )


@rule(
    "DNSBL-POLICY",
    severity=Severity.MEDIUM,
    reference="RFC 5782; Spamhaus, Policy Blocklist",
    message="{address} should not send mail directly: {list} has its range ({meanings}). To be taken out: {delist}",
)
def dnsbl_policy(entry: ListEntry, listing: Listing, role: MailRole) -> Verdict:
    """An address that sends the domain's mail is in a range that its owner does not let send.

    ## Why it matters
    Receivers refuse mail that comes straight from such a range, as from dial-up lines.
    ## What to do
    Send through your provider's server (a smarthost). If the address is fixed and yours, take it out of the range by
    the list's own form, or have the owner of the range do so.
    """
    if not listing.policy or listing.listed:  # a listing says more than the range that it is in
        return ok()
    if not need(role.sends):
        return not_applicable()
    return fail(address=entry.address, list=entry.list, meanings=listing.policy_for, delist=listing.delist or UNSAID)


@rule(
    "DNSBL-LIST-BROKEN",
    severity=Severity.INFO,
    reference="RFC 5782 section 5, RFC 6471 section 3.4",
    message="the blocklist {list} ({zone}) does not answer its test points as it should; what it says is not used",
)
def dnsbl_list_broken(zone: ListZone, health: ListHealth, blocklists: Blocklists) -> Verdict:
    """A blocklist is broken: it names nobody, or the whole world.

    ## Why it matters
    A list that has closed or lost its zone says nothing about anybody. It is left out for the whole run.
    ## What to do
    Nothing for the domains. Take the list out of your mail server's configuration if it is there.
    """
    blocklist = blocklists[zone.id]
    of_kinds = ((health.ipv4, blocklist.ipv4), (health.ipv6, blocklist.ipv6), (health.names, blocklist.names))
    parts: list[Fact[bool]] = [fact for fact, asked in of_kinds if asked]
    return ok() if need(any_of(parts)) else fail(list=zone.id, zone=blocklist.zone)


def _rung(weight: int, role: MailRole) -> Fact[str]:
    """An address that sends counts fully, one that only takes mail two levels less, a provider's as a remark."""
    if role.shared:
        return Known(str(Severity.INFO))
    if isinstance(role.sends, Unknown):
        return role.sends
    less = 0 if role.sends.value else RECEIVING_LESS
    return Known(str(LEVELS[max(0, weight - 1 - less)]))
