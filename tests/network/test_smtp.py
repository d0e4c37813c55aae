"""SMTP sessions with servers that fail in every way we know of: stage and outcome must say what happened, and how."""

from __future__ import annotations

import asyncio
import errno
import socket
import time
import tracemalloc
from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from audit.model.probe import Depth, Outcome, SmtpSession, SmtpVisit, StageName
from audit.network import smtp
from audit.network.options import Endpoint, SmtpLimits
from audit.network.smtp import Session, hold
from tests.network.smtpfault import FAULTS, LOOPBACK, Mail, mail_servers, tls_context

LIMITS = SmtpLimits(connect=5, banner=3, ehlo=3, tls=3, quit=1, session=8, gap_between_visits=0)
FORBIDDEN = ("MAIL", "RCPT", "DATA", "VRFY", "EXPN", "AUTH", "NOOP", "BDAT", "ETRN")

S, O = StageName, Outcome
WITHOUT_TLS = (S.CONNECT, S.BANNER, S.EHLO)
WHOLE = (*WITHOUT_TLS, S.STARTTLS, S.TLS, S.EHLO_TLS)


@dataclass(frozen=True)
class Expected:
    """The stage that ended it, how, and whether QUIT was said after it (and how that ended)."""

    stage: StageName
    outcome: Outcome
    quit: Outcome | None = Outcome.OK


EXPECTED = {
    "good": Expected(S.EHLO_TLS, O.OK),
    "silent": Expected(S.BANNER, O.TIMEOUT, None),
    "slow_banner": Expected(S.STARTTLS, O.NOT_OFFERED),
    "drip": Expected(S.BANNER, O.TIMEOUT, None),
    "drip_ehlo": Expected(S.EHLO, O.TIMEOUT, O.NOT_SMTP),
    "tarpit": Expected(S.BANNER, O.TIMEOUT, None),
    "flood": Expected(S.BANNER, O.TOO_LONG, None),
    "binary": Expected(S.BANNER, O.NOT_SMTP, None),
    "http_banner": Expected(S.BANNER, O.NOT_SMTP, None),
    "ssh_banner": Expected(S.BANNER, O.NOT_SMTP, None),
    "html_banner": Expected(S.STARTTLS, O.NOT_OFFERED),
    "greet554": Expected(S.BANNER, O.REJECTED),
    "greet421": Expected(S.BANNER, O.DEFERRED, O.CLOSED),
    "greet450": Expected(S.BANNER, O.DEFERRED),
    "close_at_once": Expected(S.BANNER, O.CLOSED, None),
    "reset": Expected(S.BANNER, O.RESET, None),
    "ehlo421": Expected(S.EHLO, O.DEFERRED, O.CLOSED),
    "ehlo_closes": Expected(S.EHLO, O.CLOSED, None),
    "ehlo_resets": Expected(S.EHLO, O.RESET, None),
    "ehlo502": Expected(S.STARTTLS, O.NOT_OFFERED),
    "ehlo_helo_rejected": Expected(S.HELO, O.REJECTED),
    "ehlo_huge": Expected(S.EHLO, O.TOO_LONG, None),
    "ehlo_silent": Expected(S.EHLO, O.TIMEOUT),
    "tls_refused": Expected(S.STARTTLS, O.DEFERRED),
    "tls_rejected": Expected(S.STARTTLS, O.REJECTED),
    "tls_close": Expected(S.TLS, O.CLOSED, None),
    "tls_reset": Expected(S.TLS, O.RESET, None),
    "tls_garbage": Expected(S.TLS, O.NOT_TLS, None),
    "tls_hang": Expected(S.TLS, O.TIMEOUT, None),
    "tls_drip": Expected(S.TLS, O.TIMEOUT, None),
    "tls_flood": Expected(S.TLS, O.TLS_FAILED, None),
    "tls_alert": Expected(S.TLS, O.TLS_FAILED, None),
    "tls_old": Expected(S.EHLO_TLS, O.OK),
    "tls_long_chain": Expected(S.EHLO_TLS, O.OK),
    "tls_inject": Expected(S.EHLO_TLS, O.OK),
    "tls_inject_late": Expected(S.TLS, O.NOT_TLS, None),
    "ehlo_tls_closes": Expected(S.EHLO_TLS, O.CLOSED, None),
    "starttls_stripped": Expected(S.STARTTLS, O.NOT_OFFERED),
    "greylist": Expected(S.EHLO_TLS, O.OK),
    "bare_lf": Expected(S.STARTTLS, O.NOT_OFFERED),
    "code_mismatch": Expected(S.STARTTLS, O.NOT_OFFERED),
    "mute_quit": Expected(S.STARTTLS, O.NOT_OFFERED, O.TIMEOUT),
    "chatty": Expected(S.STARTTLS, O.NOT_OFFERED),
}


