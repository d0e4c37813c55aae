"""A hand-made offer of TLS, and what a server says to it: a kind of probe.

A library of TLS offers what it can use, and old servers are told from new ones by what no library can use any more.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from audit.model.probe import Probe, Stage, StageName
from audit.model.value import dataclass


class Offer(StrEnum):
    """What a ClientHello offers. Of versions a server takes the newest that it knows and that is no newer than offered.

    From `weak` on the offers are of TLS 1.2 or older, and hold the named suites alone.
    """

    TLS13 = "tls1.3"  # with no key share, so that the server names its group
    TLS12 = "tls1.2"
    TLS11 = "tls1.1"
    TLS10 = "tls1.0"
    SSL3 = "ssl3"
    POST_QUANTUM = "post_quantum"  # TLS 1.3 with no group but X25519MLKEM768
    WEAK = "weak"  # every suite of the eight families that follow
    NULL = "null"
    EXPORT = "export"
    RC4 = "rc4"
    DES = "des"
    TRIPLE_DES = "3des"
    MD5 = "md5"
    IDEA = "idea"
    SEED = "seed"
    ANONYMOUS = "anonymous"  # without a certificate
    STATIC = "static"  # keys agreed upon by the certificate's own key: RSA, or Diffie-Hellman
    DHE = "dhe"
    RSA = "rsa"  # only suites for a certificate with an RSA key
    ECDSA = "ecdsa"


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsFlight:
    """What a server said in clear to an offer; `stages` end with `tls`, whose outcome is `ok` when it took the offer.

    Half of a flight is no consent: some servers show a certificate and then end with an alert. Names are those of the
    registries, `0x1A2B` where there is none; the chain is DER as sent, in order.
    """

    stages: tuple[Stage, ...]
    version: str | None = None
    cipher: str | None = None
    group: str | None = None
    dh_bits: int | None = None  # size of the prime where no group has a name
    signature: str | None = None  # the scheme by which the key exchange is signed, from TLS 1.2 on
    compression: bool = False
    renegotiation_info: bool = False  # RFC 5746
    alert: str | None = None
    chain: tuple[bytes, ...] = ()
    asked_at: datetime | None = None

    def at(self, name: StageName) -> Stage | None:
        return next((s for s in self.stages if s.stage is name), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsHello(Probe[TlsFlight]):
    """An offer of TLS to one address of one host, in a connection of its own. `host` is sent as SNI."""

    host: str
    address: str
    offer: Offer
    port: int = 25
    implicit_tls: bool = False
    rset: bool = False  # say RSET before STARTTLS, to see whether the server takes it in clear (RFC 3207 section 4)
    repeat: int = 0  # 1: the same once more, to confirm a failure

    @property
    def key(self) -> str:
        extras = (
            " +tls" if self.implicit_tls else "",
            " +rset" if self.rset else "",
            f" #{self.repeat}" if self.repeat else "",
        )
        return f"hello {self.offer} {self.host} {self.address} {self.port}{''.join(extras)}"
