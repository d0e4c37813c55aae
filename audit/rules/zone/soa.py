"""Rules on the SOA of a zone (RFC 1035 section 3.3.13, RFC 1912 section 2.2)."""

from __future__ import annotations

from audit.model.fact import Known, need
from audit.model.report import Severity
from audit.model.subject import Domain
from audit.protocol.zone.denial import MxDenial
from audit.protocol.zone.soa import Soa, SoaMailbox
from audit.rules.rule import Verdict, fail, not_applicable, ok, rule
from audit.syntax import zonefile
from audit.syntax.escape import visible

REFRESH = 1_200, 43_200  # seconds, as the other times
EXPIRE = 1_209_600, 2_419_200
MINIMUM = 86_400
SERIALS = 2**32


@rule(
    "SOA-VALUES",
    severity=Severity.INFO,
    reference="RFC 1912 section 2.2; RFC 2308 section 5",
    message="times in the SOA of {zone} that are unusual: {values}",
)
def soa_values(soa: Soa) -> Verdict:
    """A time in the SOA is far from what is recommended.

    ## Why it matters
    Refresh and retry say how fast other servers follow a change where nobody tells them, expire how long they go on
    without the primary, and the last number how long a name that was looked up in vain stays absent.
    ## What to do
    Refresh between 20 minutes and 12 hours, retry less than that, expire between 2 and 4 weeks, the last number at most
    a day. Raise the serial with it, as the record shown does. Where a DNS provider sets these, all is well.
    """
    if not soa.own:
        return not_applicable()
    odd = [
        f"{name} {value}"
        for name, value, is_odd in (
            ("refresh", soa.refresh, not REFRESH[0] <= soa.refresh <= REFRESH[1]),
            ("retry", soa.retry, soa.retry >= soa.refresh),
            ("expire", soa.expire, not EXPIRE[0] <= soa.expire <= EXPIRE[1]),
            ("minimum", soa.minimum, soa.minimum > MINIMUM),
        )
        if is_odd
    ]
    return fail(zone=soa.apex, values=tuple(odd), publish=(_mended(soa),)) if odd else ok()


@rule(
    "SOA-RNAME",
    severity=Severity.INFO,
    reference="RFC 1912 section 2.2; RFC 2142 section 7",
    message="the SOA of the zone names no mailbox that can be written to: {rname}",
)
def soa_rname(domain: Domain, soa: Soa, mailbox: SoaMailbox, denial: MxDenial) -> Verdict:
    """The zone names nobody who could be told that something is wrong with it.

    ## Why it matters
    The second name in the SOA is a mailbox, with a dot in place of the @. Who sees a fault of the zone writes there.
    ## What to do
    Name a mailbox that is read: hostmaster.example.org. stands for hostmaster@example.org.
    """
    if not soa.own:
        return not_applicable()
    if need(mailbox.receives):
        return ok()
    if mailbox.address and mailbox.address.endswith(f"@{domain.name}"):
        need(denial.doubt or Known(None))
    publish = (_line(soa, rname=mailbox.meant),) if mailbox.meant else ()
    return fail(rname=visible(mailbox.address or mailbox.rname), publish=publish)


def _mended(soa: Soa) -> str:
    """The SOA with times within what is recommended."""
    refresh = min(max(soa.refresh, REFRESH[0]), REFRESH[1])
    retry = soa.retry if soa.retry < refresh else refresh // 4
    expire = min(max(soa.expire, EXPIRE[0]), EXPIRE[1])
    return _line(soa, times=(refresh, retry, expire, min(soa.minimum, MINIMUM)))


def _line(soa: Soa, *, rname: str | None = None, times: tuple[int, ...] = ()) -> str:
    """The SOA to publish, with the next serial (RFC 1982)."""
    numbers = ((soa.serial + 1) % SERIALS, *(times or (soa.refresh, soa.retry, soa.expire, soa.minimum)))
    return zonefile.line(soa.apex, "SOA", " ".join((soa.mname, rname or soa.rname, *map(str, numbers))))
