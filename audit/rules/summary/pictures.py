"""What a domain's report draws: the ways to its mail servers, its SPF record as a tree, the certificates in time.

Each is bounded, as a name may have any number of servers, and a record any number of includes; what does not fit is
in the evidence, and in the records as found.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar

from audit.catalog.operators import named_operator
from audit.catalog.providers import Providers
from audit.model.evidence import DomainEvidence
from audit.model.fact import Fact, Known
from audit.model.probe import SmtpSession, SmtpVisit
from audit.model.report import MailServer, ShownCertificate, SpfDrawing, SpfLine, Turn
from audit.protocol.mx.hosts import MailHosts
from audit.protocol.senders import SenderPaths, SenderStep
from audit.protocol.spf.outline import TermLine, outline
from audit.protocol.spf.tree import SpfTree
from audit.rules.summary.paths import TEXTS
from audit.syntax import x509
from audit.syntax.escape import octet_text

T = TypeVar("T")

OPERATORS, SERVERS, LINES, CERTIFICATES, SHOWERS, NAMES = 5, 24, 150, 24, 8, 5
TEXT = 300  # characters
FIRST_YEAR = 1000


def operators(domain: str, facts: Mapping[type, Fact[Any]]) -> tuple[str, ...]:
    """Who runs the servers that take a domain's mail."""
    mail = _known(facts, MailHosts)
    if mail is None or mail.null:
        return ()
    hosts = (domain,) if mail.implicit else mail.hosts
    return tuple(dict.fromkeys(octet_text(named_operator(host), TEXT) for host in hosts))[:OPERATORS]


def mail_servers(facts: Mapping[type, Fact[Any]]) -> tuple[MailServer, ...]:
    """Each address at which mail may be handed over, and what a plain sender meets there."""
    paths = _known(facts, SenderPaths)
    return tuple(map(_server, paths.servers[:SERVERS])) if paths else ()


def _server(step: SenderStep) -> MailServer:
    return MailServer(
        preference=step.preference,
        host=step.host,
        address=step.address,
        turn=step.turn,
        text=TEXTS[step.turn].format(step.detail or "no reason given"),
        reason=step.detail if step.turn is Turn.UNKNOWN else None,
    )


def spf_drawing(facts: Mapping[type, Fact[Any]], providers: Providers) -> SpfDrawing | None:
    """The domain's SPF record, and all below it."""
    tree = _known(facts, SpfTree)
    if tree is None or tree.root.record is None:
        return None
    drawn = outline(tree, providers, networks=False)
    lines = tuple(line for top in drawn.lines for line in _lines(top, 0))
    return SpfDrawing(
        lines=lines[:LINES],
        lookups=tree.lookups.at_least,
        exact=tree.lookups.hole is None,
        cut=drawn.cut or len(lines) > LINES,
    )


def _lines(term: TermLine, depth: int) -> Iterator[SpfLine]:
    hole = term.hole or term.lookups.hole
    yield SpfLine(
        depth=depth,
        text=octet_text(term.text, TEXT),
        lookups=term.lookups.at_least,
        total=term.total.at_least,
        provider=term.provider,
        remark=octet_text(term.remark, TEXT) if term.remark else None,
        reason=hole.reason if hole else None,
    )
    for below in term.below:
        yield from _lines(below, depth + 1)


def certificates(evidence: DomainEvidence, sessions: Mapping[SmtpVisit, SmtpSession]) -> tuple[ShownCertificate, ...]:
    """Each certificate once, with the servers that showed it; those of servers before those of their issuers."""
    found: dict[tuple[bool, bytes], ShownCertificate] = {}
    for visit in evidence.visits:
        session = sessions.get(visit)
        shown = session.tls.chain if session and session.tls else ()
        for place, der in enumerate(shown[:4]):
            key, server = (place > 0, der), f"{visit.host} {visit.address}"
            if (known := found.get(key)) is not None:
                if len(known.servers) < SHOWERS:
                    found[key] = replace(known, servers=(*known.servers, server))
            elif len(found) < CERTIFICATES:
                found[key] = _certificate(x509.parse(der), server, issuing=place > 0)
    return tuple(sorted(found.values(), key=lambda each: each.issuing))


def _certificate(read: x509.Certificate, server: str, *, issuing: bool) -> ShownCertificate:
    return ShownCertificate(
        subject=read.subject[:TEXT],  # escaped where it was read
        issuer=read.issuer[:TEXT],
        names=tuple(name[:TEXT] for name in read.dns_names[:NAMES]),
        not_before=_datable(read.not_before),
        not_after=_datable(read.not_after),
        key=f"{read.key} {read.bits}" if read.bits else read.key,
        sha256=read.sha256,
        issuing=issuing,
        servers=(server,),
    )


def _datable(when: datetime | None) -> datetime | None:
    """A year that the contract can write: hostile certificates are from the year 1."""
    return when if when is not None and when.year >= FIRST_YEAR else None


def _known(facts: Mapping[type, Fact[Any]], wanted: type[T]) -> T | None:
    fact = facts.get(wanted)
    return fact.value if isinstance(fact, Known) else None
