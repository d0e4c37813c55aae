"""What a mail server's TLS agrees to with clients that are older, or weaker, than ours (RFC 9325, RFC 8996).

A handshake shows the best that both sides know. What else a server takes is seen only by offering nothing better, in a
connection of its own for each offer. So the offers are few, and each is made only when what was heard before leaves
something open: a server that refuses all that is older than TLS 1.2 is not asked for SSLv3. They come one after
another; once the server turns us away, no further one is made. An offer is refused by an alert alone: silence, a closed
connection or a 454 is tried once more, and is then no answer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from audit.model.evidence import Settings, TlsDepth
from audit.model.fact import Fact, Known, Unestablished, Unknown
from audit.model.hello import Offer, TlsFlight, TlsHello
from audit.model.probe import Outcome, Reply, Stage, StageName, TlsShown
from audit.model.subject import Server
from audit.model.value import dataclass
from audit.protocol.inquiry import Steps, ask, inquiry
from audit.protocol.smtp import OURS, TURNED_AWAY, UNREADABLE_TLS, handshake, visited
from audit.protocol.vantage import Vantage
from audit.syntax import x509
from audit.syntax.tls.codes import POST_QUANTUM
from audit.syntax.tls.suites import Family, families, forward_secret

TLS13, TLS12, TLS11, TLS10, SSL3 = "TLSv1.3", "TLSv1.2", "TLSv1.1", "TLSv1.0", "SSLv3"
BY_FAMILY: Mapping[Family, Offer] = {
    Family.NULL: Offer.NULL,
    Family.EXPORT: Offer.EXPORT,
    Family.RC4: Offer.RC4,
    Family.DES: Offer.DES,
    Family.TRIPLE_DES: Offer.TRIPLE_DES,
    Family.MD5: Offer.MD5,
    Family.IDEA: Offer.IDEA,
    Family.SEED: Offer.SEED,
}
DOWNWARD = (Offer.TLS11, Offer.TLS10, Offer.SSL3)
# The most that one server is asked, without what is tried once more: each version and each family but the first seen,
# and one offer each for no certificate, static keys, Diffie-Hellman, TLS 1.2, post-quantum groups, the other key.
MOST_OFFERS: Mapping[TlsDepth, int] = {TlsDepth.SESSION: 0, TlsDepth.STANDARD: 2, TlsDepth.FULL: 17}

# An alert that says something else than that the offer is not good enough.
NO_REFUSAL = frozenset({"unrecognized_name", "access_denied", "user_canceled", "close_notify"})
ONCE_MORE = frozenset({Outcome.CLOSED, Outcome.RESET, Outcome.TIMEOUT, Outcome.REFUSED, Outcome.UNREACHABLE})
BEFORE_TLS = frozenset({StageName.CONNECT, StageName.BANNER, StageName.EHLO, StageName.HELO, StageName.RSET})
SAMPLED = "smtp.sampled"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server said to an offer: `taken` is its flight where it took it, None where it refused."""

    hello: TlsHello
    flight: TlsFlight
    taken: Fact[TlsFlight | None]


