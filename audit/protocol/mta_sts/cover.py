"""What an MTA-STS policy binds senders to, for each mail host (RFC 8461 sections 4 and 5).

A sender heeds a policy only when one record announces it and it could be fetched over TLS with a valid certificate.
Then it delivers to hosts that a pattern covers, and with `enforce` only over TLS with a certificate that is trusted and
names the host.
"""

from __future__ import annotations

from audit.model.evidence import Settings
from audit.model.fact import Fact, Known, Unestablished, Unknown, all_of, first_hole, need
from audit.model.subject import Domain, Server
from audit.model.value import dataclass
from audit.protocol.certificate import judged_chain
from audit.protocol.circumstances import Circumstances
from audit.protocol.fetching import unfit
from audit.protocol.inquiry import Steps, every, inquiry, settle
from audit.protocol.mta_sts.policy import NO_IPV6, sts_certificates, sts_policy
from audit.protocol.mta_sts.record import sts_record
from audit.protocol.mx.hosts import MAX_ADDRESSES, HostAddresses, host_table
from audit.protocol.smtp import handshake
from audit.protocol.vantage import Vantage
from audit.syntax.chain import TrustStore
from audit.syntax.mta_sts import Mode, StsPolicy

ENFORCED, TESTING, NOTHING = "enforced", "testing", "none"
LEVELS = {Mode.ENFORCE: ENFORCED, Mode.TESTING: TESTING}
NOT_ASKED = Unknown("not_selected")


@dataclass(frozen=True, slots=True)
class StsHeeded:
    """The policy that senders heed, None when there is none."""

    policy: Fact[StsPolicy | None]

    def level(self, host: str) -> Fact[str]:
        """What senders of MTA-STS insist on for a mail host: `enforced`, `testing`, or `none`."""
        if isinstance(self.policy, Unknown):
            return self.policy
        policy = self.policy.value
        if policy is None or policy.mode is None or not policy.covers(host):
            return Known(NOTHING)
        return Known(LEVELS.get(policy.mode, NOTHING))


@dataclass(frozen=True, slots=True)
class TlsProof:
    """What keeps a sender that is bound by a policy from delivering to a server; nothing where all is well."""

    failures: Fact[tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class StsReadiness:
    """Whether all mail would still arrive if the policy, as far as its patterns go, were enforced."""

    ready: Fact[bool]


@inquiry
def sts_heeded(
    domain: Domain, settings: Settings, vantage: Vantage, circumstances: Circumstances, store: TrustStore
) -> Steps[StsHeeded]:
    """See whether a policy binds senders."""
    return StsHeeded((yield from settle(_heeded(domain, settings, vantage, circumstances, store))))


@inquiry
def tls_proof(
    server: Server, settings: Settings, vantage: Vantage, circumstances: Circumstances, store: TrustStore
) -> Steps[TlsProof]:
    """Look at a server's session as a sender does that a policy binds."""
    return TlsProof((yield from settle(_failures(server, settings, vantage, circumstances, store))))


@inquiry
def sts_readiness(
    domain: Domain, settings: Settings, vantage: Vantage, circumstances: Circumstances, store: TrustStore
) -> Steps[StsReadiness]:
    """See whether each server of each mail host passes what an enforced policy asks of it."""
    return StsReadiness((yield from settle(_ready(domain, settings, vantage, circumstances, store))))


def _ready(
    domain: Domain, settings: Settings, vantage: Vantage, circumstances: Circumstances, store: TrustStore
) -> Steps[bool]:
    found = yield from sts_policy(domain, settings, vantage, circumstances)
    policy = found.policy
    if policy is None or policy.broken or policy.mode is not Mode.TESTING:
        return False
    if not settings.smtp:
        raise Unestablished(NOT_ASKED)
    table = yield from host_table(domain, settings)
    rows = [(host, need(row)) for host, row in table.rows]
    if not rows or not all(policy.covers(host) and row.known for host, row in rows):
        return False
    need(table.hole or Known(True))
    passes = yield from every(_passes(host, row, settings, vantage, circumstances, store) for host, row in rows)
    return all(passes)


def _passes(  # noqa: PLR0917 -- what a session is judged by
    host: str,
    addresses: HostAddresses,
    settings: Settings,
    vantage: Vantage,
    circumstances: Circumstances,
    store: TrustStore,
) -> Steps[bool]:
    """Whether all servers of a host pass; those at IPv6 count only where this machine can look at them."""
    found = [address for family in (addresses.ipv4, addresses.ipv6) for address in need(family)[:MAX_ADDRESSES]]
    works = [tls_proof(Server(host, each), settings, vantage, circumstances, store) for each in found]
    seen = [p.failures for p in (yield from every(works)) if p.failures != NO_IPV6]
    return need(all_of(Known(f.value == ()) if isinstance(f, Known) else f for f in seen or [NO_IPV6]))


def _failures(
    server: Server, settings: Settings, vantage: Vantage, circumstances: Circumstances, store: TrustStore
) -> Steps[tuple[str, ...]]:
    ended = yield from handshake(server, settings, vantage)
    if not ended.offered:
        return ("no STARTTLS",)
    if ended.shown is None:
        return (f"TLS fails: {ended.failure}",)
    judged = yield from judged_chain(server, settings, vantage, circumstances, store)
    need(all_of((judged.parsed, judged.readable)))
    if vantage.clock == Known(False):
        raise Unestablished(Unknown("vantage.clock"))
    return unfit(judged.verdict) if judged.verdict else ()


def _heeded(
    domain: Domain, settings: Settings, vantage: Vantage, circumstances: Circumstances, store: TrustStore
) -> Steps[StsPolicy | None]:
    """The policy that senders heed, None when there is none.

    Raises:
        Unestablished: that is not known.
    """
    if (yield from sts_record(domain, circumstances)).record is None:
        return None
    if not settings.https:
        raise Unestablished(NOT_ASKED)
    found = yield from sts_policy(domain, settings, vantage, circumstances)
    if found.policy is None or found.policy.broken:
        return None
    shown = yield from sts_certificates(domain, settings, vantage, circumstances, store)
    known = [verdict.value for _, verdict in shown.chains if isinstance(verdict, Known)]
    if vantage.clock == Known(False):
        raise Unestablished(Unknown("vantage.clock"))
    if any(verdict is not None and not unfit(verdict) for verdict in known):
        return found.policy
    hole = first_hole(*(verdict for _, verdict in shown.chains), shown.hole)
    if hole:
        raise Unestablished(hole)
    return None
