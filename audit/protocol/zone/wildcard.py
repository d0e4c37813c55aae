"""Whether a domain answers for names that nobody made (RFC 4592): a wildcard, or a server that invents.

A name that nobody uses is asked for. Where it does not exist there is no wildcard of any type (RFC 8020); the label is
the same each time, so that evidence replays.
"""

from __future__ import annotations

from audit.model.fact import Fact, Known
from audit.model.probe import DnsStatus, Question
from audit.model.subject import Domain
from audit.model.value import dataclass
from audit.protocol.dkim.discovery import unlikely
from audit.protocol.inquiry import Steps, answer, attempt, inquiry
from audit.syntax import txt


@dataclass(frozen=True, slots=True)
class Wildcard:
    """What a name below the domain that nobody made has, by type; texts are joined from their strings."""

    texts: tuple[str, ...]
    mx: Fact[tuple[str, ...]]
    addresses: Fact[tuple[str, ...]]


@inquiry
def wildcard(domain: Domain) -> Steps[Wildcard]:
    """Ask for a name that nobody made."""
    name = f"{unlikely(domain.name)}.{domain.name}"
    got = yield from answer(Question(name=name, rdtype="TXT"))
    if got.status is DnsStatus.NXDOMAIN and not got.aliases:
        return Wildcard((), Known(()), Known(()))
    others = yield from attempt(answer(Question(name=name, rdtype=t)) for t in ("MX", "A"))
    mx, addresses = (Known(f.value.records) if isinstance(f, Known) else f for f in others)
    return Wildcard(tuple(txt.joined(r) for r in got.records), mx, addresses)
