"""A hand-made offer of TLS in a connection of its own: greeting, EHLO, STARTTLS, ClientHello, and the server's answer.

What the server says in clear is read, and the connection is left with the alert user_canceled: no key is ever computed,
and the operator's log shows a client that changed its mind. One offer, one connection; the pace is that of all visits.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable

from audit.model.hello import TlsFlight, TlsHello
from audit.model.probe import Outcome, Stage, StageName
from audit.network.options import Endpoint, SmtpLimits
from audit.network.pipe import Flooded
from audit.network.smtp import DETAIL, Heard, Session
from audit.network.tls import server_name
from audit.syntax.escape import octets
from audit.syntax.tls.client_hello import RANDOM_OCTETS, client_hello, farewell
from audit.syntax.tls.codes import group_name, scheme_name, version_name
from audit.syntax.tls.server_flight import End, FlightReader, ServerFlight
from audit.syntax.tls.suites import suite_name

_ENDS = {
    End.COMPLETE: Outcome.OK,
    End.ALERT: Outcome.TLS_FAILED,
    End.MALFORMED: Outcome.TLS_FAILED,
    End.NOT_TLS: Outcome.NOT_TLS,
    End.TOO_LONG: Outcome.TOO_LONG,
}
_GOES_ON = frozenset({Outcome.OK, Outcome.REJECTED})  # RSET in clear may be refused: that is what it is said for


async def offer(
    hello: TlsHello, endpoint: Endpoint, ehlo: str, limits: SmtpLimits, said: Callable[[str], None]
) -> TlsFlight:
    """Make an offer to an endpoint that may be dialled. `said` is told of connecting, of each command, of closing.

    Never raises on anything that the server does; when it is cancelled it still takes its leave.
    """
    session = _Offering(hello, ehlo, limits, said)
    try:
        if await session.connect(endpoint):
            await session.converse()
            await session.leave()
    finally:
        session.close()
    return session.flown()


class _Offering(Session):
    def __init__(self, hello: TlsHello, ehlo: str, limits: SmtpLimits, said: Callable[[str], None]) -> None:
        super().__init__(hello, ehlo, limits, said)
        self._hello = hello
        self._flight = ServerFlight()
        self._begun = False

    def flown(self) -> TlsFlight:
        flight = self._flight
        return TlsFlight(
            stages=tuple(self._stages),
            version=None if flight.version is None else version_name(flight.version),
            cipher=None if flight.suite is None else suite_name(flight.suite),
            group=None if flight.group is None else group_name(flight.group),
            dh_bits=flight.dh_bits,
            signature=None if flight.scheme is None else scheme_name(flight.scheme),
            compression=bool(flight.compression),
            renegotiation_info=flight.renegotiation_info,
            alert=flight.alert,
            chain=flight.chain,
        )

    async def converse(self) -> None:
        """The stages in order, until one is not `ok`; the last is that of the offer."""
        if self._hello.implicit_tls:
            await self._secure()
            return
        if not await self._ask(StageName.BANNER, None, self._limits.banner):
            return
        offered = await self._introduce()
        if offered is None:
            return
        if not offered:
            self._stages.append(Stage(stage=StageName.STARTTLS, outcome=Outcome.NOT_OFFERED))
            return
        if self._hello.rset:
            await self._ask(StageName.RSET, "RSET", self._limits.ehlo)
            if self._stages[-1].outcome not in _GOES_ON:
                return
        if await self._ask(StageName.STARTTLS, "STARTTLS", self._limits.ehlo):
            await self._secure()

    async def _secure(self) -> bool:
        began = self._loop.time()
        await asyncio.sleep(0)  # what came with the 220 was put there by somebody else, and is dropped
        self._replies.take()
        self._pipe.take()
        self._may_speak = False
        self._begun = True
        random = secrets.token_bytes(2 * RANDOM_OCTETS)
        self._pipe.send(client_hello(self._hello.offer, server_name(self._hello.host), random))
        return self._end(StageName.TLS, began, await self._read(self._until(self._limits.tls)))

    async def _read(self, until: float) -> Heard:
        reader = FlightReader()
        self._flight = reader.flight
        try:
            while reader.flight.end is None:
                data = await self._pipe.receive(until)
                if not data:
                    return Heard(outcome=Outcome.CLOSED)
                reader.feed(data)
        except TimeoutError:
            return Heard(outcome=Outcome.TIMEOUT)
        except Flooded:
            return Heard(outcome=Outcome.TOO_LONG)
        except OSError:
            return Heard(outcome=Outcome.RESET)
        return Heard(outcome=_ENDS[reader.flight.end], detail=_detail(reader.flight))

    def close(self) -> None:
        if self._begun and self._pipe.is_alive:
            self._pipe.send(farewell(self._flight.version))
        super().close()


def _detail(flight: ServerFlight) -> str | None:
    if flight.end is End.ALERT:
        return f"alert {flight.alert}"
    if flight.end is End.NOT_TLS:
        return octets(flight.snippet, DETAIL)
    return "malformed" if flight.end is End.MALFORMED else None
