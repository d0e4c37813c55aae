"""Rules on the domain itself."""

from __future__ import annotations

from audit.model.fact import Known, first_hole, need
from audit.model.report import Severity
from audit.model.subject import Domain
from audit.protocol.dmarc.readers import ReportsMeant
from audit.protocol.mx.hosts import Existence
from audit.protocol.parking import NOBODY, Parking
from audit.protocol.zone.denial import DmarcDenial, MxDenial, SpfDenial
from audit.rules.dmarc.publishing import reading
from audit.rules.rule import Verdict, fail, not_applicable, ok, rule
from audit.syntax import zonefile
from audit.syntax.dmarc import parse
from audit.syntax.dmarc_edit import with_tags

REJECT, REVOKED = "v=DMARC1; p=reject", "v=DKIM1; p="
DMARC = "DMARC that rejects"


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


@rule(
    "DOMAIN-PARKED-INCOMPLETE",
    severity={"open": Severity.MEDIUM, "keys": Severity.INFO},
    reference="M3AAWG, Protecting Parked Domains Best Common Practices; RFC 7208 section 10.1.2; RFC 7505",
    message="{domain} has no mail but is not closed against forgery; missing: {missing}",
)
def domain_parked_incomplete(  # noqa: PLR0917 -- what a rule takes is found by type
    domain: Domain, parking: Parking, meant: ReportsMeant, mx: MxDenial, spf: SpfDenial, dmarc: DmarcDenial
) -> Verdict:
    """A domain without mail is not closed against those who pretend to be it.

    ## Why it matters
    Nobody reads the complaints of a domain without mail, so it is a good disguise for fraud. Four records close it:
    SPF that lets nobody send, DMARC that asks to reject, a null MX where the name has an address, and no DKIM key.
    ## What to do
    Publish the records shown. A DMARC record with a mailbox for reports (rua=), at a domain that takes mail, shows
    who tries. One that an earlier text of the domain names, or the record above it, is kept if it may be sent them. An
    alias must go before a record can take its place; of a DKIM key that is one, that is all.
    """
    if not need(parking.parked):
        return not_applicable()
    keys = need(parking.keys) if need(parking.closed) else ()
    if parking.closed == Known(True) and not keys:
        return ok()
    need(first_hole(mx.doubt, spf.doubt, dmarc.doubt) or Known(None))
    missing = {
        "SPF that lets nobody send": (parking.spf, zonefile.txt(domain.name, NOBODY)),
        _told(domain, parking, meant): (parking.dmarc, _rejecting(parking, meant)),
        "a null MX": (parking.null_mx, zonefile.line(domain.name, "MX", "0 .")),
    }
    named = {what: record for what, (there, record) in missing.items() if there == Known(False)}
    revoked = (k for k in keys if k not in parking.aliases)  # beside an alias no record can stand
    publish = [
        *filter(None, named.values()),
        *(zonefile.txt(f"{k}._domainkey.{domain.name}", REVOKED) for k in revoked),
    ]
    if parking.revoked == Known(False):
        publish.append(zonefile.txt(f"*._domainkey.{domain.name}", REVOKED))
    words = (*named, *(f"the end of DKIM key {k}{' (an alias)' if k in parking.aliases else ''}" for k in keys))
    return fail("open" if named else "keys", domain=domain.name, missing=words, publish=tuple(publish))


def _rejecting(parking: Parking, meant: ReportsMeant) -> str:
    """The domain's own record with nothing but rejection in it, or a new one; none beside an alias to somebody else."""
    if parking.dmarc_at is None:
        return ""
    own = parking.dmarc_text
    read = reading(parse(own) if own else None, meant)
    return zonefile.txt(parking.dmarc_at, with_tags(own or REJECT, p="reject", **read, sp=None, np=None, t=None))


def _told(domain: Domain, parking: Parking, meant: ReportsMeant) -> str:
    """What DMARC lacks, and why there is no record for it, or one that asks for no reports."""
    if parking.dmarc_at is None:
        return f"{DMARC} (in place of the alias at _dmarc.{domain.name})"
    if not meant.refused:
        return DMARC
    return f"{DMARC} (without reports, as nothing shows that {' and '.join(meant.refused)} may be sent them)"
