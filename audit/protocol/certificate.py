"""The certificate chain that a mail server shows (RFC 5280), judged by what was sent alone (RFC 8461 section 4.2)."""

from __future__ import annotations

from audit.model.evidence import Settings
from audit.model.fact import Fact, Known, Unestablished, Unknown
from audit.model.probe import SmtpVisit
from audit.model.subject import Host, Server
from audit.model.value import dataclass
from audit.protocol.circumstances import Circumstances
from audit.protocol.inquiry import Steps, attempt, inquiry
from audit.protocol.mx.hosts import host_addresses, servers
from audit.protocol.smtp import handshake
from audit.protocol.vantage import Vantage
from audit.syntax import chain, x509


@dataclass(frozen=True, slots=True)
class Shown:
    """What a server showed in its handshake; nothing when there was none."""

    chain: tuple[bytes, ...]
    leaf: x509.Certificate | None


@inquiry
def shown(server: Server, settings: Settings, vantage: Vantage) -> Steps[Shown]:
    """Read the certificates that a server sends."""
    ended = yield from handshake(server, settings, vantage)
    if ended.shown is None:
        return Shown((), None)
    if not ended.shown.chain:
        visit = SmtpVisit(host=server.host, address=server.address, port=settings.smtp_port)
        raise Unestablished(Unknown("cert.none_shown", (visit,)))
    return Shown(ended.shown.chain, x509.parse(ended.shown.chain[0]))


@dataclass(frozen=True, slots=True)
class JudgedChain:
    """What the chain is worth, with the store's roots, at the time of observation; None when none was shown."""

    verdict: chain.ChainVerdict | None

    @property
    def parsed(self) -> Fact[bool]:
        """Whether dates and issuer can be told: not from octets that are no certificate."""
        return self._without("unparsable")

    @property
    def readable(self) -> Fact[bool]:
        """Whether names and trust can be told, too: not from a certificate whose extensions are broken."""
        return self._without("unparsable", "extensions-unreadable")

    def _without(self, *codes: str) -> Fact[bool]:
        broken = self.verdict is not None and not set(codes).isdisjoint(self.verdict.codes)
        return Unknown("cert.unreadable") if broken else Known(True)


@inquiry
def judged_chain(
    server: Server, settings: Settings, vantage: Vantage, circumstances: Circumstances, store: chain.TrustStore
) -> Steps[JudgedChain]:
    """Follow the chain as sent to a root that is trusted."""
    seen = yield from shown(server, settings, vantage)
    if not seen.chain:
        return JudgedChain(None)
    return JudgedChain(chain.judge(seen.chain, server.host, circumstances.observed_at, store))


@dataclass(frozen=True, slots=True)
class HostCertificates:
    """The keys that a host shows at its addresses, each by a digest of its first certificate's key, and why there may
    be others; `shown` counts the addresses at which one was seen."""

    keys: tuple[str, ...]
    shown: int
    hole: Unknown | None


@inquiry
def host_certificates(host: Host, settings: Settings, vantage: Vantage) -> Steps[HostCertificates]:
    """Compare the certificates that the addresses of one host show."""
    below = servers(host, (yield from host_addresses(host)))
    facts = yield from attempt(shown(s, settings, vantage) for s in below.known)
    seen = [f.value.leaf for f in facts if isinstance(f, Known) and f.value.leaf is not None]
    hole = next((f for f in facts if isinstance(f, Unknown)), below.hole)
    keys = sorted({leaf.key_sha256 or leaf.sha256 for leaf in seen})
    return HostCertificates(tuple(keys), len(seen), hole)
