"""Offers of TLS by hand, to servers that take them, refuse them, or do something else altogether."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import pytest

from audit.model.hello import Offer, TlsFlight, TlsHello
from audit.model.probe import Outcome, StageName
from audit.network.hello import offer as make_offer
from audit.network.options import SmtpLimits
from tests.network.smtpfault import BANNER, FAULTS, LOOPBACK, OFFER, Line, mail_servers
from tests.syntax.tls import flights

LIMITS = SmtpLimits(connect=5, banner=3, ehlo=3, tls=1, quit=1, session=8, gap_between_visits=0)
S, O = StageName, Outcome
STAGES = [S.CONNECT, S.BANNER, S.EHLO, S.STARTTLS, S.TLS]


@dataclass(frozen=True)
class Made:
    flight: TlsFlight
    said: tuple[str, ...]
    trace: tuple[str, ...]
    heard: bytes  # all that came after STARTTLS


def make(
    answer: bytes | str,
    offer: Offer = Offer.TLS12,
    *,
    rset: bytes | None = None,
    implicit: bool = False,
    limits: SmtpLimits = LIMITS,
) -> Made:
    """Make an offer to a server that answers with octets, or has a fault by that name."""
    heard: list[bytes] = []
    server = _answering(answer, heard, rset, implicit=implicit) if isinstance(answer, bytes) else FAULTS[answer]

    async def run() -> Made:
        trace: list[str] = []
        async with mail_servers("planned") as mail:
            hello = TlsHello(
                host="mx.good.test", address="192.0.2.25", offer=offer, rset=rset is not None, implicit_tls=implicit
            )
            endpoint = (LOOPBACK, mail.ports["planned"])
            flight = await make_offer(hello, endpoint, "auditor.test", limits, trace.append)
            await asyncio.sleep(0.05)
            return Made(flight, tuple(mail.said["planned"]), tuple(trace), b"".join(heard))

    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(FAULTS, "planned", server)
        return asyncio.run(run())


def _answering(
    answer: bytes, heard: list[bytes], rset: bytes | None, *, implicit: bool
) -> Callable[[Line], Awaitable[None]]:
    async def serve(line: Line) -> None:
        if not implicit:
            await line.send(BANNER)
            await line.answer(OFFER, *([rset] if rset else []), b"220 go ahead\r\n")
        heard.append(await line.reader.read(4096))
        if answer:
            await line.send(answer)
        while data := await line.reader.read(4096):
            heard.append(data)

    return serve


def ended(flight: TlsFlight) -> tuple[StageName, Outcome, str | None]:
    last = flight.stages[-1]
    return last.stage, last.outcome, last.detail


def test_a_flight_that_is_whole_is_consent() -> None:
    made = make(flights.flight(0x0303, 0x009F, flights.dhe(1024, scheme=0x0401), chain=(b"leaf", b"ca")))
    assert [(s.stage, s.outcome) for s in made.flight.stages] == [(stage, O.OK) for stage in STAGES]
    assert made.flight == TlsFlight(
        stages=made.flight.stages,
        version="TLSv1.2",
        cipher="TLS_DHE_RSA_WITH_AES_256_GCM_SHA384",
        dh_bits=1024,
        signature="rsa_pkcs1_sha256",
        chain=(b"leaf", b"ca"),
    )
    assert made.said == ("EHLO auditor.test", "STARTTLS")


def test_a_retry_request_names_the_group() -> None:
    made = make(flights.retry(0x11EC), Offer.POST_QUANTUM)
    assert (made.flight.version, made.flight.group) == ("TLSv1.3", "X25519MLKEM768")
    assert ended(made.flight) == (S.TLS, O.OK, None)


@pytest.mark.parametrize(
    ("octets", "record"),
    [
        (flights.flight(0x0301, 0x002F), b"\x15\x03\x01"),
        (flights.retry(0x001D), b"\x15\x03\x03"),
        (flights.alert(40), b"\x15\x03\x01"),
    ],
)
def test_we_leave_with_an_alert_of_the_version_agreed_upon(octets: bytes, record: bytes) -> None:
    assert make(octets).heard.endswith(record + b"\x00\x02\x01\x5a")


@pytest.mark.parametrize(
    ("octets", "expected"),
    [
        (flights.alert(40), (S.TLS, O.TLS_FAILED, "alert handshake_failure")),
        (b"250-evil.test\r\n", (S.TLS, O.NOT_TLS, "250-evil.test\\x0d\\x0a")),
        (flights.record(b"\x02\x00\x00\x01\x03"), (S.TLS, O.TLS_FAILED, "malformed")),
        (flights.record(flights.HELLO_DONE), (S.TLS, O.TLS_FAILED, "malformed")),
        (flights.record(flights.server_hello(0x0303, 5) + b"\x0b\xff\xff\xff"), (S.TLS, O.TOO_LONG, None)),
        (b"", (S.TLS, O.TIMEOUT, None)),
    ],
    ids=["refused", "plain text", "cut", "no hello", "too long", "silent"],
)
def test_how_it_ends(octets: bytes, expected: tuple[StageName, Outcome, str | None]) -> None:
    assert ended(make(octets).flight) == expected


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ("silent", (S.BANNER, O.TIMEOUT)),
        ("greet421", (S.BANNER, O.DEFERRED)),
        ("greet554", (S.BANNER, O.REJECTED)),
        ("ehlo_helo_rejected", (S.HELO, O.REJECTED)),
        ("ehlo502", (S.STARTTLS, O.NOT_OFFERED)),
        ("starttls_stripped", (S.STARTTLS, O.NOT_OFFERED)),
        ("tls_refused", (S.STARTTLS, O.DEFERRED)),
        ("tls_rejected", (S.STARTTLS, O.REJECTED)),
        ("tls_close", (S.TLS, O.CLOSED)),
        ("tls_reset", (S.TLS, O.RESET)),
        ("tls_garbage", (S.TLS, O.NOT_TLS)),
        ("tls_hang", (S.TLS, O.TIMEOUT)),
        ("tls_drip", (S.TLS, O.TIMEOUT)),
        ("tls_flood", (S.TLS, O.TOO_LONG)),
        ("tls_inject_late", (S.TLS, O.NOT_TLS)),
    ],
)
def test_faults(fault: str, expected: tuple[StageName, Outcome]) -> None:
    made = make(fault)
    stages = [s for s in made.flight.stages if s.stage is not S.QUIT]
    assert (stages[-1].stage, stages[-1].outcome) == expected
    assert made.flight.chain == ()
    verbs = [event.split(" ")[4] for event in made.trace if " send " in event]
    assert set(verbs) <= {"EHLO", "HELO", "STARTTLS", "QUIT"}


@pytest.mark.parametrize(("offer", "version"), [(Offer.TLS12, "TLSv1.2"), (Offer.TLS13, "TLSv1.3")])
def test_a_library_understands_the_offer(offer: Offer, version: str) -> None:
    made = make("good", offer)
    assert ended(made.flight) == (S.TLS, O.OK, None)
    assert made.flight.version == version


@pytest.mark.parametrize("offer", [Offer.SSL3, Offer.RC4, Offer.EXPORT, Offer.NULL, Offer.ANONYMOUS, Offer.TRIPLE_DES])
def test_what_a_library_refuses_is_not_taken(offer: Offer) -> None:
    """asyncio closes before its alert has left, which leaves open whose doing it is."""
    stage, outcome, _ = ended(make("good", offer).flight)
    assert stage is S.TLS
    assert outcome in {O.TLS_FAILED, O.CLOSED, O.RESET}


def test_an_old_server_is_seen_to_be_old() -> None:
    made = make("tls_old", Offer.TLS11)
    assert (made.flight.version, ended(made.flight)) == ("TLSv1.0", (S.TLS, O.OK, None))
    assert len(made.flight.chain) == 1


@pytest.mark.parametrize("reply", [b"250 2.0.0 Ok\r\n", b"530 5.7.0 Must issue a STARTTLS command first\r\n"])
def test_rset_is_said_in_clear_and_may_be_refused(reply: bytes) -> None:
    made = make(flights.alert(40), rset=reply)
    assert made.said == ("EHLO auditor.test", "RSET", "STARTTLS")
    stage = made.flight.at(S.RSET)
    assert stage is not None
    assert stage.reply is not None
    assert stage.reply.code == int(reply[:3])
    assert made.flight.stages[-1].stage is S.TLS


def test_with_421_to_rset_it_is_over() -> None:
    made = make(flights.alert(40), rset=b"421 4.7.0 go away\r\n")
    assert [s.stage for s in made.flight.stages if s.stage is not S.QUIT][-1] is S.RSET


def test_implicit_tls_begins_at_once() -> None:
    made = make(flights.flight(0x0303, 0x009C), implicit=True)
    assert [s.stage for s in made.flight.stages] == [S.CONNECT, S.TLS]
    assert made.said == ()


def test_the_name_is_said() -> None:
    assert b"mx.good.test" in make(flights.alert(40)).heard
