"""What findings on a DMARC record have in common: the record to publish instead, and whose it is that was found.

The record to publish is the owner's own, with only what is wrong in it changed. None asks for less than what applies to
the domain already, nor for more (`bounds`). Only two do: that of a domain that sends no mail, which has nothing to wait
for, and that of DMARC-NEXT-STEP, which says what must hold first.
"""

from __future__ import annotations

from audit.catalog.suffixes import registrable
from audit.model.fact import Known, need
from audit.model.report import SubjectName
from audit.protocol.dmarc.policies import DmarcPolicies
from audit.protocol.dmarc.readers import ReportsMeant
from audit.protocol.dmarc.rollout import DmarcReadiness
from audit.protocol.dmarc.walk import AppliedDmarc
from audit.rules.dmarc.bounds import STRENGTH, asked_by, asked_of, bounded
from audit.rules.rule import cause
from audit.syntax import zonefile
from audit.syntax.dmarc import DmarcRecord, Policy, is_dmarc, parse
from audit.syntax.dmarc_edit import MAX_EDITED, nearest_policy, relisted, report_addresses, unglued, with_tags

POLICY_TAGS = ("p", "sp", "np")


def changed(dmarc: AppliedDmarc, **tags: str | None) -> tuple[str, ...]:
    """The record that applies with other values of these tags, None for those that go."""
    return published(dmarc, with_tags(dmarc.record.text, **tags)) if dmarc.record else ()


def published(dmarc: AppliedDmarc, text: str) -> tuple[str, ...]:
    """A record in the place of the one that applies, with policies that are no stricter than now."""
    kept = bounded(text, asked_by(dmarc.record)) if dmarc.record and len(text) <= MAX_EDITED else None
    return _placed(dmarc, kept) if kept else ()


def step(dmarc: AppliedDmarc, **tags: str | None) -> tuple[str, ...]:
    """The record of a step that another policy comes with, for when what it rests on holds."""
    return _placed(dmarc, with_tags(readable(dmarc.record), **tags)) if dmarc.record else ()


def silenced(dmarc: AppliedDmarc, readiness: DmarcReadiness) -> tuple[str, ...]:
    """The record for a domain that sends nothing, by which all that comes in its name is rejected. Reports go where the
    record has them, else to those who may be sent them."""
    return step(dmarc, p=str(Policy.REJECT), **reading(dmarc.record, readiness.meant), t=None, pct=None)


def reading(record: DmarcRecord | None, meant: ReportsMeant) -> dict[str, str]:
    """The tag for reports of a record that names nobody to read them."""
    named = record is not None and record.value("rua") is not None
    return {"rua": meant.agreed} if meant.agreed and not named else {}


def own_text(domain: str, text: str, policies: DmarcPolicies) -> tuple[str, ...]:
    """A record of the domain's own where none is in effect, with policies as they apply to it now."""
    kept = bounded(text, asked_of(policies)) if len(text) <= MAX_EDITED else None
    return (zonefile.txt(f"_dmarc.{domain}", kept),) if kept else ()


def readable(record: DmarcRecord) -> str:
    """The record with policies that exist: those that were meant, and none where it names none."""
    if record.valid:
        return record.text
    text = relisted(unglued(record.text))
    read = parse(text)
    invalid = {"p": read.p_invalid or read.p is None, "sp": read.sp_invalid, "np": read.np_invalid}
    return with_tags(text, **{t: str(nearest_policy(read.value(t) or "")) for t in POLICY_TAGS if invalid[t]})


def reporting(dmarc: AppliedDmarc, meant: ReportsMeant) -> tuple[str, ...]:
    """The record that applies with an address for reports: one that was named without effect, else the postmaster's. A
    policy that nobody can read is mended in the same go: with reports alone the record would still be no good."""
    wanted = reader(dmarc, meant)
    if dmarc.record is None or not wanted:
        return ()
    return published(dmarc, with_tags(relisted(unglued(readable(dmarc.record))), rua=wanted))


def asking(dmarc: AppliedDmarc, meant: ReportsMeant) -> dict[str, str]:
    """The tag for reports of a record that is mended, and that names nobody who could be sent any: without one a record
    that asks for no policy says nothing."""
    wanted = reader(dmarc, meant)
    return {"rua": wanted} if wanted and dmarc.record and not dmarc.record.rua else {}


def reader(dmarc: AppliedDmarc, meant: ReportsMeant) -> str:
    """Who is to be sent reports by the record that applies; empty where that is its owner's to say."""
    own = "" if dmarc.inherited else meant.written or meant.astray or _postmaster(dmarc.at or "", meant)
    return (report_addresses(dmarc.record.text) if dmarc.record else None) or own


def of_record(dmarc: AppliedDmarc) -> tuple[SubjectName, ...]:
    """The domain whose record is to blame: others may inherit it."""
    return (cause("domain", dmarc.at),) if dmarc.at else ()


def first_record(domain: str, meant: ReportsMeant, asked: str = "p=none") -> str | None:
    """The record to begin with, which asks for what is asked already. Reports go where they were meant to, if that is
    known; else to the postmaster. That of a domain that sends nothing is the last one as well, so that it names nobody
    who may not be sent reports."""
    silent = meant.sends == Known(False)
    named = meant.agreed if silent else meant.written or meant.astray
    wanted = named or _postmaster(domain, meant)
    reports = f"; rua={wanted}" if wanted else ""
    if silent:
        return f"v=DMARC1; p=reject{reports}"
    return f"v=DMARC1; {asked}{reports}" if reports else None


def _postmaster(domain: str, meant: ReportsMeant) -> str:
    """The mailbox that a domain that takes mail has (RFC 5321 section 4.5.1)."""
    return f"mailto:postmaster@{domain}" if meant.takes_mail == Known(True) else ""


def asked_now(policies: DmarcPolicies) -> str:
    """The tags of a record of the domain's own that asks, for each kind of name, for no less than what applies."""
    own = need(policies.domain)
    tags: dict[str, Policy] = {"p": own.written or Policy.NONE}
    for tag, kind in (("sp", need(policies.existing_subdomains)), ("np", need(policies.nonexistent_subdomains))):
        if STRENGTH.index(kind.written) > STRENGTH.index(list(tags.values())[-1]):
            tags[tag] = kind.written or Policy.NONE
    test = "; t=y" if own.written is not own.requested else ""
    return "; ".join(f"{tag}={policy}" for tag, policy in tags.items()) + test


def _placed(dmarc: AppliedDmarc, text: str) -> tuple[str, ...]:
    """A record where the one that applies stands; none where somebody else keeps that, or where it is too long."""
    if dmarc.at is None or registrable(dmarc.at) is None or not is_dmarc(text) or len(text) > MAX_EDITED:
        return ()
    stands = dmarc.alias or f"_dmarc.{dmarc.at}"
    return (zonefile.txt(stands, text),) if registrable(stands) == registrable(dmarc.at) else ()
