"""Whether a mailbox for reports can be reached: the domain of a `mailto:` URI (RFC 6068) must take mail.

It does with an MX or an address of its own, and does not with a null MX (RFC 5321 section 5.1, RFC 7505).
"""

from __future__ import annotations

from audit.model.evidence import DomainOptions
from audit.model.fact import Fact, Known
from audit.model.subject import Domain
from audit.protocol.inquiry import Steps, settle
from audit.protocol.mx.hosts import mail_class
from audit.syntax.names import DomainName, domain_name

SCHEME = "mailto:"
MAX_QUESTIONS = 3  # MX, and A and AAAA where there is none


def mail_domain(uri: str) -> str | None:
    """The domain, in canonical form, of the mailbox that a `mailto:` URI names; None when it names none."""
    if not uri.lower().startswith(SCHEME):
        return None
    address = uri[len(SCHEME) :].partition("?")[0]
    host = address.rpartition("@")[2].partition("!")[0].strip() if "@" in address else ""
    read = domain_name(host)
    return read.ascii if isinstance(read, DomainName) else None


def receives(uri: str) -> Steps[Fact[bool]]:
    """Whether the domain of a `mailto:` URI takes mail."""
    domain = mail_domain(uri)
    if domain is None:
        return Known(False)
    mail = yield from settle(mail_class(Domain(domain), DomainOptions()))
    return mail.value.takes_mail if isinstance(mail, Known) else mail
