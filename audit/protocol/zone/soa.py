"""The SOA of a zone (RFC 1035 section 3.3.13): who answers for it, and how long its copies live.

Its RNAME is a mailbox written as a name: the first dot that is not escaped stands for the @ (RFC 1035 section 8).
"""

from __future__ import annotations

import re

from audit.model.evidence import DomainOptions
from audit.model.fact import Fact, Known, Unestablished, Unknown
from audit.model.probe import Question
from audit.model.subject import Domain
from audit.model.value import dataclass
from audit.protocol.inquiry import Steps, answer, inquiry, settle
from audit.protocol.mx.hosts import mail_class
from audit.protocol.zone.delegation import zone_cut
from audit.syntax.names import DomainName, canonical, domain_name

FIELDS = 7
NUMBER = re.compile(r"[0-9]{1,10}")
LOCAL_PART = re.compile(r"((?:\\.|[^.\\])+)\.(.+)", re.DOTALL)
ESCAPED_AT = "\\@"
OCTET = re.compile(r"\\[0-9]")  # one that no mailbox is written with


@dataclass(frozen=True, slots=True)
class Soa:
    """The data of a SOA; times in seconds. `own`: of a zone that somebody registered."""

    apex: str
    own: bool
    mname: str
    rname: str
    serial: int
    refresh: int
    retry: int
    expire: int
    minimum: int


@dataclass(frozen=True, slots=True)
class SoaMailbox:
    """The mailbox that answers for a zone: its address, None where the RNAME is none, and whether it takes mail.
    `meant`: the RNAME that was probably meant."""

    rname: str
    own: bool
    address: str | None
    receives: Fact[bool]
    meant: str | None


@inquiry
def soa(domain: Domain) -> Steps[Soa]:
    """Read the SOA of the domain's zone.

    Raises:
        Unestablished: there is none, or it has not the form of one.
    """
    cut = yield from zone_cut(domain)
    question = Question(name=cut.apex, rdtype="SOA")
    got = yield from answer(question)
    words = got.records[0].split() if got.records else []
    if len(words) != FIELDS or not all(NUMBER.fullmatch(w) for w in words[2:]):
        raise Unestablished(Unknown("dns.malformed", (question,)))
    return Soa(cut.apex, cut.own, words[0], words[1], *(int(w) for w in words[2:]))


@inquiry
def soa_mailbox(domain: Domain) -> Steps[SoaMailbox]:
    """See whether the mailbox that the SOA names can be written to."""
    found = yield from soa(domain)
    address = mailbox(found.rname)
    if address is None:
        return SoaMailbox(found.rname, found.own, None, Known(False), _meant(found.rname))
    if not found.own:
        return SoaMailbox(found.rname, found.own, address, Known(True), None)
    mail = yield from settle(mail_class(Domain(address.rpartition("@")[2]), DomainOptions()))
    return SoaMailbox(found.rname, found.own, address, mail.value.takes_mail if isinstance(mail, Known) else mail, None)


def mailbox(rname: str) -> str | None:
    """The address that an RNAME stands for; None where it stands for none."""
    parts = LOCAL_PART.fullmatch(canonical(rname))
    if parts is None or ESCAPED_AT in rname or "@" in rname or OCTET.search(parts[1]):
        return None
    local = re.sub(r"\\(.)", r"\1", parts[1])
    host = domain_name(parts[2])
    if not isinstance(host, DomainName) or "." not in host.ascii or not local.isprintable() or " " in local:
        return None
    return f"{local}@{host.ascii}"


def _meant(rname: str) -> str | None:
    """Where somebody wrote an address with its @, the same with a dot."""
    meant = rname.replace(ESCAPED_AT, ".", 1)
    return meant if meant != rname and mailbox(meant) else None
