"""Rules on the null MX, by which a domain says that it takes no mail (RFC 7505)."""

from __future__ import annotations

from audit.model.evidence import DomainOptions
from audit.model.fact import Fact, Known, first_hole, need
from audit.model.report import Severity
from audit.model.subject import Domain
from audit.protocol.dkim.discovery import DkimDiscovery
from audit.protocol.mx.hosts import HostTable, MailHosts
from audit.protocol.parking import usable_keys
from audit.protocol.spf.networks import NOTHING, Reader
from audit.protocol.spf.path import own_policy
from audit.protocol.spf.tree import SpfTree
from audit.rules.mx.mending import mended
from audit.rules.mx.record import WANTED
from audit.rules.rule import Verdict, fail, not_applicable, ok, rule
from audit.syntax import zonefile
from audit.syntax.spf import Qualifier


@rule(
    "MX-NULL",
    severity=WANTED,
    reference="RFC 7505 section 3",
    message="{domain} says with a null MX that it takes no mail",
)
def mx_null(domain: Domain, mail: MailHosts, options: DomainOptions) -> Verdict:
    """The domain says that it takes no mail.

    ## Why it matters
    Senders report at once that the address is wrong, instead of trying for days.
    ## What to do
    Nothing, if no mail is wanted. A domain that sends no mail either should publish "v=spf1 -all" and DMARC p=reject.
    """
    return fail("wanted" if options.mail else "unasked", domain=domain.name) if mail.null else ok()


@rule(
    "MX-NULL-MIXED",
    severity=Severity.HIGH,
    reference="RFC 7505 section 3",
    message="a null MX stands beside {hosts}",
    supersedes=("MX-NULL-PREF",),
)
def mx_null_mixed(domain: Domain, mail: MailHosts, table: HostTable) -> Verdict:
    """A null MX stands beside other MX records.

    ## Why it matters
    One record says that no mail is taken, another says where. Senders differ in which they believe.
    ## What to do
    Remove the null MX and keep the records shown; or, if no mail is wanted, remove all others.
    """
    others = [e for e in mail.exchanges if e.host != "."]
    if len(others) == len(mail.exchanges) or len(mail.exchanges) == 1:
        return ok()
    named = tuple(sorted({e.host for e in others})) or (".",)
    return fail(hosts=named, publish=mended(domain, mail, table))


@rule(
    "MX-NULL-PREF",
    severity=Severity.LOW,
    reference="RFC 7505 section 3",
    message="the null MX has preference {preference} instead of 0",
)
def mx_null_pref(domain: Domain, mail: MailHosts, table: HostTable) -> Verdict:
    """The null MX has a preference that it should not have.

    ## Why it matters
    The standard names one form, preference 0 and a single dot. Software that knows only this one takes any other for a
    mistake, and keeps trying.
    ## What to do
    Publish the record with preference 0.
    """
    odd = [e.preference for e in mail.exchanges if e.host == "." and e.preference]
    if not odd:
        return ok() if any(e.host == "." for e in mail.exchanges) else not_applicable()
    return fail(preference=odd[0], publish=mended(domain, mail, table))


@rule(
    "MX-NULL-SENDS",
    severity=Severity.MEDIUM,
    reference="RFC 7505 section 4.2",
    message="{domain} takes no mail but sends some: {signs}",
)
def mx_null_sends(domain: Domain, mail: MailHosts, spf: SpfTree, dkim: DkimDiscovery) -> Verdict:
    """The domain says that it takes no mail, and lets somebody send in its name.

    ## Why it matters
    Many receivers refuse mail whose sender cannot take the reply or the bounce.
    ## What to do
    If nobody should send, publish the SPF record shown and remove the DKIM keys. If somebody should, replace the null
    MX by one that names a server which takes the replies.
    """
    if not mail.null:
        return not_applicable()
    authorises, keys = _authorises(domain, spf), usable_keys(dkim)
    named = keys.value if isinstance(keys, Known) else ()
    if authorises != Known(True) and not named:
        need(authorises)
        need(keys)
        return ok()
    signs = ["its SPF record lets somebody send"] if authorises == Known(True) else []
    signs += [f"DKIM key {name}" for name in named]
    nobody = (zonefile.txt(domain.name, "v=spf1 -all"),)
    return fail(domain=domain.name, signs=tuple(signs), publish=nobody if authorises == Known(True) else ())


def _authorises(domain: Domain, spf: SpfTree) -> Fact[bool]:
    """Whether the record lets anybody send, or the one that it redirects to; terms behind `all` let nobody."""
    reader = Reader(spf.by_name(), dict(spf.looked_up))
    networks = reader.record(domain.name) if spf.root.record else NOTHING
    if networks.whole or (networks.all and networks.sure):
        return Known(bool(networks.all))
    terms, hole = own_policy(spf)
    if hole is None and all(t.qualifier is not Qualifier.PASS for _, t in terms):
        return Known(False)
    unseen = first_hole(*(f for _, f in spf.nodes), *(f for _, f in spf.looked_up), spf.hidden)
    return hole or unseen or Known(True)
