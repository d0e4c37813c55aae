"""Who was meant to read the reports on a domain, as its owner said where it has no effect (RFC 9989 section 4.7, rua).

A text that receivers discard may name a mailbox all the same: one that is misspelt, one of several, one that stands
where nobody looks. So does the record of the organizational domain, which a record of the domain's own puts out of
effect. A new record can send reports there, if the mailbox takes mail, and is of the same organization or of one that
agrees to be sent them (RFC 9990 section 4).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from audit.catalog.suffixes import registrable
from audit.model.evidence import DomainOptions
from audit.model.fact import Fact, Known
from audit.model.subject import Domain
from audit.model.value import dataclass
from audit.protocol import report_mailbox
from audit.protocol.dmarc.places import dmarc_strays
from audit.protocol.dmarc.reports import MAX_BETWEEN, agrees, belongs
from audit.protocol.dmarc.walk import own_dmarc
from audit.protocol.inquiry import Steps, every, inquiry, settle
from audit.protocol.mx.hosts import mail_class
from audit.protocol.report_mailbox import mail_domain, receives
from audit.protocol.sending import sending
from audit.syntax import dmarc as syntax
from audit.syntax.dmarc_edit import report_addresses

MAX_MAILBOXES = 2  # of each source: at `_dmarc`, astray, at the organizational domain
MAX_QUESTIONS = 3 * MAX_MAILBOXES * (MAX_BETWEEN + 1 + report_mailbox.MAX_QUESTIONS)


@dataclass(frozen=True, slots=True)
class ReportsMeant:
    """Addresses for reports, each a list as in a `rua`. All are empty where the domain's own record has a `rua`."""

    sends: Fact[bool]
    takes_mail: Fact[bool]
    written: str = ""  # at `_dmarc` itself, whoever's they are
    astray: str = ""  # where nobody looks: those of the organization itself
    agreed: str = ""  # of a domain that lacks mail: those that may be sent reports on it, and take mail
    refused: tuple[str, ...] = ()  # hosts of which nothing shows that

    @property
    def without_mail(self) -> bool:
        return Known(False) in (self.sends, self.takes_mail)


@inquiry
def reports_meant(domain: Domain, options: DomainOptions) -> Steps[ReportsMeant]:
    """Look through the texts that were to be a DMARC record of the domain, and through that of its organization."""
    found = yield from settle(sending(domain, options))
    mail = yield from settle(mail_class(domain, options))
    sends = found.value.sends if isinstance(found, Known) else found
    nothing = ReportsMeant(sends, mail.value.takes_mail if isinstance(mail, Known) else mail)
    own = yield from settle(own_dmarc(domain))
    here = own.value if isinstance(own, Known) else None
    if here is None or (here.record is not None and syntax.parse(here.record).rua):
        return nothing
    written = _first((*here.found, *here.others))
    strays = yield from settle(dmarc_strays(domain))
    lost = _first(strays.value.texts) if isinstance(strays, Known) else ""
    near = yield from every(belongs(host, domain.name) for _, host in _mailboxes(lost))
    meant = replace(nothing, written=written, astray=_picked(lost, near))
    sources = (written, lost, (yield from _above(domain))) if nothing.without_mail else ()
    refused: dict[str, None] = {}
    for source in sources:
        reading = yield from every(_reads(uri, host, domain.name) for uri, host in _mailboxes(source))
        if any(reading):
            return replace(meant, agreed=_picked(source, reading))
        refused |= dict.fromkeys(host for _, host in _mailboxes(source))
    return replace(meant, refused=tuple(refused))


def _first(texts: Iterable[str]) -> str:
    return next((named for text in texts if (named := report_addresses(text))), "")


def _mailboxes(rua: str) -> tuple[tuple[str, str], ...]:
    """The first few addresses of a list, and the domains of their mailboxes."""
    uris = (uri for uri in rua.split(",") if uri)
    return tuple((uri, host) for uri in uris if (host := mail_domain(uri)))[:MAX_MAILBOXES]


def _picked(rua: str, wanted: Iterable[bool]) -> str:
    return ",".join(uri for (uri, _), want in zip(_mailboxes(rua), wanted, strict=True) if want)


def _above(domain: Domain) -> Steps[str]:
    """The addresses of the organizational domain's record."""
    organization = registrable(domain.name)
    if organization in (None, domain.name):
        return ""
    own = yield from settle(own_dmarc(Domain(organization or "")))
    return _first(own.value.found) if isinstance(own, Known) else ""


def _reads(uri: str, host: str, domain: str) -> Steps[bool]:
    """Whether it is known that a mailbox takes mail, and may be sent reports."""
    if not ((yield from belongs(host, domain)) or (yield from agrees(host, domain))):
        return False
    return (yield from receives(uri)) == Known(True)
