"""Rules on the names at which mail programs look for their settings."""

from __future__ import annotations

from audit.catalog.providers import Providers
from audit.catalog.suffixes import registry_domain
from audit.model.fact import Fact, Known, Unknown, any_of, first_hole, need
from audit.model.report import Severity
from audit.protocol.client.autodiscover import AutodiscoverService, SettingsName, SettingsNames
from audit.protocol.mx.hosts import MailHosts
from audit.rules.rule import Verdict, cause, fail, not_applicable, ok, rule
from audit.syntax import zonefile

MICROSOFT = "microsoft-365"  # in the catalogue of providers


@rule(
    "AUTOD-M365",
    severity=Severity.LOW,
    reference="Microsoft, External Domain Name System records for Microsoft 365",
    message="{name} does not lead to {service}, which Outlook needs for mailboxes at Microsoft 365: {instead}",
)
def autod_m365(mail: MailHosts, names: SettingsNames, service: AutodiscoverService, providers: Providers) -> Verdict:
    """Mail goes to Microsoft 365, and Outlook cannot find the mailboxes there.

    ## Why it matters
    Outlook asks autodiscover of the mail domain for everything: mailboxes, calendars, free and busy times. Without it
    people are asked for passwords again and again, or reach another server.
    ## What to do
    Make autodiscover an alias (CNAME) of Microsoft's service, unless mailboxes are still on servers of your own.
    """
    targets = [p.autodiscover_of(h) if (p := providers.of_mx(h)) and p.id == MICROSOFT else None for h in mail.hosts]
    wanted = targets[0] if targets and None not in targets else None  # beside others it is not told where mailboxes are
    named = names.of("autodiscover")
    if wanted is None or named is None:
        return not_applicable()
    found = need(named)
    if wanted in found.aliases or (not found.aliases and wanted in need(service.hosts)):
        return ok()
    instead = (
        f"it is an alias of {found.target}" if found.aliases else "it is a host" if found.exists else "no such name"
    )
    publish = () if found.exists and not found.aliases else (zonefile.line(found.name, "CNAME", f"{wanted}."),)
    return fail(name=found.name, service=wanted, instead=instead, publish=publish)


@rule(
    "AUTOD-STALE",
    severity={"free": Severity.HIGH, "gone": Severity.MEDIUM, "elsewhere": Severity.MEDIUM},
    reference="RFC 1034 section 3.6.2; draft-ietf-mailmaint-autoconfig section 3",
    message="mail programs are sent to the wrong place: {faults}",
    supersedes=("AUTOD-M365",),
)
def autod_stale(mail: MailHosts, names: SettingsNames, providers: Providers) -> Verdict:
    """Mail programs are led to a former host's servers, or to a name that is gone.

    ## Why it matters
    Programs send what people type into them, passwords too, to the host that these names lead to. Where the target's
    domain is free, anybody may register it and collect them.
    ## What to do
    Let autodiscover and autoconfig lead to whoever hosts the mailboxes now, or delete the records.
    """
    seen = [f.value for _, f in names.rows if isinstance(f, Known)]
    gone = [n for n in seen if n.aliases and not n.exists]
    elsewhere = [n for n in seen if n.exists and _elsewhere(n, mail, providers)]
    if gone or elsewhere:
        faults = (
            *(f"{n.name} is an alias of {n.target}, which does not exist{_danger(n)}" for n in gone),
            *(f"{n.name} leads to {n.target}, and mail goes to {_host_of(mail, providers)}" for n in elsewhere),
        )
        causes = tuple(dict.fromkeys(cause("host", n.target or n.name) for n in (*gone, *elsewhere)))
        free = any_of(_free(n) for n in gone)
        step = "free" if free == Known(True) else "gone" if gone else "elsewhere"
        doubt = None if step == "free" else first_hole(free, *(f for _, f in names.rows))
        return fail(step, faults=faults, causes=causes, doubt=doubt)
    for _, fact in names.rows:
        need(fact)
    return ok() if any(n.aliases for n in seen) else not_applicable()


def _free(name: SettingsName) -> Fact[bool]:
    return name.free if isinstance(name.free, Unknown) else Known(name.free.value is not None)


def _danger(name: SettingsName) -> str:
    free = name.free.value if isinstance(name.free, Known) else None
    return f" (anybody may register {free})" if free else ""


def _elsewhere(name: SettingsName, mail: MailHosts, providers: Providers) -> bool:
    """Whether a name leads to a host of mailboxes that is not the one to which the mail goes.

    A filter in front of the mailboxes, or a server of one's own, says nothing of where the mailboxes are.
    """
    now = {p.id for h in mail.hosts if (p := providers.of_mx(h)) and p.kind == "mailbox"}
    others = [p for p in map(providers.of_mx, mail.hosts) if p is None or p.kind != "mailbox"]
    if not now or others or name.target is None:
        return False
    domain = registry_domain(name.target)
    there = {p.id for p in providers.entries if p.kind == "mailbox" and domain in map(registry_domain, p.mx)}
    return bool(domain and there) and not there & now


def _host_of(mail: MailHosts, providers: Providers) -> str:
    found = (p.name for h in mail.hosts if (p := providers.of_mx(h)))
    return next(found, "another host")
