"""How far a domain has come with DMARC, and whether it is ready for the next step (RFC 9989 section 5.1).

Publish a record that only asks for reports; read them until every genuine sender passes; ask for quarantine, read on;
ask for rejection, also for names below the domain. Each step rests on conditions. Some can be seen in the DNS: reports
must be able to arrive, SPF must not break, a DKIM key must be there, since SPF alone does not survive forwarding
(section 8). What the reports say only their reader knows.
"""

from __future__ import annotations

from audit.catalog.providers import Providers
from audit.catalog.selectors import Selectors
from audit.model.evidence import DomainOptions, Settings
from audit.model.fact import Fact, Known, Unknown, all_of, any_of
from audit.model.subject import Domain, ReportMailbox
from audit.model.value import dataclass
from audit.protocol.dkim.discovery import DkimDiscovery, dkim_discovery
from audit.protocol.dmarc.readers import ReportsMeant, reports_meant
from audit.protocol.dmarc.reports import report_consent, report_mailboxes, report_reach
from audit.protocol.dmarc.walk import applied_dmarc
from audit.protocol.inquiry import Steps, attempt, inquiry, settle
from audit.protocol.spf.tree import SpfTree, spf_tree

SPF_LOOKUPS = 10  # RFC 7208 section 4.6.4


@dataclass(frozen=True, slots=True)
class DmarcReadiness:
    """What can be seen of the conditions for a stricter policy."""

    sends: Fact[bool]
    takes_mail: Fact[bool]
    reports_can_arrive: Fact[bool]  # that they do, only the mailbox shows
    spf_works: Fact[bool]
    dkim_signs: Fact[bool]
    spf_open: Fact[bool]  # it lets everybody send
    meant: ReportsMeant

    @property
    def silent(self) -> bool:
        """Whether the domain is known to send no mail, so that no policy can cost any."""
        return self.sends == Known(False)


@inquiry
def dmarc_readiness(
    domain: Domain, options: DomainOptions, providers: Providers, generic: Selectors, settings: Settings
) -> Steps[DmarcReadiness]:
    """See whether reports could arrive, and whether SPF and DKIM can vouch for genuine mail."""
    meant = yield from reports_meant(domain, options)
    arrive = yield from _reports_can_arrive(domain)
    tree = yield from settle(spf_tree(domain))
    dkim = yield from settle(dkim_discovery(domain, options, providers, generic, settings))
    return DmarcReadiness(
        meant.sends,
        meant.takes_mail,
        arrive,
        tree if isinstance(tree, Unknown) else _spf_works(tree.value),
        dkim if isinstance(dkim, Unknown) else signs(dkim.value),
        tree if isinstance(tree, Unknown) else _open(tree.value),
        meant,
    )


def signs(dkim: DkimDiscovery) -> Fact[bool]:
    """Whether the domain has a DKIM key that verifiers take. That it has none is known where `_domainkey` is denied, or
    where all of its selectors were named."""
    if any(m.taken for m in dkim.met):
        return Known(True)
    if dkim.nothing_there == Known(True):
        return Known(False)
    return all_named if isinstance(all_named := dkim.all_selectors, Unknown) else Known(False)


def _reports_can_arrive(domain: Domain) -> Steps[Fact[bool]]:
    """Whether some mailbox for aggregate reports takes mail, and may be sent them."""
    found = yield from settle(applied_dmarc(domain))
    if isinstance(found, Unknown):
        return found
    boxes = report_mailboxes(found.value)
    arrive = yield from attempt(_arrives(domain, box) for box in boxes.known if box.tag == "rua")
    seen: list[Fact[bool]] = [f.value if isinstance(f, Known) else f for f in arrive]
    return any_of([*seen, *([boxes.hole] if boxes.hole else [])])


def _arrives(domain: Domain, box: ReportMailbox) -> Steps[Fact[bool]]:
    reach = yield from settle(report_reach(box))
    consent = yield from settle(report_consent(domain, box))
    takes_mail = reach.value.takes_mail if isinstance(reach, Known) else reach
    allowed = any_of((consent.value.internal, consent.value.given)) if isinstance(consent, Known) else consent
    return all_of((takes_mail, allowed))


def _open(tree: SpfTree) -> Fact[bool]:
    """Whether SPF lets everybody send: then all mail passes DMARC, and reports show nothing else."""
    return Known(bool(tree.everybody.value)) if isinstance(tree.everybody, Known) else tree.everybody


def _spf_works(tree: SpfTree) -> Fact[bool]:
    """Whether receivers get through the record, with all that it includes."""
    nodes = (Known(tree.root), *(f for _, f in tree.nodes))
    read = (
        Known(f.value.record is not None and not f.value.record.problems) if isinstance(f, Known) else f for f in nodes
    )
    over = tree.lookups.exceeds(SPF_LOOKUPS)
    return all_of((*read, Known(not over.value) if isinstance(over, Known) else over))
