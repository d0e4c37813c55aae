"""Rules on the domain itself."""

from __future__ import annotations

from audit.model.report import Severity
from audit.model.subject import Domain
from audit.protocol.mx import Existence
from audit.rules.rule import Verdict, fail, not_applicable, ok, rule


@rule(
    "DOMAIN-NXDOMAIN",
    severity=Severity.CRITICAL,
    reference="RFC 2308 section 2.1, RFC 8020",
    message="{domain} does not exist in the DNS",
)
def domain_nxdomain(domain: Domain, existence: Existence) -> Verdict:
    """The domain does not exist in the DNS.

    ## Why it matters
    Nothing can be sent to it, and mail that claims to come from it is refused. Anyone may be able to register it.
    ## What to do
    Renew or delegate the domain, or take it off the list if it is meant to be gone.
    """
    return ok() if existence.exists else fail(domain=domain.name)


@rule(
    "DOMAIN-IDN",
    severity=Severity.INFO,
    reference="RFC 5890 section 2.3.2.1, UTS #46",
    message="the internationalized name is {domain} in the DNS",
)
def domain_idn(domain: Domain, existence: Existence) -> Verdict:
    """The domain is an internationalized name.

    ## Why it matters
    DNS, SPF, DKIM and certificates hold the form that begins with xn--. A record made for the other form is not found.
    ## What to do
    Use the form that begins with xn-- wherever a record or a certificate names the domain.
    """
    if not existence.exists:
        return not_applicable()
    labels = domain.name.split(".")
    return fail(domain=domain.name) if any(label.startswith("xn--") for label in labels) else ok()
