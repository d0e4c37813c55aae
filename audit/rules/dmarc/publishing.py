"""What findings on a DMARC record have in common: the record to publish instead, and whose it is that was found.

The record to publish is the owner's own, with only what is wrong in it changed.
"""

from __future__ import annotations

from audit.catalog.suffixes import registrable
from audit.model.fact import Fact, Known
from audit.model.report import SubjectName
from audit.protocol.dmarc.walk import AppliedDmarc
from audit.rules.rule import cause
from audit.syntax import zonefile
from audit.syntax.dmarc import is_dmarc
from audit.syntax.dmarc_edit import MAX_EDITED, with_tags


def changed(dmarc: AppliedDmarc, **tags: str | None) -> tuple[str, ...]:
    """The record that applies with other values of these tags, None for those that go."""
    return published(dmarc, with_tags(dmarc.record.text, **tags)) if dmarc.record else ()


def published(dmarc: AppliedDmarc, text: str) -> tuple[str, ...]:
    """A record in the place of the one that applies; none where somebody else keeps that, or where it is too long."""
    if dmarc.at is None or registrable(dmarc.at) is None or not is_dmarc(text) or len(text) > MAX_EDITED:
        return ()
    stands = dmarc.alias or f"_dmarc.{dmarc.at}"
    return (zonefile.txt(stands, text),) if registrable(stands) == registrable(dmarc.at) else ()


def of_record(dmarc: AppliedDmarc) -> tuple[SubjectName, ...]:
    """The domain whose record is to blame: others may inherit it."""
    return (cause("domain", dmarc.at),) if dmarc.at else ()


def first_record(domain: str, sends: Fact[bool], takes_mail: Fact[bool]) -> str | None:
    """The record to begin with. Who takes mail has a postmaster (RFC 5321 section 4.5.1), who may be sent reports."""
    reports = f"; rua=mailto:postmaster@{domain}" if takes_mail == Known(True) else ""
    if sends == Known(False):
        return f"v=DMARC1; p=reject{reports}"
    return f"v=DMARC1; p=none{reports}" if reports else None
