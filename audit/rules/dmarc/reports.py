"""Rules on DMARC reports: whether they are asked for, in a way that can be read, and whether they arrive (RFC 9990)."""

from __future__ import annotations

from audit.model.fact import Known, any_of, need
from audit.model.report import Severity
from audit.model.subject import ReportMailbox
from audit.protocol.dmarc.readers import ReportsMeant
from audit.protocol.dmarc.reports import ReportConsent, ReportReach
from audit.protocol.dmarc.walk import AppliedDmarc
from audit.protocol.mx.hosts import MailClass
from audit.protocol.sending import Sending
from audit.rules.dmarc.publishing import changed, of_record, published, reporting
from audit.rules.rule import Verdict, cause, fail, not_applicable, ok, rule
from audit.syntax import zonefile
from audit.syntax.dmarc import FAILURE_OPTIONS, MAX_URIS, DmarcRecord, parse
from audit.syntax.dmarc_edit import REPORT_TAGS, mended_uris, relisted, size, unglued, with_tags, without_sizes
from audit.syntax.escape import octet_text
from audit.syntax.names import MAX_NAME

MAX_SHOWN = 100
MAX_NAMED = 5
LEGACY_URIS = 2  # RFC 7489 section 6.2


@rule(
    "DMARC-RUA-MISSING",
    severity=Severity.MEDIUM,
    reference="RFC 9989 section 4.7 (rua)",
    message="the DMARC record of {at} names no address for reports",
)
def dmarc_rua_missing(dmarc: AppliedDmarc, mail: MailClass, sending: Sending, meant: ReportsMeant) -> Verdict:
    """The DMARC record asks for no reports.

    ## Why it matters
    Without reports nobody sees which genuine mail fails, nor who uses the name.
    ## What to do
    Add rua=mailto: and an address that is read, or that of a service that reads for you. The postmaster's will do, but
    reports are many and for machines: better give them a mailbox of their own. A domain without mail may do without.
    """
    record = dmarc.record
    if record is None:
        return not_applicable()
    if record.rua or record.rua_invalid:
        return ok()
    if not need(any_of((mail.takes_mail, sending.sends))):
        return not_applicable()
    publish = reporting(dmarc, meant)
    return fail(publish=publish, causes=of_record(dmarc), at=dmarc.at or "")


@rule(
    "DMARC-RUA-SYNTAX",
    severity=Severity.MEDIUM,
    reference="RFC 9989 sections 4.6 and 4.8",
    message="the DMARC record of {at} names addresses for reports that cannot be read: {items}",
)
def dmarc_rua_syntax(dmarc: AppliedDmarc) -> Verdict:
    """An address for reports is not in the form of a URI.

    ## Why it matters
    No reports are sent there. The policy and the other addresses are not affected.
    ## What to do
    Write mailto: before each address, and one comma between them, not a semicolon. Commas and exclamation marks inside
    an address are written %2C and %21.
    """
    record = dmarc.record
    if record is None:
        return not_applicable()
    bad = {"rua": record.rua_invalid, "ruf": record.ruf_invalid}
    items = tuple(f"{tag}={item[:MAX_SHOWN] or ' (an empty place)'}" for tag in REPORT_TAGS for item in bad[tag])
    if not items:
        return ok()
    text = relisted(unglued(record.text))
    read = parse(text)
    still = {"rua": read.rua_invalid, "ruf": read.ruf_invalid}
    better = {tag: mended_uris(read.value(tag) or "") or None for tag in REPORT_TAGS if still[tag]}
    lost = "rua" in better and better["rua"] is None  # which addresses were meant, only their owner knows
    mended = () if lost else published(dmarc, with_tags(text, **better))
    return fail(publish=mended, causes=of_record(dmarc), at=dmarc.at or "", items=items[:MAX_NAMED])


@rule(
    "DMARC-RUA-SCHEME",
    severity=Severity.LOW,
    reference="RFC 9989 section 4.7 (rua)",
    message="the DMARC record of {at} asks for reports, but names no mailbox: {uris}",
)
def dmarc_rua_scheme(dmarc: AppliedDmarc) -> Verdict:
    """Reports are asked for, but not by mail.

    ## Why it matters
    Receivers must be able to send reports by mail only; hardly any knows another way.
    ## What to do
    Add a mailto: address.
    """
    if dmarc.record is None or not dmarc.record.rua:
        return not_applicable()
    if any(uri.lower().startswith("mailto:") for uri in dmarc.record.rua):
        return ok()
    return fail(causes=of_record(dmarc), at=dmarc.at or "", uris=dmarc.record.rua[:MAX_NAMED])


@rule(
    "DMARC-RUA-COUNT",
    severity=Severity.INFO,
    reference="RFC 7489 section 6.2",
    message="the DMARC record of {at} names {count} addresses for reports; some receivers use the first two only",
)
def dmarc_rua_count(dmarc: AppliedDmarc) -> Verdict:
    """Reports are asked for at more than two addresses.

    ## Why it matters
    Receivers that follow the former standard need send to two only. The others get some of the reports.
    ## What to do
    Name the most important first, or let one mailbox pass reports on.
    """
    if dmarc.record is None or not dmarc.record.rua:
        return not_applicable()
    count = len(dmarc.record.rua)
    if count <= LEGACY_URIS:
        return ok()
    more = (dmarc.record.value("rua") or "").count(",") >= MAX_URIS  # those behind were not read
    return fail(at=dmarc.at or "", count=f"{count} or more" if more else count)


