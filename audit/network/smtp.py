"""A polite SMTP session (RFC 5321, STARTTLS of RFC 3207): greeting, EHLO, STARTTLS, TLS, EHLO, QUIT, and nothing else.

It waits for the whole greeting before it speaks, sends one command at a time, and takes its leave with QUIT whenever
the server still listens. It never names a sender, a recipient or a password. What went wrong at which stage is kept: a
server that defers or refuses us says nothing about what it does for others.
"""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Callable
from dataclasses import dataclass, replace

from audit.model.hello import TlsHello
from audit.model.probe import Depth, Outcome, Reply, SmtpSession, SmtpVisit, Stage, StageName, TlsShown
from audit.network.dial import NO_ROUTE, connect
from audit.network.options import Endpoint, SmtpLimits
from audit.network.pipe import Channel, Flooded, Pipe
from audit.network.tls import TlsChannel, TlsFailure, handshake
from audit.syntax.escape import octets
from audit.syntax.smtp import Replies, capabilities

DETAIL = 200
CUT_OFF = frozenset({errno.ECONNRESET, errno.ECONNABORTED, errno.ENOTCONN})  # the last: before we could look
_BROKEN = {"not_smtp": Outcome.NOT_SMTP, "too_long": Outcome.TOO_LONG}
_LEAVE_AFTER = frozenset(
    {Outcome.OK, Outcome.DEFERRED, Outcome.REJECTED, Outcome.NOT_OFFERED, Outcome.TIMEOUT, Outcome.NOT_SMTP}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """How a command, or waiting, ended."""

    outcome: Outcome
    reply: Reply | None = None
    detail: str | None = None


async def hold(
    visit: SmtpVisit, endpoint: Endpoint, ehlo: str, limits: SmtpLimits, said: Callable[[str], None]
) -> SmtpSession:
    """Hold a session with an endpoint that may be dialled. `said` is told of connecting, of each command, of closing.

    Never raises on anything that the server does; when it is cancelled it still says QUIT, where it may.
    """
    session = Session(visit, ehlo, limits, said)
    try:
        if await session.connect(endpoint) and visit.depth is Depth.SESSION:
            await session.converse()
            await session.leave()
    finally:
        session.close()
    return session.told()


class Session:
    """One dialogue, stage by stage."""

    def __init__(self, visit: SmtpVisit | TlsHello, ehlo: str, limits: SmtpLimits, said: Callable[[str], None]) -> None:
        self._visit, self._ehlo, self._limits, self._said = visit, ehlo, limits, said
        self._pipe = Pipe()
        self._channel: Channel = self._pipe
        self._replies = Replies()
        self._stages: list[Stage] = []
        self._tls: TlsShown | None = None
        self._injected: str | None = None
        self._may_speak = False  # from the end of the greeting, and not amid a handshake
        self._connected = False
        self._loop = asyncio.get_running_loop()
        self._deadline = self._loop.time() + limits.session

    def told(self) -> SmtpSession:
        return SmtpSession(stages=tuple(self._stages), tls=self._tls, injected=self._injected)

    async def connect(self, endpoint: Endpoint) -> bool:
        began = self._loop.time()
        self._tell("connect")
        try:
            async with asyncio.timeout_at(self._until(self._limits.connect)):
                sock = await connect(endpoint)
                await self._loop.create_connection(lambda: self._pipe, sock=sock)
        except OSError as error:  # TimeoutError is one
            return self._end(StageName.CONNECT, began, Heard(outcome=_unconnected(error)))
        self._connected = True
        return self._end(StageName.CONNECT, began, Heard(outcome=Outcome.OK))

    async def converse(self) -> None:
        """The stages in order, until one is not `ok`."""
        if self._visit.implicit_tls:
            if await self._secure() and await self._ask(StageName.BANNER, None, self._limits.banner):
                await self._introduce()
            return
        if not await self._ask(StageName.BANNER, None, self._limits.banner):
            return
        offered = await self._introduce()
        if offered is None:
            return
        if not offered:
            self._stages.append(Stage(stage=StageName.STARTTLS, outcome=Outcome.NOT_OFFERED))
            return
        if await self._ask(StageName.STARTTLS, "STARTTLS", self._limits.ehlo) and await self._secure():
            await self._ask(StageName.EHLO_TLS, f"EHLO {self._ehlo}", self._limits.ehlo)

    async def leave(self) -> None:
        """Say QUIT and wait a moment for the reply, so that the server's log shows a session that ended well."""
        last = self._stages[-1].outcome
        if not self._may_speak or last not in _LEAVE_AFTER:
            return
        began = self._loop.time()
        self._deadline = began + self._limits.quit
        if self._replies.broken:
            return  # close() says it; no reply could be read
        heard = await self._exchange("QUIT", self._deadline)
        if heard.outcome in {Outcome.RESET, Outcome.TLS_FAILED}:
            heard = Heard(
                outcome=Outcome.CLOSED
            )  # it is over either way, and which of them it is depends on the moment
        self._may_speak = False
        self._end(StageName.QUIT, began, heard)

    def close(self) -> None:
        if self._may_speak:
            self._say("QUIT")
        if isinstance(self._channel, TlsChannel) and self._pipe.is_alive:
            self._channel.say_goodbye()
        self._pipe.close()
        if self._connected:
            self._tell("close")

    # ---- stages -------------------------------------------------------------------------------------------------

    async def _introduce(self) -> bool | None:
        """Whether STARTTLS is offered; None when neither EHLO nor HELO was taken."""
        if await self._ask(StageName.EHLO, f"EHLO {self._ehlo}", self._limits.ehlo):
            reply = self._stages[-1].reply
            return reply is not None and capabilities(reply).has("STARTTLS")
        if self._stages[-1].outcome is not Outcome.REJECTED:
            return None
        helo = await self._ask(StageName.HELO, f"HELO {self._ehlo}", self._limits.ehlo)
        return False if helo else None

    async def _secure(self) -> bool:
        began = self._loop.time()
        await asyncio.sleep(0)  # let in what came with the 220
        surplus = self._replies.take() + self._pipe.take()
        if surplus and self._visit.implicit_tls:  # who speaks first speaks no TLS
            not_tls = Heard(outcome=Outcome.NOT_TLS, detail=octets(surplus[: 2 * DETAIL], DETAIL))
            return self._end(StageName.TLS, began, not_tls)
        if surplus:
            self._injected = octets(surplus[: 2 * DETAIL], DETAIL)
        spoke, self._may_speak = self._may_speak, False
        until = self._until(self._limits.tls)
        shaken = await handshake(self._pipe, self._visit.host, until, stapling=self._limits.stapling)
        self._tls = shaken.shown
        if shaken.channel is not None:
            self._channel = shaken.channel
            self._replies = Replies()
            self._may_speak = spoke  # with implicit TLS the greeting is still to come
        return self._end(StageName.TLS, began, Heard(outcome=shaken.outcome, detail=shaken.detail))

    async def _ask(self, stage: StageName, command: str | None, limit: float) -> bool:
        began = self._loop.time()
        heard = await self._exchange(command, self._until(limit))
        if stage is StageName.BANNER:
            self._may_speak = heard.reply is not None
        if stage is StageName.STARTTLS and heard.outcome is Outcome.OK and heard.reply and heard.reply.code != 220:
            heard = replace(heard, outcome=Outcome.NOT_SMTP)
        return self._end(stage, began, heard)

    def _end(self, stage: StageName, began: float, heard: Heard) -> bool:
        self._stages.append(
            Stage(
                stage=stage,
                outcome=heard.outcome,
                reply=heard.reply,
                detail=heard.detail,
                elapsed_ms=round((self._loop.time() - began) * 1000, 1),
            )
        )
        return heard.outcome is Outcome.OK

    # ---- commands and replies -----------------------------------------------------------------------------------

    async def _exchange(self, command: str | None, until: float) -> Heard:
        if command is not None:
            self._replies.take()  # what came unasked is not the reply to this
            if self._channel is self._pipe:
                self._pipe.take()
            self._say(command)
        try:
            return await self._reply(until)
        except TimeoutError:
            return Heard(outcome=Outcome.TIMEOUT, detail=self._rest())
        except Flooded:
            return Heard(outcome=Outcome.TOO_LONG)
        except TlsFailure as failure:
            return Heard(outcome=Outcome.TLS_FAILED, detail=str(failure))
        except OSError:
            return Heard(outcome=Outcome.RESET, detail=self._rest())

    async def _reply(self, until: float) -> Heard:
        while True:
            reply = self._replies.next()
            if reply is not None:
                return Heard(outcome=_verdict(reply), reply=reply)
            if self._replies.broken is not None:
                return Heard(outcome=_BROKEN[self._replies.broken], detail=self._replies.snippet)
            data = await self._channel.receive(until)
            if not data:
                return Heard(outcome=Outcome.CLOSED, detail=self._rest())
            self._replies.feed(data)

    def _rest(self) -> str | None:
        """The first line of what came and is no reply; how much more of it came depends on the moment."""
        first = self._replies.take()[: 2 * DETAIL].split(b"\n", 1)[0].rstrip(b"\r")
        return octets(first, DETAIL) if first else None

    def _say(self, command: str) -> None:
        if self._pipe.is_alive:
            self._tell(f"send {command.split(' ', 1)[0]}")
            self._channel.send(command.encode("ascii", "replace") + b"\r\n")

    def _tell(self, what: str) -> None:
        self._said(f"smtp {self._visit.address} {self._visit.port} {what}")

    def _until(self, limit: float) -> float:
        return min(self._deadline, self._loop.time() + limit)


def _verdict(reply: Reply) -> Outcome:
    return {2: Outcome.OK, 4: Outcome.DEFERRED, 5: Outcome.REJECTED}.get(reply.code // 100, Outcome.NOT_SMTP)


def _unconnected(error: OSError) -> Outcome:
    if isinstance(error, TimeoutError):
        return Outcome.TIMEOUT
    if isinstance(error, ConnectionRefusedError):
        return Outcome.REFUSED
    if error.errno in NO_ROUTE:
        return Outcome.UNREACHABLE
    return Outcome.RESET if error.errno in CUT_OFF else Outcome.UNREACHABLE