@dataclass(frozen=True)
class Held:
    session: SmtpSession
    trace: tuple[str, ...]
    said: tuple[str, ...]  # as the server heard it
    seconds: float


async def hold_one(mail: Mail, name: str, limits: SmtpLimits = LIMITS, depth: Depth = Depth.SESSION) -> Held:
    trace: list[str] = []
    visit = SmtpVisit(host="mx.good.test", address="192.0.2.25", depth=depth)
    began = time.monotonic()
    session = await hold(visit, (LOOPBACK, mail.ports[name]), "auditor.test", limits, trace.append)
    seconds = time.monotonic() - began
    await asyncio.sleep(0.05)  # let the server hear the end
    return Held(session, tuple(trace), tuple(mail.said[name]), seconds)


def hold_all(names: Sequence[str], limits: SmtpLimits = LIMITS) -> dict[str, Held]:
    async def run() -> dict[str, Held]:
        async with mail_servers(*names) as mail:
            found = await asyncio.gather(*(hold_one(mail, name, limits) for name in names))
            return dict(zip(names, found, strict=True))

    return asyncio.run(run())


@pytest.fixture(scope="module")
def held() -> dict[str, Held]:
    return hold_all(tuple(EXPECTED))


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        (errno.ECONNREFUSED, O.REFUSED),
        (errno.ECONNRESET, O.RESET),
        (errno.ENOTCONN, O.RESET),  # it was reset before anything could be asked of the socket
        (errno.EHOSTUNREACH, O.UNREACHABLE),
        (errno.ENETUNREACH, O.UNREACHABLE),
        (errno.ETIMEDOUT, O.TIMEOUT),
    ],
)
def test_why_there_is_no_connection(monkeypatch: pytest.MonkeyPatch, code: int, outcome: Outcome) -> None:
    async def connect(_: Endpoint) -> socket.socket:
        raise OSError(code, "no")

    monkeypatch.setattr(smtp, "connect", connect)
    visit = SmtpVisit(host="mx.good.test", address="192.0.2.25")
    session = asyncio.run(hold(visit, (LOOPBACK, 25), "auditor.test", LIMITS, lambda _: None))
    assert [(s.stage, s.outcome) for s in session.stages] == [(S.CONNECT, outcome)]


def test_implicit_tls_comes_before_the_greeting() -> None:
    async def run() -> Held:
        async with mail_servers("implicit") as mail:
            trace: list[str] = []
            visit = SmtpVisit(host="mx.good.test", address="192.0.2.25", port=465, implicit_tls=True)
            session = await hold(visit, (LOOPBACK, mail.ports["implicit"]), "auditor.test", LIMITS, trace.append)
            await asyncio.sleep(0.05)
            return Held(session, tuple(trace), tuple(mail.said["implicit"]), 0.0)

    held = asyncio.run(run())
    assert [(s.stage, s.outcome) for s in held.session.stages] == [
        (S.CONNECT, O.OK),
        (S.TLS, O.OK),
        (S.BANNER, O.OK),
        (S.EHLO, O.OK),
        (S.QUIT, O.OK),
    ]
    assert held.session.tls is not None
    assert held.session.tls.chain
    assert held.said == ("EHLO auditor.test", "QUIT")