@dataclass(frozen=True, slots=True)
class TlsOffers:
    """What became of the offers to a server; `shown`, of its session, is None where there is no TLS to be tried.

    `hole` is why no more was asked, where the server turned us away.
    """

    shown: TlsShown | None
    answers: tuple[Answer, ...] = ()
    hole: Unknown | None = None

    @property
    def best(self) -> str | None:
        """The newest version that the server knows, as its session showed."""
        return _version(self.shown) if self.shown else None

    def answer(self, offer: Offer) -> Answer | None:
        return next((a for a in self.answers if a.hello.offer is offer), None)

    def taken(self, offer: Offer) -> Fact[TlsFlight | None]:
        found = self.answer(offer)
        return found.taken if found else self.hole or Unknown("tls.not_offered")

    def flights(self, *offers: Offer) -> tuple[TlsFlight, ...]:
        """What the server took, of these offers."""
        facts = (a.taken for a in self.answers if a.hello.offer in offers)
        return tuple(f.value for f in facts if isinstance(f, Known) and f.value is not None)

    def gap(self, *offers: Offer) -> Unknown | None:
        """Why it is not known of all these offers, as far as they were to be made, whether the server takes them."""
        facts = (a.taken for a in self.answers if a.hello.offer in offers)
        return next((f for f in facts if isinstance(f, Unknown)), self.hole)


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How to come to a server: by STARTTLS, or with TLS from the start. With `rset` a command that needs no TLS is said
    in clear once, to see whether it is taken."""

    host: str
    address: str
    port: int
    implicit_tls: bool = False
    rset: bool = False


@inquiry
def tls_offers(server: Server, settings: Settings, vantage: Vantage) -> Steps[TlsOffers]:
    """Offer a server what its depth asks for."""
    ended = yield from handshake(server, settings, vantage)
    if ended.shown is None:
        return TlsOffers(None)
    visit, session = yield from visited(server, settings, vantage)
    if session.sampled is not None:
        raise Unestablished(Unknown(SAMPLED, (visit,)))
    way = Way(host=server.host, address=server.address, port=settings.smtp_port, rset=True)
    return (yield from offering(way, settings.tls_depth, ended.shown))


def offering(way: Way, depth: TlsDepth, shown: TlsShown) -> Steps[TlsOffers]:
    """Offer a server, one thing after another, what a depth asks for; `shown` is what a session with it showed."""
    heard: dict[Offer, Answer] = {}
    while (offer := _following(heard, depth, shown)) is not None:
        hello = TlsHello(
            host=way.host,
            address=way.address,
            port=way.port,
            offer=offer,
            implicit_tls=way.implicit_tls,
            rset=way.rset and offer is Offer.TLS12,
        )
        heard[offer] = yield from _made(hello)
        if _turned_away(heard[offer].flight):
            hole = heard[offer].taken
            return TlsOffers(shown, tuple(heard.values()), hole if isinstance(hole, Unknown) else None)
    return TlsOffers(shown, tuple(heard.values()))


def _following(heard: Mapping[Offer, Answer], depth: TlsDepth, shown: TlsShown) -> Offer | None:
    """The next offer to make, None when there is none."""
    return next((offer for offer in wanted(heard, depth, shown) if offer not in heard), None)


def wanted(heard: Mapping[Offer, Answer], depth: TlsDepth, shown: TlsShown) -> Iterator[Offer]:
    """The offers to make, in order, as far as what was heard so far says."""
    if depth is TlsDepth.SESSION:
        return
    yield from _downward(heard, shown, only_first=depth is TlsDepth.STANDARD)
    yield Offer.WEAK
    if depth is TlsDepth.STANDARD:
        return
    if weak := _flight(heard, Offer.WEAK):
        seen = families(weak.cipher or "")
        yield from (offer for family, offer in BY_FAMILY.items() if family not in seen)
    yield Offer.ANONYMOUS
    if forward_secret(shown.cipher or "?"):
        yield Offer.STATIC
    yield Offer.DHE
    yield Offer.TLS12
    if _version(shown) == TLS13 and shown.group != POST_QUANTUM:
        yield Offer.POST_QUANTUM
    if (other := other_key(shown)) is not None:
        yield other


def _downward(heard: Mapping[Offer, Answer], shown: TlsShown, *, only_first: bool) -> Iterator[Offer]:
    """From the newest version that the session leaves open down to the first that is refused."""
    below = {TLS11: (Offer.TLS10, Offer.SSL3), TLS10: (Offer.SSL3,), SSL3: ()}
    best = _version(shown)
    left = below.get(best, DOWNWARD)
    if only_first:
        yield from left[:1] if best not in below else ()
        return
    while left:
        yield left[0]
        flight = _flight(heard, left[0])
        if flight is None:
            return
        left = below.get(flight.version or "", ())


def other_key(shown: TlsShown) -> Offer | None:
    """The offer to which a server shows the certificate that it did not show us; None where that cannot be told."""
    if not shown.chain:
        return None
    return {"RSA": Offer.ECDSA, "EC": Offer.RSA}.get(x509.parse(shown.chain[0]).key)


def _flight(heard: Mapping[Offer, Answer], offer: Offer) -> TlsFlight | None:
    answer = heard.get(offer)
    return answer.taken.value if answer is not None and isinstance(answer.taken, Known) else None


def _made(hello: TlsHello) -> Steps[Answer]:
    """Make an offer, and once more where what came of it may be chance."""
    flight = yield from ask(hello)
    if _worth_a_second_try(flight):
        hello = replace(hello, repeat=1)
        flight = yield from ask(hello)
    return Answer(hello, flight, _taken(hello, flight))


def _last(flight: TlsFlight) -> Stage | None:
    """The stage that decided, which is not our leave-taking."""
    return next((s for s in reversed(flight.stages) if s.stage is not StageName.QUIT), None)


def _worth_a_second_try(flight: TlsFlight) -> bool:
    last = _last(flight)
    if last is None or _says_421(flight):
        return False
    if last.stage is StageName.STARTTLS:
        return last.outcome is not Outcome.NOT_OFFERED
    return last.stage in (StageName.TLS, StageName.CONNECT) and last.outcome in ONCE_MORE


def _taken(hello: TlsHello, flight: TlsFlight) -> Fact[TlsFlight | None]:
    last = _last(flight)
    if last is None:
        return Unknown("not_gathered", (hello,))
    if last.stage is StageName.TLS:
        if last.outcome is Outcome.OK:
            return Known(flight)
        refused = last.outcome is Outcome.TLS_FAILED and last.detail == f"alert {flight.alert}"
        if refused and flight.alert not in NO_REFUSAL:
            return Known(None)
    return Unknown(_reason(last), (hello,))


def _reason(last: Stage) -> str:
    if last.outcome in OURS:
        return OURS[last.outcome]
    if last.outcome is Outcome.OK:
        return "not_gathered"
    if last.stage is StageName.CONNECT:
        return f"smtp.connect_{last.outcome}"
    if last.stage in BEFORE_TLS:
        return TURNED_AWAY.get(last.outcome, f"smtp.{last.outcome}")
    if last.stage is StageName.STARTTLS:
        return "tls.temp_unavailable"
    return UNREADABLE_TLS.get(last.outcome, f"tls.{last.outcome}")


def _turned_away(flight: TlsFlight) -> bool:
    """Whether to leave the server alone: it did not let us come as far as STARTTLS."""
    last = _last(flight)
    if last is None or last.outcome in (Outcome.OK, Outcome.NOT_GATHERED):
        return False
    return last.stage in BEFORE_TLS or _says_421(flight)


def _says_421(flight: TlsFlight) -> bool:
    return any(s.reply is not None and s.reply.code == 421 for s in flight.stages)


def _version(shown: TlsShown) -> str:
    return TLS10 if shown.version == "TLSv1" else shown.version  # as OpenSSL calls it


def said_to_rset(offers: TlsOffers) -> Fact[Reply]:
    """The reply to RSET in clear, which is no matter of TLS (RFC 3207 section 4)."""
    answer = offers.answer(Offer.TLS12)
    if answer is None:
        return offers.hole or Unknown("tls.not_offered")
    stage = answer.flight.at(StageName.RSET)
    if stage is not None and stage.reply is not None:
        return Known(stage.reply)
    return answer.taken if isinstance(answer.taken, Unknown) else Unknown("not_gathered", (answer.hello,))
