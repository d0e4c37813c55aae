"""TLS-RPT (RFC 8460): where senders report on the TLS sessions that they had with a domain's mail hosts, or had not.

The record stands at `_smtp._tls` below the domain. Texts that do not begin with the version are discarded; if not
exactly one is left, senders take it that there is none (section 3). Reports matter most where a domain asks senders to
insist on TLS, which MTA-STS announces at `_mta-sts` (RFC 8461 section 3.1).
"""

from __future__ import annotations

from audit.model.fact import Fact, Known, Unknown
from audit.model.probe import Question
from audit.model.subject import Domain
from audit.model.value import dataclass
from audit.protocol.alias import Alias, alias_at
from audit.protocol.inquiry import Steps, attempt, inquiry, lookup, settle, texts
from audit.protocol.mta_sts.record import BELOW as STS_BELOW
from audit.protocol.report_mailbox import receives
from audit.syntax import tls_rpt as syntax
from audit.syntax import txt
from audit.syntax.mta_sts import is_record

BELOW = "_smtp._tls"
MAX_MAILBOXES = 5
BUDGET = Unknown("budget")


@dataclass(frozen=True, slots=True)
class TlsRptFound:
    """What stands at `_smtp._tls`: `found` are the texts that count, `meant` those that miss the version narrowly."""

    found: tuple[str, ...]
    meant: tuple[str, ...]
    aliases: tuple[str, ...] = ()

    @property
    def alias(self) -> str:
        """Where the texts really stand, when `_smtp._tls` is an alias; else empty."""
        return self.aliases[-1] if self.aliases else ""

    @property
    def record(self) -> syntax.TlsRptRecord | None:
        """More than one record counts as none."""
        return syntax.parse(self.found[0]) if len(self.found) == 1 else None


@dataclass(frozen=True, slots=True)
class TlsReportReach:
    """Each mailbox that the record names, and whether its domain takes mail; only the first few are looked at."""

    mailboxes: tuple[tuple[str, Fact[bool]], ...]


@dataclass(frozen=True, slots=True)
class TlsInsisted:
    """Whether the domain asks senders to insist on TLS when they bring its mail."""

    announced: Fact[bool]


@dataclass(frozen=True, slots=True)
class TlsRptAlias:
    """Where `_smtp._tls` leads, when it is an alias."""

    alias: Alias | None


@inquiry
def tls_rpt_found(domain: Domain) -> Steps[TlsRptFound]:
    """Read what stands at `_smtp._tls`. Aliases in a circle lead to nothing."""
    got = yield from lookup(_question(domain))
    found = tuple(txt.joined(r) for r in got.records)
    return TlsRptFound(tuple(filter(syntax.is_tls_rpt, found)), tuple(filter(syntax.is_meant, found)), got.aliases)


@inquiry
def tls_rpt_alias(domain: Domain) -> Steps[TlsRptAlias]:
    """See whether `_smtp._tls` is an alias, and whether anybody may take its target."""
    return TlsRptAlias((yield from alias_at(_question(domain), domain.name)))


@inquiry
def tls_report_reach(domain: Domain) -> Steps[TlsReportReach]:
    """See whether the mailboxes that the record names can receive anything."""
    record = (yield from tls_rpt_found(domain)).record
    named = record.mailboxes if record else ()
    asked = yield from attempt(receives(uri) for uri in named[:MAX_MAILBOXES])
    reached: list[Fact[bool]] = [f.value if isinstance(f, Known) else f for f in asked]
    reached += [BUDGET] * (len(named) - len(reached))
    return TlsReportReach(tuple(zip(named, reached, strict=True)))


@inquiry
def tls_insisted(domain: Domain) -> Steps[TlsInsisted]:
    """See whether an MTA-STS policy is announced."""
    found = yield from settle(texts(f"{STS_BELOW}.{domain.name}"))
    if not isinstance(found, Known):
        return TlsInsisted(found)
    return TlsInsisted(Known(any(map(is_record, found.value))))


def _question(domain: Domain) -> Question:
    return Question(name=f"{BELOW}.{domain.name}", rdtype="TXT")
