"""The rules on TLS put to one server, apart from any domain and run.

Facts and rules are those of an audit (RFC 9325, RFC 8996), so that both say the same of a server. What asks senders to
insist on TLS there belongs to a domain and is not known here: a severity that depends on it is the least.
"""

from __future__ import annotations

from datetime import datetime

from audit.model.evidence import TlsDepth
from audit.model.fact import Known, Unknown
from audit.model.report import Finding
from audit.model.subject import Server
from audit.model.value import dataclass
from audit.protocol.circumstances import Moment
from audit.protocol.drive import FaultHook
from audit.protocol.smtp import Handshake
from audit.protocol.survey import BEYOND
from audit.protocol.tls_context import TlsContext
from audit.protocol.tls_offers import TlsOffers
from audit.protocol.tls_terms import (
    BadSuites,
    ClearCommands,
    DiffieHellman,
    OlderHabits,
    OldTls,
    OtherCertificate,
    PostQuantum,
    Ssl3,
    StaticKeys,
)
from audit.rules.certificate.form import cert_other_key
from audit.rules.rule import Rule
from audit.rules.server import judged
from audit.rules.tls.starttls import tls_required_25
from audit.rules.tls.suites import tls_cipher_bad, tls_cipher_nofs, tls_compression, tls_dh_bits, tls_pq, tls_reneg
from audit.rules.tls.versions import tls_ver_10_11, tls_ver_no12, tls_ver_no13, tls_ver_ssl
from audit.syntax.chain import TrustStore

NO_DOMAIN = Unknown("not_selected")
RULES: tuple[Rule, ...] = (
    tls_ver_no12,
    tls_ver_no13,
    tls_ver_10_11,
    tls_ver_ssl,
    tls_cipher_bad,
    tls_cipher_nofs,
    tls_dh_bits,
    tls_compression,
    tls_reneg,
    tls_pq,
    cert_other_key,
    tls_required_25,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerTls:
    """What offers to a server showed, and what the rules say of it, as far as the depth reaches. `clear` is None where
    no command was said in clear."""

    depth: TlsDepth
    offers: TlsOffers
    bad: BadSuites
    static: StaticKeys
    primes: DiffieHellman
    habits: OlderHabits
    quantum: PostQuantum
    other: OtherCertificate
    clear: ClearCommands | None
    findings: tuple[Finding, ...]

    @property
    def connections(self) -> int:
        """How many offers were made, those that were made twice counted twice."""
        return sum(1 + answer.hello.repeat for answer in self.offers.answers)


def server_tls(
    server: Server,
    offers: TlsOffers,
    depth: TlsDepth,
    *,
    at: datetime,
    store: TrustStore,
    clear: bool = False,
    fault: FaultHook | None = None,
) -> ServerTls:
    """Judge what a server said to offers; with `clear`, also what it said to a command in clear."""
    bad, static, primes = BadSuites.of(offers), StaticKeys.of(offers), DiffieHellman.of(offers)
    habits, quantum = OlderHabits.of(offers), PostQuantum.of(offers)
    other = OtherCertificate.of(offers, server.host, at, store)
    said = ClearCommands.of(offers) if clear else None
    known = (
        Handshake(offers.shown is not None, offers.shown, None),
        TlsContext(NO_DOMAIN, NO_DOMAIN),
        Moment(at),
        OldTls.of(offers),
        Ssl3.of(offers),
        *(bad, static, primes, habits, quantum, other),
        *((said,) if said else ()),
    )
    facts = {type(fact): Known(fact) for fact in known if type(fact) not in BEYOND[depth]}
    return ServerTls(
        depth=depth,
        offers=offers,
        bad=bad,
        static=static,
        primes=primes,
        habits=habits,
        quantum=quantum,
        other=other,
        clear=said,
        findings=judged(RULES, server, facts, fault),
    )
