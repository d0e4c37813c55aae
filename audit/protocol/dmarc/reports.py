"""Where DMARC reports are to go (RFC 9990 section 4), and whether they can get there.

A receiver sends reports to a host of another organization only when that host agrees: a TXT record that begins with
`v=DMARC1` stands at `<domain>._report._dmarc.<host>`, where the domain is the one at which the policy was found. The
organizational domain of a name is the name itself or lies above it, so hosts that don't lie below the domain's own
are others' for certain, and nobody need walk up from them.
"""

from __future__ import annotations

import re

from audit.model.fact import Fact, Known, Unestablished, Unknown, need
from audit.model.subject import Domain, ReportMailbox
from audit.model.value import dataclass
from audit.protocol import report_mailbox
from audit.protocol.dmarc.policies import dmarc_authority
from audit.protocol.dmarc.walk import AppliedDmarc, applied_dmarc, dmarc_walk
from audit.protocol.fanning import Children
from audit.protocol.inquiry import Steps, inquiry, settle, texts
from audit.protocol.report_mailbox import mail_domain, receives
from audit.syntax import dmarc as syntax
from audit.syntax.names import MAX_NAME, DomainName, domain_name

MAX_MAILBOXES = 5  # receivers that follow RFC 7489 need send to two only
MAX_BETWEEN = 3  # names that are asked between a host and the domain's organization
MAX_QUESTIONS = (MAX_BETWEEN + 1 + report_mailbox.MAX_QUESTIONS) * MAX_MAILBOXES  # 1: for its consent
AUTHORITY = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{0,30}://([^/?#\[]{1,500})")  # RFC 3986 section 3.2
BUDGET = Unknown("budget")


@dataclass(frozen=True, slots=True)
class ReportReach:
    """Whether the domain of a mailbox takes mail; `host` is None of a URI that is no mailbox."""

    host: str | None
    takes_mail: Fact[bool]


@dataclass(frozen=True, slots=True)
class ReportConsent:
    """Whether a host for reports belongs to the organization of the domain, or agrees to be sent them.

    `name` is where it would say so; None when such a name would be longer than the DNS allows.
    """

    host: str | None  # None: the URI names none
    domain: str  # at which the policy was found
    name: str | None
    internal: Fact[bool]
    given: Fact[bool]


def report_mailboxes(dmarc: AppliedDmarc) -> Children[ReportMailbox]:
    """The addresses for reports of the record that applies."""
    if dmarc.record is None:
        return Children(())
    named = [("rua", uri) for uri in dmarc.record.rua] + [("ruf", uri) for uri in dmarc.record.ruf]
    wanted = tuple(ReportMailbox(tag, uri) for tag, uri in dict.fromkeys(named))
    return Children(wanted[:MAX_MAILBOXES], BUDGET if len(wanted) > MAX_MAILBOXES else None)


@inquiry
def report_reach(mailbox: ReportMailbox) -> Steps[ReportReach]:
    """See whether mail can be sent to an address for reports."""
    return ReportReach(mail_domain(mailbox.uri), (yield from receives(mailbox.uri)))


@inquiry
def report_consent(domain: Domain, mailbox: ReportMailbox) -> Steps[ReportConsent]:
    """See whether receivers may send reports of the domain to this host."""
    found = yield from applied_dmarc(domain)
    host, at = report_host(mailbox.uri), found.at or domain.name
    if host is None:
        return ReportConsent(None, at, None, Known(True), Known(False))
    internal = yield from settle(_internal(host, at))
    name = consent_name(host, at)
    if name is None:
        return ReportConsent(host, at, None, internal, Known(False))
    if internal == Known(True):
        return ReportConsent(host, at, name, internal, Known(False))
    return ReportConsent(host, at, name, internal, (yield from settle(_given(name))))


def belongs(host: str, domain: str) -> Steps[bool]:
    """Whether a host is known to be of the same organization as a domain, once that has a record: so that nobody need
    ask for its consent. Names below the domain then are, unless a record between says otherwise."""
    if not host.endswith(f".{domain}"):
        return (yield from settle(_internal(host, domain))) == Known(True)
    if host.count(".") - domain.count(".") > MAX_BETWEEN:
        return False
    steps = (yield from dmarc_walk(Domain(host))).steps
    between = [step for step in steps if step.name.endswith(f".{domain}")]
    return all(isinstance(s.own, Known) and (s.record is None or s.record.psd == "u") for s in between)


def agrees(host: str, domain: str) -> Steps[bool]:
    """Whether a host is known to agree to be sent reports on a domain."""
    name = consent_name(host, domain)
    return name is not None and (yield from settle(_given(name))) == Known(True)


def consent_name(host: str, domain: str) -> str | None:
    """Where a host agrees to be sent reports on a domain; None where that would be longer than the DNS allows."""
    name = f"{domain}._report._dmarc.{host}"
    return name if len(name) <= MAX_NAME else None


def report_host(uri: str) -> str | None:
    """The host of an address for reports, in canonical form; None when it names none."""
    if uri.lower().startswith("mailto:"):
        return mail_domain(uri)
    authority = AUTHORITY.match(uri)
    read = domain_name(authority[1].rpartition("@")[2].partition(":")[0]) if authority else None
    return read.ascii if isinstance(read, DomainName) else None


def _internal(host: str, domain: str) -> Steps[bool]:
    if host == domain:
        return True
    organization = need((yield from dmarc_authority(Domain(domain))).org_domain_treewalk)
    if host != organization and not host.endswith(f".{organization}"):
        return False
    if host.count(".") - organization.count(".") > MAX_BETWEEN:
        raise Unestablished(BUDGET)
    return need((yield from dmarc_authority(Domain(host))).org_domain_treewalk) == organization


def _given(name: str) -> Steps[bool]:
    return any(syntax.is_dmarc(t) for t in (yield from texts(name)))
