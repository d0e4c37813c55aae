"""What the answers to offers of TLS come to: old versions, bad suites, key exchange, and the other certificate.

The facts are split by what a run may leave out: a run at depth `standard` asks two things, one at `full` all of them.
"""

from __future__ import annotations

from datetime import datetime

from audit.model.evidence import Settings
from audit.model.fact import Fact, Known, Unknown
from audit.model.hello import Offer, TlsFlight
from audit.model.probe import Reply
from audit.model.subject import Server
from audit.model.value import dataclass
from audit.protocol.circumstances import Circumstances
from audit.protocol.inquiry import Steps, inquiry
from audit.protocol.tls_offers import (
    BY_FAMILY,
    DOWNWARD,
    SSL3,
    TLS10,
    TLS11,
    TLS13,
    TlsOffers,
    other_key,
    said_to_rset,
    tls_offers,
)
from audit.protocol.vantage import Vantage
from audit.syntax import chain, x509
from audit.syntax.tls.codes import POST_QUANTUM
from audit.syntax.tls.suites import Family, families, forward_secret

OLD = (TLS11, TLS10)
NONE_SHOWN = Unknown("cert.none_shown")
WITH_BAD_SUITES = (*DOWNWARD, Offer.WEAK, *BY_FAMILY.values())
WITH_PRIMES = (*WITH_BAD_SUITES, Offer.ANONYMOUS, Offer.DHE, Offer.TLS12)


@dataclass(frozen=True, slots=True)
class OldTls:
    """The versions 1.0 and 1.1 that a server was seen to take, and why there may be more; None where it has no TLS."""

    taken: tuple[str, ...] | None
    hole: Unknown | None = None

    @staticmethod
    def of(offers: TlsOffers) -> OldTls:
        if offers.best is None:
            return OldTls(None)
        seen = {offers.best, *(f.version for f in offers.flights(*DOWNWARD))}
        return OldTls(tuple(v for v in OLD if v in seen), offers.gap(*DOWNWARD))


@dataclass(frozen=True, slots=True)
class Ssl3:
    """Whether a server takes SSLv3; None where it has no TLS."""

    taken: Fact[bool] | None

    @staticmethod
    def of(offers: TlsOffers) -> Ssl3:
        """Not where the server refuses all that is as old or older than something newer."""
        if offers.best is None:
            return Ssl3(None)
        asked = [a for a in offers.answers if a.hello.offer in DOWNWARD]
        if any(f.version == SSL3 for f in offers.flights(*DOWNWARD)) or offers.best == SSL3:
            return Ssl3(Known(True))
        if hole := offers.gap(*DOWNWARD):
            return Ssl3(hole)
        refused = bool(asked) and asked[-1].taken == Known(None)
        return Ssl3(Known(False) if refused else Unknown("tls.not_offered"))


@dataclass(frozen=True, slots=True)
class BadSuites:
    """The bad suites that a server was seen to take, by registered name, and why there may be more; None where it has
    no TLS. `anonymous` are those without a certificate."""

    taken: tuple[str, ...] | None
    hole: Unknown | None = None
    anonymous: tuple[str, ...] = ()

    @staticmethod
    def of(offers: TlsOffers) -> BadSuites:
        if offers.best is None:
            return BadSuites(None)
        names = dict.fromkeys(f.cipher or "" for f in offers.flights(*WITH_BAD_SUITES, Offer.ANONYMOUS))
        return BadSuites(
            tuple(n for n in names if set(families(n)) - {Family.ANONYMOUS}),
            offers.gap(*WITH_BAD_SUITES, Offer.ANONYMOUS),
            tuple(n for n in names if families(n) == (Family.ANONYMOUS,)),
        )

    @property
    def families(self) -> tuple[Family, ...]:
        found = {family for name in self.taken or () for family in families(name)}
        return tuple(family for family in Family if family in found)


@dataclass(frozen=True, slots=True)
class StaticKeys:
    """A suite without forward secrecy that a server takes; empty where it takes none, None where it has no TLS."""

    suite: Fact[str] | None

    @staticmethod
    def of(offers: TlsOffers) -> StaticKeys:
        if offers.shown is None:
            return StaticKeys(None)
        if offers.shown.cipher and not forward_secret(offers.shown.cipher):
            return StaticKeys(Known(offers.shown.cipher))
        taken = offers.taken(Offer.STATIC)
        if isinstance(taken, Unknown):
            return StaticKeys(taken)
        return StaticKeys(Known((taken.value.cipher or "") if taken.value else ""))


@dataclass(frozen=True, slots=True)
class DiffieHellman:
    """The sizes of primes, in bits, that a server was seen to use, and why there may be more; None where it has no
    TLS."""

    bits: tuple[int, ...] | None
    hole: Unknown | None = None

    @staticmethod
    def of(offers: TlsOffers) -> DiffieHellman:
        if offers.best is None:
            return DiffieHellman(None)
        sizes = {f.dh_bits for f in offers.flights(*WITH_PRIMES) if f.dh_bits is not None}
        return DiffieHellman(tuple(sorted(sizes)), offers.gap(*WITH_PRIMES))


