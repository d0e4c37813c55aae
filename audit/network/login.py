"""AUTH (RFC 4954): one attempt to log in, by one mechanism.

The client names the mechanism, with its first words where it has some; the server asks with 334, the client answers,
both in base64, until a 235 or a refusal. There is no second attempt, by this mechanism or another: servers count them,
and lock accounts.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace

from audit.model.probe import Outcome, Reply
from audit.network.smtp import DETAIL, Heard
from audit.syntax.escape import octets
from audit.syntax.sasl.mechanism import Credential, Dialogue, Place, SaslFault, Unsayable, known

MAX_CHALLENGES = 8
LONGEST_LINE = 12288  # octets of AUTH with an initial response (RFC 4954 section 4)
CONTINUE = 3  # the first digit of a reply that wants more

Exchange = Callable[[str], Awaitable[Heard]]


async def log_in(exchange: Exchange, mechanism: str, credential: Credential, place: Place) -> Heard:
    """Log in; `exchange` sends a line that nobody else may see and waits for the reply.

    Raises:
        SaslFault: the server's part cannot be answered. Where it was waiting for an answer, the login was cancelled.
        Unsayable: what we hold is longer than a line may be, or cannot be said.
    """
    dialogue = known(bearer=credential.bearer)[mechanism](credential, place)
    first = next(dialogue)
    heard = await exchange(_line(f"AUTH {mechanism}" if first is None else f"AUTH {mechanism} {_base64(first) or '='}"))
    why: str | None = None
    for _ in range(MAX_CHALLENGES):
        if heard.reply is None or heard.reply.code // 100 != CONTINUE:
            if heard.outcome is Outcome.OK:
                _prove(dialogue)
            return heard if why is None else replace(heard, detail=why)
        try:  # what a mechanism computes may take a second, and is done beside the loop
            challenge = _challenge(heard.reply)
            answer = _line(_base64(await asyncio.to_thread(_answer, dialogue, challenge)))
        except SaslFault:
            await exchange("*")  # the client cancels
            raise
        if credential.bearer:  # what is wrong with a token is told in a challenge, before the refusal
            why = octets(challenge, DETAIL)
        heard = await exchange(answer)
    await exchange("*")
    raise SaslFault("the server asks without end")


def _prove(dialogue: Dialogue) -> None:
    """End a login that the server calls good.

    Raises:
        SaslFault: by this mechanism both sides prove that they know the password, and the server did not.
    """
    with suppress(StopIteration):
        dialogue.send(b"")


def _challenge(asked: Reply) -> bytes:
    """What the server asks.

    Raises:
        SaslFault: it is not base64.
    """
    try:
        return base64.b64decode("".join(asked.lines).strip(), validate=True)
    except (binascii.Error, ValueError):
        raise SaslFault("the server's challenge is not base64") from None


def _answer(dialogue: Dialogue, challenge: bytes) -> bytes:
    """What the mechanism says to a challenge.

    Raises:
        SaslFault: it has nothing to say.
    """
    try:
        return dialogue.send(challenge) or b""
    except StopIteration:
        raise SaslFault("the server asks for more than the mechanism has to say") from None


def _line(text: str) -> str:
    """A line as it may be sent.

    Raises:
        Unsayable: it is too long.
    """
    if len(text) > LONGEST_LINE:
        raise Unsayable("the credential is longer than the line that may carry it")
    return text


def _base64(octets: bytes) -> str:
    return base64.b64encode(octets).decode()
