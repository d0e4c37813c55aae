"""A dialogue as far as it was asked for: greeting, EHLO, TLS, login, sender, recipients, message (RFC 5321, RFC 4954).

Who asks for a login is the server's user, and so are three promises: a credential goes over TLS alone, with a
certificate that proves who the server is; it is said once, and not again after a refusal; and what the server says
afterwards is searched for it before anybody sees it. Sender, recipients and a message are said only where the script
holds them.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

from audit.model.dialogue import Dialogue, Ending, Part, Step
from audit.model.probe import Outcome, Reply, SmtpVisit, Stage, StageName
from audit.model.secret import HIDDEN
from audit.network.login import CONTINUE, log_in
from audit.network.options import Endpoint
from audit.network.script import Manner, Script, stuffed
from audit.network.smtp import Heard, Session
from audit.network.tls import TlsChannel
from audit.syntax import chain
from audit.syntax.sasl.mechanism import Place, SaslFault, Unsayable, chosen
from audit.syntax.sasl.redact import Redaction
from audit.syntax.smtp import Capabilities, capabilities

REFUSED_FOR = chain.PATH_CODES | {"name-mismatch", "no-san", "expired", "not-yet-valid", "eku-without-serverauth"}
WITHIN_TLS = (Part.RESOLVE, Part.CONNECT, Part.TLS, Part.CERTIFICATE, Part.BANNER, Part.EHLO, Part.HELO)
IMPLICIT = (*WITHIN_TLS, *(p for p in Part if p not in {*WITHIN_TLS, Part.STARTTLS, Part.EHLO_TLS}))
BEGINS_WITH_TLS = "tls"  # a problem of a greeting that does not come
UNSAYABLE = "unsayable"  # a problem of a login that ended on our side
Act = Callable[[], Awaitable[bool]]


async def talk(
    visit: SmtpVisit, endpoint: Endpoint, script: Script, manner: Manner, said: Callable[[str], None]
) -> Dialogue:
    """Hold a dialogue with an endpoint that may be dialled. Never raises on anything that the server does.

    A server that is silent may wait for TLS, which only another connection can tell: one is made beside the wait."""
    other = None if visit.implicit_tls else partial(_begins_with_tls, visit, endpoint, manner, said)
    session = _Scripted(visit, script, manner, said, other)
    try:
        if await session.connect(endpoint):
            await session.converse()
            await session.leave()
    finally:
        session.close()
    return session.dialogue()


async def _begins_with_tls(visit: SmtpVisit, endpoint: Endpoint, manner: Manner, said: Callable[[str], None]) -> bool:
    """Whether TLS comes about there without a greeting before it."""
    tried = await talk(replace(visit, implicit_tls=True), endpoint, Script(until=Part.TLS), manner, said)
    shaken = tried.at(Part.TLS)
    return shaken is not None and shaken.ending is Ending.OK


class _Scripted(Session):
    def __init__(
        self,
        visit: SmtpVisit,
        script: Script,
        manner: Manner,
        said: Callable[[str], None],
        other: Callable[[], Coroutine[Any, Any, bool]] | None,
    ) -> None:
        super().__init__(visit, manner.ehlo, manner.limits, said)
        self._at, self._script, self._manner, self._other = visit, script, manner, other
        self._steps: list[Step] = []
        self._before: Capabilities | None = None
        self._after: Capabilities | None = None
        self._mechanism: str | None = None
        self._withheld: str | None = "TLS does not run"
        self._private = False
        self._clean = Redaction((script.credential.secret,) if script.credential else ())

    def dialogue(self) -> Dialogue:
        return Dialogue(
            host=self._at.host,
            address=self._at.address,
            port=self._at.port,
            implicit_tls=self._at.implicit_tls,
            steps=tuple(self._steps),
            tls=self._tls,
            injected=self._injected,
            before=_listed(self._before),
            after=_listed(self._after),
            mechanism=self._mechanism,
        )

    async def converse(self) -> None:
        """The stages of the script in order, until one is not `ok`."""
        for part, act in self._acts():
            if not self._wants(part) or not await act():
                return

    def _acts(self) -> Iterator[tuple[Part, Act]]:
        if self._at.implicit_tls:
            yield Part.TLS, self._encrypt
        yield Part.BANNER, self._hear
        yield Part.EHLO, self._greet
        if not self._at.implicit_tls:
            yield Part.STARTTLS, self._upgrade
        if self._script.credential is not None:
            yield Part.AUTH, self._log_in
        for part, name in self._script.names:
            yield part, partial(self._look_up, part, name)
        if self._script.envelope is not None:
            yield Part.MAIL, self._send

    def _wants(self, part: Part) -> bool:
        """Whether the script goes so far. Of TLS from the start there is no STARTTLS: EHLO is the end of it."""
        order = IMPLICIT if self._at.implicit_tls else tuple(Part)
        until = self._script.until if self._script.until in order else Part.EHLO
        return order.index(part) <= order.index(until)

    # ---- up to TLS ------------------------------------------------------------------------------------------------

    async def _hear(self) -> bool:
        """The greeting. After some silence TLS is tried beside the wait, once; whichever answers first ends both."""
        began, limit = self._loop.time(), self._limits.banner
        hearing = self._loop.create_task(self._ask(StageName.BANNER, None, limit))
        tasks = [hearing]
        try:
            await asyncio.wait(tasks, timeout=min(self._manner.patience, limit / 2))
            if self._other is None or hearing.done() or self._pipe.has_heard:
                return await hearing
            other = self._loop.create_task(self._other())
            tasks.append(other)
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            if not self._is_silent(hearing) or not await other:
                return await hearing
            if not hearing.done():
                hearing.cancel()
                await asyncio.wait([hearing])
                self._end(StageName.BANNER, began, Heard(outcome=Outcome.TIMEOUT))
            self._steps[-1] = replace(self._steps[-1], problems=(BEGINS_WITH_TLS,))
            return False
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def _is_silent(self, hearing: asyncio.Task[bool]) -> bool:
        """Whether nothing has come, and nothing has ended the connection."""
        if hearing.done() and self._steps[-1].ending is not Ending.TIMEOUT:
            return False
        return not self._pipe.has_heard

    async def _greet(self) -> bool:
        offered = await self._introduce()
        reply = self._stages[-1].reply
        if offered is None or reply is None:
            return False
        told = capabilities(reply)
        if self._at.implicit_tls:
            self._after = told
        else:
            self._before = told
        return True

    async def _upgrade(self) -> bool:
        """STARTTLS and what it leads to. Where it is not offered, the script goes on in clear, without a credential."""
        if self._before is None or not self._before.has("STARTTLS"):
            self._step(Part.STARTTLS, Ending.NOT_OFFERED)
            self._withheld = "the server offers no TLS"
            return True
        if not await self._ask(StageName.STARTTLS, "STARTTLS", self._limits.ehlo):
            return False
        if not self._wants(Part.TLS):
            return False
        if not await self._encrypt() or not self._wants(Part.EHLO_TLS):
            return False
        if not await self._ask(StageName.EHLO_TLS, f"EHLO {self._ehlo}", self._limits.ehlo):
            return False
        reply = self._stages[-1].reply
        self._after = capabilities(reply) if reply else None
        return True

    async def _encrypt(self) -> bool:
        if not await self._secure():
            return False
        shown = self._tls
        verdict = chain.judge(shown.chain if shown else (), self._at.host, self._manner.at, self._manner.store)
        found = [p for p in verdict.problems if p.code in REFUSED_FOR]
        problems = tuple(f"{p.code}@{p.position} {p.detail}".strip() for p in found)
        trusted = verdict.anchored and not problems
        self._step(Part.CERTIFICATE, Ending.OK if trusted else Ending.UNTRUSTED, problems=problems)
        self._withheld = None if trusted else "the certificate does not prove who the server is"
        if self._injected is not None:
            self._withheld = "somebody put plain text before TLS began"
        return True

    # ---- login ----------------------------------------------------------------------------------------------------

    async def _log_in(self) -> bool:
        credential = self._script.credential
        offered = self._after or self._before
        if credential is None:
            return True
        if self._withheld is not None or not isinstance(self._channel, TlsChannel):
            return self._step(Part.AUTH, Ending.WITHHELD, detail=self._withheld or "TLS does not run")
        mechanisms = offered.mechanisms if offered else ()
        name = chosen(mechanisms, bearer=credential.bearer, wanted=self._script.mechanism)
        if name is None:
            return self._step(Part.AUTH, Ending.NOT_OFFERED, detail=" ".join(mechanisms) or None)
        self._mechanism = name
        began, place = self._loop.time(), Place(host=self._at.host, port=self._at.port, nonce=secrets.token_urlsafe(18))
        self._private = True
        try:
            heard = await log_in(self._privately, name, credential, place)
        except SaslFault as fault:
            problems = (UNSAYABLE,) if isinstance(fault, Unsayable) else ()
            said = f"AUTH {name}"
            return self._step(Part.AUTH, Ending.FAULTY, said=said, detail=str(fault), problems=problems, began=began)
        finally:
            self._private = False
        return self._heard(Part.AUTH, f"AUTH {name} {HIDDEN}", began, heard)

    async def _privately(self, line: str) -> Heard:
        return await self._exchange(line, self._until(self._limits.ehlo))

    def _say(self, command: str) -> None:
        """Lines of a login are told without what is in them: after AUTH each is a credential, or made of one."""
        if not self._private:
            super()._say(command)
        elif self._pipe.is_alive:
            self._tell("send AUTH" if command.startswith("AUTH ") else "send the answer to a challenge")
            self._channel.send(command.encode("ascii", "replace") + b"\r\n")

    async def _look_up(self, part: Part, name: str) -> bool:
        """VRFY or EXPN, whose refusal is no reason to stop."""
        await self._try(part, f"{part.upper()} {name}")
        return self._pipe.is_alive

    # ---- sender, recipients, message ------------------------------------------------------------------------------

    async def _send(self) -> bool:
        envelope, message = self._script.envelope, self._script.message
        if envelope is None:
            return True
        if not await self._try(Part.MAIL, f"MAIL FROM:<{envelope.sender}>"):
            return False
        taken = False
        for recipient in envelope.recipients if self._wants(Part.RCPT) else ():
            taken = await self._try(Part.RCPT, f"RCPT TO:<{recipient}>") or taken
        if message is None or not taken or not self._wants(Part.DATA):
            return await self._try(Part.RSET, "RSET") and taken
        if not await self._try(Part.DATA, "DATA", wants_more=True):
            return False
        began = self._loop.time()
        self._channel.send(stuffed(message))
        heard = await self._exchange(None, self._until(self._limits.session))
        return self._heard(Part.MESSAGE, None, began, heard)

    async def _try(self, part: Part, command: str, *, wants_more: bool = False) -> bool:
        began = self._loop.time()
        heard = await self._exchange(command, self._until(self._limits.ehlo))
        if wants_more and heard.reply is not None and heard.reply.code // 100 == CONTINUE:
            heard = replace(heard, outcome=Outcome.OK)
        return self._heard(part, command, began, heard)

    # ---- steps ----------------------------------------------------------------------------------------------------

    def _end(self, stage: StageName, began: float, heard: Heard) -> bool:
        done = super()._end(stage, began, heard)
        self._steps.append(_step_of(self._stages[-1], self._clean, self._ehlo))
        return done

    def _heard(self, part: Part, said: str | None, began: float, heard: Heard) -> bool:
        return self._step(part, Ending(heard.outcome), said=said, reply=heard.reply, detail=heard.detail, began=began)

    def _step(
        self,
        part: Part,
        ending: Ending,
        *,
        said: str | None = None,
        reply: Reply | None = None,
        detail: str | None = None,
        problems: tuple[str, ...] = (),
        began: float | None = None,
    ) -> bool:
        self._steps.append(
            Step(
                part=part,
                ending=ending,
                said=said,
                reply=_cleaned(reply, self._clean),
                detail=None if detail is None else self._clean(detail),
                problems=problems,
                elapsed_ms=None if began is None else round((self._loop.time() - began) * 1000, 1),
            )
        )
        return ending is Ending.OK


def _listed(told: Capabilities | None) -> tuple[str, ...]:
    return tuple(f"{keyword} {rest}".strip() for keyword, rest in told.keywords) if told else ()


def _cleaned(reply: Reply | None, clean: Redaction) -> Reply | None:
    return replace(reply, lines=tuple(map(clean, reply.lines))) if reply else None


def _step_of(stage: Stage, clean: Redaction, ehlo: str) -> Step:
    """A stage of any session, as a step."""
    commands = {
        StageName.EHLO: f"EHLO {ehlo}",
        StageName.EHLO_TLS: f"EHLO {ehlo}",
        StageName.HELO: f"HELO {ehlo}",
        StageName.STARTTLS: "STARTTLS",
        StageName.QUIT: "QUIT",
    }
    return Step(
        part=Part(stage.stage),
        ending=Ending(stage.outcome),
        said=commands.get(stage.stage),
        reply=_cleaned(stage.reply, clean),
        detail=None if stage.detail is None else clean(stage.detail),
        elapsed_ms=stage.elapsed_ms,
    )