@dataclass(frozen=True, slots=True)
class OlderHabits:
    """The answer to an offer of TLS 1.2 or older, which shows compression and renegotiation; None where it is refused,
    as by a server that knows TLS 1.3 alone, or where there is no TLS."""

    flight: Fact[TlsFlight | None]

    @staticmethod
    def of(offers: TlsOffers) -> OlderHabits:
        return OlderHabits(Known(None) if offers.best is None else offers.taken(Offer.TLS12))


@dataclass(frozen=True, slots=True)
class PostQuantum:
    """Whether a server of TLS 1.3 agrees upon keys with X25519MLKEM768; None of any other."""

    known: Fact[bool] | None

    @staticmethod
    def of(offers: TlsOffers) -> PostQuantum:
        if offers.shown is None or offers.best != TLS13:
            return PostQuantum(None)
        if offers.shown.group == POST_QUANTUM:
            return PostQuantum(Known(True))
        taken = offers.taken(Offer.POST_QUANTUM)
        return PostQuantum(taken if isinstance(taken, Unknown) else Known(taken.value is not None))


@dataclass(frozen=True, slots=True)
class OtherCertificate:
    """What the certificate with the other kind of key is worth, that a server shows to senders which ask for it; None
    where it has no other."""

    verdict: Fact[chain.ChainVerdict | None]
    leaf: x509.Certificate | None = None

    @staticmethod
    def of(offers: TlsOffers, host: str, at: datetime, store: chain.TrustStore) -> OtherCertificate:
        if offers.shown is not None and not offers.shown.chain:
            return OtherCertificate(NONE_SHOWN)
        wanted = other_key(offers.shown) if offers.shown else None
        taken = offers.taken(wanted) if wanted else Known(None)
        if isinstance(taken, Unknown):
            return OtherCertificate(taken)
        if taken.value is None or _same(taken.value, offers):
            return OtherCertificate(Known(None))
        if not taken.value.chain:
            return OtherCertificate(NONE_SHOWN)
        verdict = chain.judge(taken.value.chain, host, at, store)
        return OtherCertificate(Known(verdict), x509.parse(taken.value.chain[0]))


@dataclass(frozen=True, slots=True)
class ClearCommands:
    """What a server says to a command in clear that needs no TLS; None where it has no TLS."""

    reply: Fact[Reply] | None

    @staticmethod
    def of(offers: TlsOffers) -> ClearCommands:
        return ClearCommands(None if offers.best is None else said_to_rset(offers))


@inquiry
def old_tls(server: Server, settings: Settings, vantage: Vantage) -> Steps[OldTls]:
    """See whether a server takes TLS 1.0 or 1.1."""
    return OldTls.of((yield from tls_offers(server, settings, vantage)))


@inquiry
def ssl3(server: Server, settings: Settings, vantage: Vantage) -> Steps[Ssl3]:
    """See whether a server takes SSLv3."""
    return Ssl3.of((yield from tls_offers(server, settings, vantage)))


@inquiry
def bad_suites(server: Server, settings: Settings, vantage: Vantage) -> Steps[BadSuites]:
    """See which of the bad suites a server takes."""
    return BadSuites.of((yield from tls_offers(server, settings, vantage)))


@inquiry
def static_keys(server: Server, settings: Settings, vantage: Vantage) -> Steps[StaticKeys]:
    """See whether a server agrees upon keys by its certificate's own key."""
    return StaticKeys.of((yield from tls_offers(server, settings, vantage)))


@inquiry
def diffie_hellman(server: Server, settings: Settings, vantage: Vantage) -> Steps[DiffieHellman]:
    """See how large the primes are with which a server agrees upon keys."""
    return DiffieHellman.of((yield from tls_offers(server, settings, vantage)))


@inquiry
def older_habits(server: Server, settings: Settings, vantage: Vantage) -> Steps[OlderHabits]:
    """See how a server speaks TLS 1.2, or what is older."""
    return OlderHabits.of((yield from tls_offers(server, settings, vantage)))


@inquiry
def post_quantum(server: Server, settings: Settings, vantage: Vantage) -> Steps[PostQuantum]:
    """See whether a server agrees upon keys that quantum computers cannot find out."""
    return PostQuantum.of((yield from tls_offers(server, settings, vantage)))


@inquiry
def other_certificate(
    server: Server, settings: Settings, vantage: Vantage, circumstances: Circumstances, store: chain.TrustStore
) -> Steps[OtherCertificate]:
    """Look at the certificate that a server shows to others: senders that ask for RSA, or for ECDSA, alone."""
    offers = yield from tls_offers(server, settings, vantage)
    return OtherCertificate.of(offers, server.host, circumstances.observed_at, store)


def _same(flight: TlsFlight, offers: TlsOffers) -> bool:
    return offers.shown is not None and flight.chain[:1] == offers.shown.chain[:1] != ()


@inquiry
def clear_commands(server: Server, settings: Settings, vantage: Vantage) -> Steps[ClearCommands]:
    """See whether a server takes commands in clear."""
    return ClearCommands.of((yield from tls_offers(server, settings, vantage)))
