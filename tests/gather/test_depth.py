"""Which servers are spared offers of TLS after a dialogue, and that the offers keep their distance."""

from __future__ import annotations

import asyncio
import time

import pytest

from audit.gather.depth import Spared, in_clear, offers_to, spared
from audit.model.dialogue import Dialogue, Ending, Part, Step
from audit.model.evidence import TlsDepth
from audit.model.fact import Known
from audit.model.hello import Offer
from audit.model.probe import Reply, TlsShown
from audit.network.options import NetworkOptions, SmtpLimits
from tests.network.smtpfault import LOOPBACK
from tests.network.tls_answers import Answering, listening
from tests.syntax.tls import flights

OURS = "smtp.good.test"
P, E = Part, Ending
SHOWN = TlsShown(version="TLSv1.3", cipher="TLS_AES_256_GCM_SHA384", bits=256, group="x25519", chain=())


def step(part: Part, ending: Ending = E.OK, code: int | None = None) -> Step:
    return Step(part=part, ending=ending, reply=None if code is None else Reply(code=code, lines=("no",)))


def dialogue(*steps: Step, host: str = OURS, port: int = 587, implicit: bool = False) -> Dialogue:
    return Dialogue(host=host, address=LOOPBACK, port=port, implicit_tls=implicit, steps=steps, tls=SHOWN)


@pytest.mark.parametrize(
    ("held", "why"),
    [
        (dialogue(step(P.BANNER), step(P.EHLO), step(P.EHLO_TLS), step(P.QUIT)), None),
        (dialogue(step(P.BANNER), step(P.CERTIFICATE, E.UNTRUSTED), step(P.EHLO_TLS)), None),
        (dialogue(step(P.EHLO_TLS), step(P.AUTH, E.REJECTED, 535)), None),
        (dialogue(step(P.EHLO_TLS), step(P.RCPT, E.REJECTED, 554)), None),
        (dialogue(step(P.TLS)), None),  # it was to end there
        (dialogue(step(P.EHLO, E.REJECTED, 502), step(P.HELO)), None),
        (dialogue(step(P.TLS), step(P.BANNER, E.REJECTED, 554)), Spared.TURNED_AWAY),
        (dialogue(step(P.TLS), step(P.BANNER, E.CLOSED)), Spared.TURNED_AWAY),
        (dialogue(step(P.BANNER), step(P.EHLO, E.DEFERRED, 450)), Spared.TURNED_AWAY),
        (dialogue(step(P.EHLO, E.REJECTED, 502), step(P.HELO, E.REJECTED, 502)), Spared.TURNED_AWAY),
        (dialogue(step(P.EHLO_TLS, E.DEFERRED, 450)), Spared.TURNED_AWAY),
        (dialogue(step(P.EHLO_TLS), step(P.AUTH, E.DEFERRED, 421)), Spared.TURNED_AWAY),
        (dialogue(step(P.EHLO_TLS), host="smtp.gmail.com"), Spared.SHARED),
        (dialogue(step(P.EHLO_TLS), host="contoso-com.mail.protection.outlook.com", port=25), Spared.SHARED),
    ],
)
def test_who_is_spared(held: Dialogue, why: Spared | None) -> None:
    assert spared(held) is why


@pytest.mark.parametrize(
    ("port", "implicit", "said"), [(25, False, True), (25, True, False), (587, False, False), (465, True, False)]
)
def test_a_command_in_clear_is_said_only_where_servers_deliver(port: int, implicit: bool, said: bool) -> None:
    assert in_clear(dialogue(port=port, implicit=implicit)) is said


GAP = 0.2


def test_offers_come_one_after_another_with_a_pause_before_each() -> None:
    server = Answering({Offer.WEAK: flights.flight(0x0303, 0x0005)})

    async def run() -> list[float]:
        async with listening(server) as port:
            options = NetworkOptions(
                nameservers=((LOOPBACK, 9),),
                connect_to={(LOOPBACK, 25): (LOOPBACK, port)},
                allow_net=("127.0.0.0/8",),
                limits=SmtpLimits(session=5),
            )
            began = time.monotonic()
            held = dialogue(step(P.EHLO_TLS), port=25)
            faults: list[BaseException] = []
            found = await offers_to(held, SHOWN, TlsDepth.STANDARD, GAP, options, fault=faults.append)
            assert isinstance(found, Known), faults
            assert found.value.taken(Offer.TLS11) == Known(None)
            assert [f.cipher for f in found.value.flights(Offer.WEAK)] == ["TLS_RSA_WITH_RC4_128_SHA"]
            return [at - began for at in server.times]

    times = asyncio.run(run())
    assert server.offers == [Offer.TLS11, Offer.WEAK]
    assert times[0] >= GAP
    assert times[1] - times[0] >= GAP
    assert not server.together


def test_time_is_over_at_last() -> None:
    """A server that swallows each offer costs as long as one dialogue; what was not asked by then is not known."""
    server = Answering({}, silent=True)

    async def run() -> tuple[float, str]:
        async with listening(server) as port:
            options = NetworkOptions(
                nameservers=((LOOPBACK, 9),),
                connect_to={(LOOPBACK, 25): (LOOPBACK, port)},
                allow_net=("127.0.0.0/8",),
                limits=SmtpLimits(session=1, tls=0.6),
            )
            began = time.monotonic()
            held = dialogue(step(P.EHLO_TLS), port=25)
            found = await offers_to(held, SHOWN, TlsDepth.FULL, 0, options, fault=lambda _: None)
            assert isinstance(found, Known)
            assert found.value.hole is not None
            return time.monotonic() - began, found.value.hole.reason

    took, reason = asyncio.run(run())
    assert (reason, took < 6) == ("budget", True)
