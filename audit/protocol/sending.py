"""Whether a domain sends mail at all, as far as it says so itself.

An SPF record that authorises nobody says that it does not (RFC 7208 section 10.1.2); so does a domain that neither
takes mail nor publishes SPF.
"""

from __future__ import annotations

from audit.model.evidence import DomainOptions
from audit.model.fact import Fact, Known, Unknown
from audit.model.subject import Domain
from audit.model.value import dataclass
from audit.protocol.inquiry import Steps, inquiry, settle
from audit.protocol.mx.hosts import mail_class
from audit.protocol.spf.tree import spf_record

NOBODY = "v=spf1 -all"


@dataclass(frozen=True, slots=True)
class Sending:
    sends: Fact[bool]


@inquiry
def sending(domain: Domain, options: DomainOptions) -> Steps[Sending]:
    """Tell a domain that sends mail from one that says it does not."""
    if options.parked:
        return Sending(Known(False))
    if options.sending_ips or options.selectors:
        return Sending(Known(True))
    spf = yield from settle(spf_record(domain))
    if isinstance(spf, Unknown):
        return Sending(spf)
    if spf.value.found:
        return Sending(Known(tuple(" ".join(t.lower().split()) for t in spf.value.found) != (NOBODY,)))
    return Sending((yield from mail_class(domain, options)).takes_mail)
