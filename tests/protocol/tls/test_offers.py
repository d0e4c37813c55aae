"""Offers of TLS: which are made, in which order, what they cost, and when they end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from audit.model.evidence import TlsDepth
from audit.model.fact import Known, Unknown
from audit.model.hello import Offer, TlsFlight, TlsHello
from audit.model.probe import Outcome, Probe, SmtpSession, StageName
from audit.model.subject import Run, Server
from audit.protocol.drive import replay
from audit.protocol.tls_offers import MOST_OFFERS, TlsOffers, Way, offering, tls_offers
from audit.protocol.vantage import RunMoment, vantage
from tests.rules import hellos, pki, sessions
from tests.rules.hellos import before, ends, refuses, takes
from tests.rules.pki import NOW
from tests.rules.world import SETTINGS, Case, World

HOST = "mx.story.example"
SERVER = Server(HOST, "192.0.2.1")
O, S, F = Outcome, StageName, TlsDepth.FULL
EC, RSA = pki.good(HOST), pki.of_rsa(HOST, 2048)
FAMILIES = (Offer.NULL, Offer.EXPORT, Offer.RC4, Offer.DES, Offer.TRIPLE_DES, Offer.MD5, Offer.IDEA, Offer.SEED)
LAST = (Offer.ANONYMOUS, Offer.STATIC, Offer.DHE, Offer.TLS12)


def session(version: str = "TLSv1.3", chain: pki.Chain = EC, group: str | None = "x25519", **rest: Any) -> SmtpSession:
    healthy = sessions.healthy(chain, version=version)
    assert healthy.tls is not None
    return replace(healthy, tls=replace(healthy.tls, group=group, **rest))


@dataclass
class Seen:
    offers: TlsOffers
    made: list[TlsHello] = field(default_factory=list)

    @property
    def order(self) -> tuple[Offer, ...]:
        return tuple(hello.offer for hello in self.made if not hello.repeat)


def offered(depth: TlsDepth, answers: Mapping[Any, TlsFlight] | None = None, met: SmtpSession | None = None) -> Seen:
    settings = replace(SETTINGS, tls_depth=depth)
    case = Case("", "", sessions={SERVER.address: met or session()}, hellos=answers or {})
    world = World(case)
    made: list[TlsHello] = []

    def seen(probe: Probe[Any]) -> Any:
        if isinstance(probe, TlsHello):
            made.append(probe)
        return world(probe)

    where, _ = replay(vantage(Run(), settings, RunMoment(NOW)), seen)
    assert isinstance(where, Known)
    found, _ = replay(tls_offers(SERVER, settings, where.value), seen)
    assert isinstance(found, Known), found
    return Seen(found.value, made)


TODAY = (Offer.TLS11, Offer.WEAK, *LAST, Offer.POST_QUANTUM, Offer.RSA)
TAKES_10 = takes("TLSv1.0", "TLS_RSA_WITH_AES_128_CBC_SHA")
TAKES_11 = takes("TLSv1.1", "TLS_RSA_WITH_AES_128_CBC_SHA")
TAKES_SSL = takes("SSLv3", "TLS_RSA_WITH_RC4_128_SHA")
TAKES_RC4 = takes("TLSv1.2", "TLS_RSA_WITH_RC4_128_SHA")
ORDERS: dict[str, tuple[TlsDepth, Mapping[Any, TlsFlight], SmtpSession, tuple[Offer, ...]]] = {
    "session": (TlsDepth.SESSION, {}, session(), ()),
    "standard": (TlsDepth.STANDARD, {}, session(), (Offer.TLS11, Offer.WEAK)),
    "standard, an old server": (TlsDepth.STANDARD, {Offer.TLS11: TAKES_10}, session(), (Offer.TLS11, Offer.WEAK)),
    "standard, nothing newer than 1.1": (TlsDepth.STANDARD, {}, session("TLSv1.1"), (Offer.WEAK,)),
    "full": (F, {}, session(), TODAY),
    "full, post-quantum seen": (
        F,
        {},
        session(group="X25519MLKEM768"),
        (Offer.TLS11, Offer.WEAK, *LAST, Offer.RSA),
    ),
    "full, no TLS 1.3, an RSA key": (F, {}, session("TLSv1.2", RSA), (Offer.TLS11, Offer.WEAK, *LAST, Offer.ECDSA)),
    "full, a static suite seen": (
        F,
        {},
        session("TLSv1.2", RSA, cipher="AES256-SHA"),
        (Offer.TLS11, Offer.WEAK, Offer.ANONYMOUS, Offer.DHE, Offer.TLS12, Offer.ECDSA),
    ),
    "full, 1.1 and no older": (F, {Offer.TLS11: TAKES_11}, session(), (Offer.TLS11, Offer.TLS10, *TODAY[1:])),
    "full, 1.0 and no older": (F, {Offer.TLS11: TAKES_10}, session(), (Offer.TLS11, Offer.SSL3, *TODAY[1:])),
    "full, SSLv3 below nothing": (F, {Offer.TLS11: TAKES_SSL}, session(), TODAY),
    "full, 1.0 is the best": (F, {}, session("TLSv1", RSA), (Offer.SSL3, Offer.WEAK, *LAST, Offer.ECDSA)),
    "full, RC4": (
        F,
        {Offer.WEAK: TAKES_RC4},
        session(),
        (Offer.TLS11, Offer.WEAK, *(f for f in FAMILIES if f is not Offer.RC4), *TODAY[2:]),
    ),
    "full, all there is": (
        F,
        {Offer.TLS11: TAKES_11, Offer.TLS10: TAKES_10, Offer.WEAK: TAKES_RC4},
        session(),
        (
            *(Offer.TLS11, Offer.TLS10, Offer.SSL3, Offer.WEAK),
            *(f for f in FAMILIES if f is not Offer.RC4),
            *TODAY[2:],
        ),
    ),
}


@pytest.mark.parametrize(("depth", "answers", "met", "order"), ORDERS.values(), ids=ORDERS)
def test_which_offers_are_made(
    depth: TlsDepth, answers: Mapping[Any, TlsFlight], met: SmtpSession, order: tuple[Offer, ...]
) -> None:
    seen = offered(depth, answers, met)
    assert seen.order == order
    assert len(seen.made) <= MOST_OFFERS[depth]


@pytest.mark.parametrize(
    ("depth", "today", "most"), [(TlsDepth.SESSION, 0, 0), (TlsDepth.STANDARD, 2, 2), (TlsDepth.FULL, 8, 17)]
)
def test_what_a_depth_costs_in_connections(depth: TlsDepth, today: int, most: int) -> None:
    """Beside the session: for a server of today, and for one that takes everything."""
    worst = max(len(offered(depth, answers, met).made) for d, answers, met, _ in ORDERS.values() if d is depth)
    assert len(offered(depth).made) == today
    assert worst == MOST_OFFERS[depth] == most


def test_only_one_connection_says_rset() -> None:
    assert [h.offer for h in offered(F).made if h.rset] == [Offer.TLS12]


def test_nothing_is_offered_where_there_is_no_tls() -> None:
    for met in (sessions.no_starttls(), sessions.tls_alert()):
        seen = offered(F, met=met)
        assert (seen.made, seen.offers.best) == ([], None)


REFUSED: Mapping[str, TlsFlight] = {
    alert: refuses(alert)
    for alert in ("handshake_failure", "protocol_version", "insufficient_security", "internal_error", "alert 200")
}
TAKEN = {"whole": TAKES_10}
ONCE_MORE = {
    "closed": (ends(O.CLOSED), "tls.io"),
    "reset": (ends(O.RESET), "tls.io"),
    "silent": (ends(O.TIMEOUT), "tls.io"),
    "454": (before(S.STARTTLS, O.DEFERRED, 454), "tls.temp_unavailable"),
    "refused": (before(S.STARTTLS, O.REJECTED, 502), "tls.temp_unavailable"),
}
NO_ANSWER = {
    "malformed": (ends(O.TLS_FAILED, "malformed"), "tls.tls_failed"),
    "another alert": (refuses("unrecognized_name"), "tls.tls_failed"),
    "plain text": (ends(O.NOT_TLS), "tls.not_tls"),
    "too long": (ends(O.TOO_LONG), "tls.too_long"),
    "no STARTTLS this time": (before(S.STARTTLS, O.NOT_OFFERED), "tls.temp_unavailable"),
    "not gathered": (before(S.CONNECT, O.NOT_GATHERED), "not_gathered"),
    "no stage": (TlsFlight(stages=()), "not_gathered"),
}
TURNED_AWAY = {
    "421 at the greeting": (before(S.BANNER, O.DEFERRED, 421), "smtp.tempfail"),
    "554 at the greeting": (before(S.BANNER, O.REJECTED, 554), "smtp.client_rejected"),
    "450 to EHLO": (before(S.EHLO, O.DEFERRED, 450), "smtp.tempfail"),
    "silent": (before(S.BANNER, O.TIMEOUT), "smtp.timeout"),
    "paused": (before(S.CONNECT, O.PAUSED), "smtp.paused"),
    "out of time": (before(S.CONNECT, O.BUDGET), "budget"),
    "421 to STARTTLS": (before(S.STARTTLS, O.DEFERRED, 421), "tls.temp_unavailable"),
}


@pytest.mark.parametrize("flight", REFUSED.values(), ids=REFUSED)
def test_an_alert_refuses(flight: TlsFlight) -> None:
    assert offered(F, {Offer.TLS11: flight}).offers.taken(Offer.TLS11) == Known(None)


def test_a_whole_flight_takes() -> None:
    assert offered(F, {Offer.TLS11: TAKES_10}).offers.taken(Offer.TLS11) == Known(TAKES_10)


@pytest.mark.parametrize(("flight", "reason"), ONCE_MORE.values(), ids=ONCE_MORE)
def test_what_may_be_chance_is_tried_once_more(flight: TlsFlight, reason: str) -> None:
    twice = offered(F, {Offer.TLS11: flight})
    assert [h.repeat for h in twice.made if h.offer is Offer.TLS11] == [0, 1]
    fact = twice.offers.taken(Offer.TLS11)
    assert isinstance(fact, Unknown)
    assert fact.reason == reason
    assert twice.order == TODAY  # the others are made all the same
    once = offered(F, {Offer.TLS11: refuses(), (Offer.TLS11, 0): flight})
    assert once.offers.taken(Offer.TLS11) == Known(None)


@pytest.mark.parametrize(("flight", "reason"), NO_ANSWER.values(), ids=NO_ANSWER)
def test_what_is_no_answer(flight: TlsFlight, reason: str) -> None:
    seen = offered(F, {Offer.TLS11: flight})
    fact = seen.offers.taken(Offer.TLS11)
    assert isinstance(fact, Unknown)
    assert fact.reason == reason
    assert seen.order == TODAY
    assert len(seen.made) == len(TODAY)


@pytest.mark.parametrize(("flight", "reason"), TURNED_AWAY.values(), ids=TURNED_AWAY)
def test_a_server_that_turns_us_away_is_left_alone(flight: TlsFlight, reason: str) -> None:
    seen = offered(F, {Offer.WEAK: flight})
    assert seen.order == (Offer.TLS11, Offer.WEAK)
    assert seen.offers.taken(Offer.TLS11) == Known(None)
    for offer in (Offer.WEAK, Offer.STATIC, Offer.TLS12):
        fact = seen.offers.taken(offer)
        assert isinstance(fact, Unknown)
        assert fact.reason == reason


def test_where_nobody_listens_any_more_it_is_tried_once_more_and_no_further() -> None:
    seen = offered(F, {Offer.TLS11: before(S.CONNECT, O.REFUSED)})
    assert [(h.offer, h.repeat) for h in seen.made] == [(Offer.TLS11, 0), (Offer.TLS11, 1)]
    fact = seen.offers.taken(Offer.DHE)
    assert isinstance(fact, Unknown)
    assert fact.reason == "smtp.connect_refused"


def test_a_server_that_was_seen_under_another_name_is_not_asked() -> None:
    settings = replace(SETTINGS, tls_depth=F)
    world = World(Case("", "", sessions={SERVER.address: replace(session(), sampled="mx.other.example")}))
    where, _ = replay(vantage(Run(), settings, RunMoment(NOW)), world)
    assert isinstance(where, Known)
    found, _ = replay(tls_offers(SERVER, settings, where.value), world)
    assert isinstance(found, Unknown)
    assert found.reason == "smtp.sampled"
    assert not [p for p in world.asked if isinstance(p, TlsHello)]


def test_the_answers_of_today_are_those_of_a_good_server() -> None:
    offers = offered(F).offers
    taken = [a.hello.offer for a in offers.answers if a.taken != Known(None)]
    assert taken == [Offer.TLS12, Offer.POST_QUANTUM]
    assert hellos.today(offers.answers[0].hello).alert == "handshake_failure"


def test_a_server_with_tls_from_the_start_is_asked_the_same() -> None:
    """And never a command in clear."""
    shown = session().tls
    assert shown is not None
    way = Way(host=HOST, address=SERVER.address, port=465, implicit_tls=True)
    world = World(Case("", ""))
    found, _ = replay(offering(way, F, shown), world)
    assert isinstance(found, Known)
    made = [probe for probe in world.asked if isinstance(probe, TlsHello)]
    assert tuple(hello.offer for hello in made) == TODAY
    assert {(hello.port, hello.implicit_tls, hello.rset) for hello in made} == {(465, True, False)}
