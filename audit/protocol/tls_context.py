"""What asks senders to insist on TLS with a mail server, and on which certificate (RFC 7435, RFC 7672, RFC 8461).

Most senders encrypt where they can and look at no certificate. An MTA-STS policy makes those that honour it look at its
name, its dates and its root. Signed TLSA records make those that validate DANE look: at the key alone (usage 3), or at
the path from an authority that the record names, with its dates and the name (usage 2). So one certificate may be just
right for one kind of sender and a fault for another; the gravest counts.

Where the resolver strips signatures, or stands below another root, no sender that it serves sees DANE. That is said of
the vantage, once; here it is as if there were no TLSA records.
"""

from __future__ import annotations

from collections.abc import Iterable

from audit.model.evidence import Settings
from audit.model.fact import Fact, Known, Unknown
from audit.model.subject import Domain, Host, Server
from audit.model.value import dataclass
from audit.protocol.circumstances import Circumstances
from audit.protocol.dane import dane_match, host_tlsa
from audit.protocol.dnssec.chain import ANCHOR, STRIPPED
from audit.protocol.inquiry import Steps, inquiry, settle
from audit.protocol.mta_sts.cover import NOTHING, sts_heeded
from audit.protocol.vantage import Vantage
from audit.syntax import dane
from audit.syntax.chain import TrustStore

DANE, DANE_TA, DANE_EE, PINNED = "dane", "dane_ta", "dane_ee", "pinned"
NO_DANE = frozenset({STRIPPED, ANCHOR})


@dataclass(frozen=True, slots=True)
class Pinned:
    """What signed TLSA records ask for: `dane_ee`, `dane_ta`, `dane` where none of them can be used and TLS alone is
    wanted, or `none`. `fits`: the certificate that was seen is one that they name."""

    kind: str
    fits: bool = False


@dataclass(frozen=True, slots=True)
class TlsContext:
    """What senders insist on at a server: `sts` is `enforced`, `testing` or `none`.

    The contexts that a ladder may name are these three; `dane`, where signed TLSA records make senders insist on TLS;
    `dane_ta`, where they name an authority and what the server shows does not lead to it as it should; `pinned`, where
    they name the server's own key, or what it shows does lead there.
    """

    sts: Fact[str]
    pinned: Fact[Pinned]

    def level(self, ladder: Iterable[str]) -> Fact[str]:
        """The first context of a ladder that holds, from the gravest on; `none` where none does."""
        for context in ladder:
            holds = self._holds(context)
            if isinstance(holds, Unknown):
                return holds
            if holds.value:
                return Known(context)
        return Known(NOTHING)

    @property
    def satisfied(self) -> Fact[bool]:
        """Whether all senders that look at the certificate find what TLSA records name, and look at nothing else."""
        content = self._holds(PINNED)
        if content != Known(True):
            return content
        return self.sts if isinstance(self.sts, Unknown) else Known(self.sts.value == NOTHING)

    def _holds(self, context: str) -> Fact[bool]:
        if context == NOTHING:
            return Known(True)
        if context not in (DANE, DANE_TA, PINNED):
            return self.sts if isinstance(self.sts, Unknown) else Known(self.sts.value == context)
        if isinstance(self.pinned, Unknown):
            return self.pinned
        found = self.pinned.value
        return Known(
            {
                DANE: found.kind != NOTHING,
                DANE_TA: found.kind == DANE_TA and not found.fits,
                PINNED: found.kind == DANE_EE or found.fits,
            }[context]
        )


@inquiry
def tls_context(  # noqa: PLR0917 -- what an inquiry takes is found by type
    domain: Domain,
    server: Server,
    settings: Settings,
    vantage: Vantage,
    circumstances: Circumstances,
    store: TrustStore,
) -> Steps[TlsContext]:
    """See what binds senders at a server."""
    heeded = yield from sts_heeded(domain, settings, vantage, circumstances, store)
    pinned = yield from settle(_pinned(domain, server, settings, vantage, circumstances, store))
    if isinstance(pinned, Unknown) and pinned.reason in NO_DANE:
        pinned = Known(Pinned(NOTHING))
    return TlsContext(heeded.level(server.host), pinned)


def _pinned(  # noqa: PLR0917 -- it hands on what the inquiry takes
    domain: Domain,
    server: Server,
    settings: Settings,
    vantage: Vantage,
    circumstances: Circumstances,
    store: TrustStore,
) -> Steps[Pinned]:
    found = yield from host_tlsa(domain, Host(server.host), settings, circumstances, vantage)
    if not found.signed:
        return Pinned(NOTHING)
    usages = {r.usage for r in found.usable}
    if not usages:
        return Pinned(DANE)
    either = Pinned(DANE_EE if dane.EE in usages else DANE_TA)
    match = yield from settle(dane_match(domain, server, settings, circumstances, vantage, store))
    if isinstance(match, Unknown) or not match.value.fittings:
        return either
    own = match.value.fittings[0].verdict  # the certificate that the other rules look at
    fitting = {fit.record.usage for fit in own.fits if fit.usable and fit.why is None}
    if not fitting:
        return either
    return Pinned(DANE_EE if dane.EE in fitting else DANE_TA, fits=True)
