"""DNS over TCP (RFC 7766): each message is preceded by its length in two octets; one connection for one question."""

from __future__ import annotations

import asyncio
import secrets
import struct

from audit.model.probe import Question
from audit.network import wire
from audit.network.dial import connect
from audit.network.options import Endpoint


class WrongAnswer(ConnectionError):
    """The server answered another question."""


async def ask(server: Endpoint, asked: wire.Asking, question: Question, *, edns: bool, until: float) -> bytes:
    """The packet by which a server answers, whole.

    Raises:
        TimeoutError: it was not there at that moment of the loop's time, all steps together.
        OSError: refused, reset, closed before the end, or an answer to another question.
    """
    ident = secrets.randbelow(65536)
    packet = wire.query(asked, question, ident, edns=edns)
    async with asyncio.timeout_at(until):
        reader, writer = await asyncio.open_connection(sock=await connect(server))
        try:
            writer.write(struct.pack("!H", len(packet)) + packet)
            (length,) = struct.unpack("!H", await reader.readexactly(2))
            answer = await reader.readexactly(length)
        except asyncio.IncompleteReadError as error:
            raise ConnectionResetError("closed before the end of the answer") from error
        finally:
            writer.transport.abort()
    if not wire.matches(answer, ident, asked):
        raise WrongAnswer("answers another question")
    return answer