@rule(
    "DMARC-URI-SIZE",
    severity=Severity.INFO,
    reference="RFC 9989 section 4.8 (obs-dmarc-report-size)",
    message="the DMARC record of {at} limits the size of reports, which is obsolete: {uris}",
)
def dmarc_uri_size(dmarc: AppliedDmarc) -> Verdict:
    """A greatest size of reports stands behind an address.

    ## Why it matters
    Receivers ignore it.
    ## What to do
    Remove the exclamation mark and what follows it.
    """
    record = dmarc.record
    if record is None:
        return not_applicable()
    sized = {"rua": [u for u in record.rua if size(u)], "ruf": [u for u in record.ruf if size(u)]}
    if not any(sized.values()):
        return ok()
    better: dict[str, str | None] = {t: without_sizes(record.value(t) or "") for t in REPORT_TAGS if sized[t]}
    uris = tuple(uri for each in sized.values() for uri in each)
    return fail(publish=changed(dmarc, **better), at=dmarc.at or "", uris=uris[:MAX_NAMED])


@rule(
    "DMARC-RUF",
    severity=Severity.INFO,
    reference="RFC 9989 section 4.7 (ruf and fo); RFC 9991",
    message="reports on single failures in the DMARC record of {at}: {notes}",
)
def dmarc_ruf(dmarc: AppliedDmarc) -> Verdict:
    """Reports on single messages are asked for, or options for them are set.

    ## Why it matters
    Such reports may hold parts of private mail, and few receivers send any. Without ruf, fo has no effect; a value of
    fo that the standard does not know counts as 0.
    ## What to do
    Leave ruf in place only if somebody works with the reports and may see them. Write fo as 0, 1, d, s or d:s.
    """
    record = dmarc.record
    if record is None:
        return not_applicable()
    notes = tuple(_failure_notes(record))
    if not notes:
        return ok()
    fo = (record.value("fo") or "").lower()
    better = fo if record.ruf and fo in FAILURE_OPTIONS else "1" if record.ruf and "1" in fo.split(":") else None
    publish = changed(dmarc, fo=better) if fo and better != fo else ()
    return fail(publish=publish, at=dmarc.at or "", notes=notes)


@rule(
    "DMARC-RUA-MX",
    severity=Severity.MEDIUM,
    reference="RFC 5321 section 5.1; RFC 7505",
    message="reports ({tag}) are to go to {uri}, but {host} takes no mail",
)
def dmarc_rua_mx(mailbox: ReportMailbox, reach: ReportReach) -> Verdict:
    """The domain of a mailbox for reports takes no mail.

    ## Why it matters
    Reports that are sent there are lost.
    ## What to do
    Correct the address, or give its domain an MX record.
    """
    if reach.host is None:
        return not_applicable()
    if need(reach.takes_mail):
        return ok()
    return fail(causes=(cause("report_mailbox", reach.host),), tag=mailbox.tag, uri=mailbox.uri, host=reach.host)


@rule(
    "DMARC-EXT-AUTH",
    severity=Severity.MEDIUM,
    reference="RFC 9990 section 4",
    message="{host} does not agree to be sent reports ({tag}) on {domain}: {why}",
)
def dmarc_ext_auth(mailbox: ReportMailbox, consent: ReportConsent) -> Verdict:
    """A mailbox of another organization has not agreed to be sent reports.

    ## Why it matters
    Receivers must not send reports there, so that nobody can have a stranger flooded with them. You get none.
    ## What to do
    Whoever runs the mailbox must publish the record below, in the zone of the mailbox. Services for DMARC do it by
    themselves; if it is missing, tell them of this domain.
    """
    if consent.internal == Known(True) or consent.host is None:
        return not_applicable()
    if consent.given == Known(True):
        return ok()
    need(consent.internal)
    if consent.name is None:
        why = f"the name where it would say so is longer than the {MAX_NAME} characters that the DNS allows"
    else:
        need(consent.given)
        why = f"there is no DMARC record at {consent.name}"
    return fail(
        publish=(zonefile.txt(consent.name, "v=DMARC1;"),) if consent.name else (),
        causes=(cause("report_mailbox", consent.host),),
        host=consent.host,
        tag=mailbox.tag,
        domain=consent.domain,
        why=why,
    )


def _failure_notes(record: DmarcRecord) -> list[str]:
    notes = []
    fo = record.value("fo")
    if record.ruf:
        notes.append(f"sent to {record.ruf[0]}" + (" and others" if len(record.ruf) > 1 else ""))
    if fo is not None and not record.ruf:
        notes.append("fo has no effect without ruf")
    if fo is not None and fo.lower() not in FAILURE_OPTIONS:
        notes.append(f"fo={octet_text(fo, 20)} is unknown and counts as 0")
    return notes