@pytest.mark.parametrize("pause", [0.0, 0.1])
def test_a_plain_greeting_on_an_implicit_port_is_not_tls(pause: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether it comes before we begin, or after."""
    at_once = Session._secure

    async def later(session: Session) -> bool:
        await asyncio.sleep(pause)
        return await at_once(session)

    monkeypatch.setattr(Session, "_secure", later)

    async def run() -> SmtpSession:
        async with mail_servers("bare_lf") as mail:
            visit = SmtpVisit(host="mx.good.test", address="192.0.2.25", port=465, implicit_tls=True)
            return await hold(visit, (LOOPBACK, mail.ports["bare_lf"]), "auditor.test", LIMITS, lambda _: None)

    session = asyncio.run(run())
    assert [(s.stage, s.outcome) for s in session.stages] == [(S.CONNECT, O.OK), (S.TLS, O.NOT_TLS)]
    assert (session.stages[-1].detail, session.injected) == ("220 x\\x0a", None)


def test_each_fault_has_its_expectation() -> None:
    assert set(EXPECTED) == set(FAULTS) - {"implicit"}


@pytest.mark.parametrize("fault", EXPECTED)
def test_stage_and_outcome_say_what_happened(held: dict[str, Held], fault: str) -> None:
    stages = held[fault].session.stages
    farewell = stages[-1] if stages[-1].stage is S.QUIT else None
    last = stages[-2] if farewell else stages[-1]
    found = Expected(last.stage, last.outcome, farewell.outcome if farewell else None)
    assert found == EXPECTED[fault]


@pytest.mark.parametrize("fault", EXPECTED)
def test_the_stages_are_in_order_and_end_at_the_first_that_failed(held: dict[str, Held], fault: str) -> None:
    order = list(StageName)
    stages = [s for s in held[fault].session.stages if s.stage is not S.QUIT]
    assert [s.stage for s in stages] == sorted({s.stage for s in stages}, key=order.index)
    refused_ehlo = [s for s in stages[:-1] if s.outcome is not O.OK]
    assert [s.stage for s in refused_ehlo] == ([S.EHLO] if fault in {"ehlo502", "ehlo_helo_rejected"} else [])


@pytest.mark.parametrize("fault", EXPECTED)
def test_a_session_is_polite(held: dict[str, Held], fault: str) -> None:
    one = held[fault]
    verbs = [event.split(" ")[4] for event in one.trace if " send " in event]
    assert not set(verbs) & set(FORBIDDEN)
    assert one.trace[0].endswith(" connect")
    assert one.trace[-1].endswith(" close")
    assert verbs.count("QUIT") <= 1
    assert verbs[-1:] in ([], ["QUIT"]) or EXPECTED[fault].outcome in {O.CLOSED, O.RESET, O.TOO_LONG} | TLS_BROKEN
    if one.session.at(S.BANNER) and one.session.stages[1].reply is None:
        assert verbs == []  # nothing is said before the greeting is whole


TLS_BROKEN = {O.NOT_TLS, O.TLS_FAILED, O.TIMEOUT, O.DEFERRED}


@pytest.mark.parametrize("fault", [name for name, e in EXPECTED.items() if e.quit is O.OK])
def test_the_server_hears_quit_last(held: dict[str, Held], fault: str) -> None:
    assert held[fault].said[-1] == "QUIT"


def test_the_whole_session(held: dict[str, Held]) -> None:
    one = held["good"]
    assert one.said == ("EHLO auditor.test", "STARTTLS", "EHLO auditor.test", "QUIT")
    assert [s.stage for s in one.session.stages] == [*WHOLE, S.QUIT]
    assert one.session.tls is not None
    assert one.session.tls.version == "TLSv1.3"
    assert one.session.tls.group is not None
    assert [der[:1] for der in one.session.tls.chain] == [b"\x30"]
    assert all(stage.elapsed_ms is not None for stage in one.session.stages)


def test_an_old_version_is_learned_all_the_same(held: dict[str, Held]) -> None:
    shown = held["tls_old"].session.tls
    assert shown is not None
    assert shown.version == "TLSv1"
    assert len(shown.chain) == 1


def test_of_a_long_chain_the_first_certificates_are_kept(held: dict[str, Held]) -> None:
    session = held["tls_long_chain"].session
    assert session.tls is not None
    assert len(session.tls.chain) == 10
    tls = session.at(S.TLS)
    assert tls is not None
    assert tls.detail == "15 certificates sent, 10 kept"


def test_after_a_refused_ehlo_comes_helo(held: dict[str, Held]) -> None:
    assert held["ehlo502"].said == ("EHLO auditor.test", "HELO auditor.test", "QUIT")


def test_nothing_is_said_into_the_teaser(held: dict[str, Held]) -> None:
    assert held["slow_banner"].said == ("EHLO auditor.test", "QUIT")


def test_injected_text_is_noticed_and_never_a_reply(held: dict[str, Held]) -> None:
    session = held["tls_inject"].session
    assert session.injected is not None
    assert "INJECTED" in session.injected
    after = session.at(S.EHLO_TLS)
    assert after is not None
    assert after.reply is not None
    assert after.reply.lines == ("real-after-tls",)


def test_a_surplus_reply_is_not_the_next_one(held: dict[str, Held]) -> None:
    ehlo = held["chatty"].session.at(S.EHLO)
    assert ehlo is not None
    assert ehlo.outcome is O.OK


@pytest.mark.parametrize(
    ("fault", "shown"),
    [
        ("http_banner", "HTTP/1.1 400 Bad Request"),
        ("ssh_banner", "SSH-2.0-OpenSSH_9.2"),
        ("tls_garbage", "this is not TLS"),
        ("tls_inject_late", "250-evil.test"),
        ("tls_alert", "handshake failure"),
    ],
)
def test_what_came_instead_is_shown(held: dict[str, Held], fault: str, shown: str) -> None:
    detail = held[fault].session.stages[-1].detail
    assert detail is not None
    assert shown in detail
    assert len(detail) <= 200


@pytest.mark.parametrize("fault", EXPECTED)
def test_nothing_raw_is_kept(held: dict[str, Held], fault: str) -> None:
    for stage in held[fault].session.stages:
        for text in (stage.detail or "", *(stage.reply.lines if stage.reply else ())):
            assert text.removesuffix("…").isascii()
            assert text.isprintable()


@pytest.mark.parametrize("fault", EXPECTED)
def test_deadlines_are_totals(held: dict[str, Held], fault: str) -> None:
    assert held[fault].seconds < LIMITS.session + LIMITS.quit + 1
    stages = held[fault].session.stages
    assert all(s.elapsed_ms is not None and s.elapsed_ms < 6000 for s in stages if s.outcome is O.TIMEOUT)


def test_the_session_has_a_deadline_of_its_own() -> None:
    limits = SmtpLimits(connect=5, banner=5, ehlo=5, tls=5, quit=0.2, session=0.4, gap_between_visits=0)
    (one,) = hold_all(["drip"], limits).values()
    assert one.session.stages[-1].outcome is O.TIMEOUT
    assert one.seconds < 4.5


def test_a_flood_does_not_fill_the_memory() -> None:
    tls_context()
    tracemalloc.start()
    try:
        floods = hold_all(["flood", "tls_flood"])  # 256 MiB each, if one would take them
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert [one.session.stages[-1].outcome for one in floods.values()] == [O.TOO_LONG, O.TLS_FAILED]
    assert peak < 16 * 1024 * 1024


def test_connect_alone_says_nothing() -> None:
    async def run() -> Held:
        async with mail_servers("good") as mail:
            return await hold_one(mail, "good", depth=Depth.CONNECT)

    one = asyncio.run(run())
    assert [(s.stage, s.outcome) for s in one.session.stages] == [(S.CONNECT, O.OK)]
    assert [event.split(" ")[3] for event in one.trace] == ["connect", "close"]
    assert one.said == ()


def test_a_closed_port_is_refused() -> None:
    async def run() -> SmtpSession:
        async with mail_servers("good") as mail:
            port = mail.ports["good"]
        visit = SmtpVisit(host="mx.good.test", address="192.0.2.25")
        return await hold(visit, (LOOPBACK, port), "auditor.test", LIMITS, lambda _: None)

    assert [(s.stage, s.outcome) for s in asyncio.run(run()).stages] == [(S.CONNECT, O.REFUSED)]


def test_no_route_is_unreachable() -> None:
    async def run() -> SmtpSession:
        visit = SmtpVisit(host="mx.good.test", address="192.0.2.25")
        return await hold(visit, ("fe80::1", 25), "auditor.test", LIMITS, lambda _: None)  # no scope: it leads nowhere

    assert [(s.stage, s.outcome) for s in asyncio.run(run()).stages] == [(S.CONNECT, O.UNREACHABLE)]


def test_a_cancelled_session_still_says_quit() -> None:
    async def run() -> Sequence[str]:
        async with mail_servers("ehlo_silent") as mail:
            task = asyncio.create_task(hold_one(mail, "ehlo_silent"))
            while not mail.said["ehlo_silent"]:
                await asyncio.sleep(0.01)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            for _ in range(100):  # the server may be slow to hear the end
                if len(mail.said["ehlo_silent"]) < 2:
                    await asyncio.sleep(0.05)
            return mail.said["ehlo_silent"]

    assert asyncio.run(run()) == ["EHLO auditor.test", "QUIT"]
