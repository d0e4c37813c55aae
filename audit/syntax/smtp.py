"""SMTP replies as they come off the wire (RFC 5321 section 4.2), read without any input or output of its own.

A reply is lines that each begin with a code of three digits; `-` after the code says that another line follows, a
space or the end of the line that this was the last. The answer to EHLO lists the server's extensions, one to a line
(section 4.1.1.1). A server may send anything: what is wrong with the form is kept as a flaw of the reply, and what
cannot be a reply, or is longer than the limits, ends the reading. Nothing here raises on what a server sent.
"""

from __future__ import annotations

import re

from audit.model.probe import Reply
from audit.model.value import dataclass
from audit.syntax.escape import octets

MAX_LINE = 2048  # octets with the line end; RFC 5321 section 4.5.3.1.5 says 512, servers in use send more
MAX_LINES = 128
MAX_REPLY = 64 * 1024
MAX_BUFFERED = 2 * MAX_REPLY  # what may wait to be read as replies
LONG_LINE = 512
SNIPPET = 48
TEXT_LIMIT = 500

# Not int(): it takes `+25`, `2_5` and ` 25` for numbers.
LINE = re.compile(rb"([2-5][0-9][0-9])(?:([ -])(.*))?", re.DOTALL)
START = (b"2345", b"0123456789", b"0123456789", b" -\r\n")
ENHANCED = re.compile(r"([245])\.[0-9]{1,3}\.[0-9]{1,3}(?= |$)")
MANGLED = re.compile(r"\*{2,}|X{3,}[A-Z]?")


class Replies:
    """The replies of one connection: `feed` it octets, ask for the `next` reply until there is none.

    `broken` is null, or why no more replies come: `not_smtp` (what came is no reply) or `too_long` (over a limit on a
    line, a reply or what is waiting). It stays so. How the octets were cut into pieces changes nothing.
    """

    def __init__(self) -> None:
        self.broken: str | None = None
        self._buffer = bytearray()
        self._raw = bytearray()  # the lines so far of a reply that is not complete
        self._lines: list[tuple[int, bytes]] = []
        self._flaws: list[str] = []
        self._strange = bytearray()

    def feed(self, data: bytes) -> None:
        """Add octets that came from the server."""
        if self.broken:
            self._strange += data[: max(0, SNIPPET - len(self._strange))]
            return
        self._buffer += data
        if len(self._buffer) > MAX_BUFFERED:
            self._break("too_long", bytes(self._buffer[:SNIPPET]))

    def next(self) -> Reply | None:
        """The next complete reply, or null when more octets are needed or the dialogue is broken."""
        while not self.broken:
            end = self._buffer.find(b"\n", 0, MAX_LINE)
            if not _may_begin_a_reply(self._buffer):
                self._break("not_smtp", bytes(self._buffer[:SNIPPET]))
            elif end < 0 and len(self._buffer) >= MAX_LINE:
                self._break("too_long", bytes(self._buffer[:SNIPPET]))
            elif end < 0:
                return None
            elif self._line(end + 1):
                return self._finish()
        return None

    def take(self) -> bytes:
        """All octets beyond the last reply, those of an unfinished one included. They are forgotten here.

        Before a command, and before TLS begins, there should be none: what is there came unasked.
        """
        rest = bytes(self._raw + self._buffer)
        self._buffer.clear()
        self._raw.clear()
        self._lines.clear()
        self._flaws.clear()
        return rest

    @property
    def snippet(self) -> str:
        """The first line of what broke the dialogue, at most 48 octets of it, escaped."""
        if not self.broken:
            return ""
        data = bytes(self._strange[:SNIPPET])
        first = data.split(b"\n", 1)[0].rstrip(b"\r")
        return octets(first or data, 4 * SNIPPET)

    def _break(self, why: str, strange: bytes) -> None:
        self.broken = why
        self._strange += strange

    def _line(self, size: int) -> bool:
        """Take a line of `size` octets from the buffer. Whether it completes a reply."""
        line = bytes(self._buffer[:size])
        if len(self._lines) >= MAX_LINES or len(self._raw) + size > MAX_REPLY:
            self._break("too_long", line)
            return False
        text = line[:-1].rstrip(b"\r")
        match = LINE.fullmatch(text)
        if match is None:
            self._break("not_smtp", bytes(self._buffer[:SNIPPET]))
            return False
        del self._buffer[:size]
        self._raw += line
        self._flaws += _flaws(line, separated=match[2] is not None)
        self._lines.append((int(match[1]), match[3] or b""))
        return bool(match[2] != b"-")

    def _finish(self) -> Reply:
        codes = [code for code, _ in self._lines]
        if len(set(codes)) > 1:
            self._flaws.append("codes_differ")
        reply = Reply(
            code=codes[-1],
            lines=tuple(octets(text, TEXT_LIMIT) for _, text in self._lines),
            flaws=tuple(dict.fromkeys(self._flaws)),
        )
        self._raw.clear()
        self._lines.clear()
        self._flaws.clear()
        return reply


def _may_begin_a_reply(data: bytearray) -> bool:
    """Whether these octets can still become a line of a reply: a binary greeting has no line end to wait for."""
    return all(value in allowed for value, allowed in zip(data, START, strict=False))


def _flaws(line: bytes, *, separated: bool) -> list[str]:
    """What is wrong with the form of a line, its line end included."""
    body = line.removesuffix(b"\n").removesuffix(b"\r")
    found = {
        "bare_lf": not line.endswith(b"\r\n"),
        "nul": b"\0" in body,
        "controls": any((0 < value < 0x20 and value != 0x09) or value == 0x7F for value in body),
        "long_line": len(line) > LONG_LINE,
        "no_text": not separated,
    }
    return [flaw for flaw, present in found.items() if present]


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a server says of itself in its answer to EHLO: its name, and its extensions with their parameters.

    Keywords are upper case and may repeat with different parameters. `AUTH=PLAIN`, an old way to say it, counts as
    `AUTH PLAIN`.
    """

    domain: str
    keywords: tuple[tuple[str, str], ...]

    def has(self, keyword: str) -> bool:
        """Whether the extension is offered; upper and lower case are the same (RFC 5321 section 4.1.1.1)."""
        return any(name == keyword.upper() for name, _ in self.keywords)

    def parameters(self, keyword: str) -> tuple[str, ...]:
        """The parameters of an extension, of each time that it is listed."""
        return tuple(rest for name, rest in self.keywords if name == keyword.upper())

    @property
    def mechanisms(self) -> tuple[str, ...]:
        """The ways to log in (RFC 4954), upper case, each once, in order."""
        return tuple(dict.fromkeys(word.upper() for rest in self.parameters("AUTH") for word in rest.split()))

    @property
    def mangled(self) -> bool:
        """Whether a firewall on the way has overwritten keywords with X's or asterisks (`XXXXXXXA`, `********`)."""
        return any(MANGLED.fullmatch(name) for name, _ in self.keywords)


def capabilities(reply: Reply) -> Capabilities:
    """The extensions that an answer to EHLO lists. Lines without a word are passed over."""
    words = reply.lines[0].split() if reply.lines else []
    found = dict.fromkeys(_capability(line) for line in reply.lines[1:] if line.strip())
    return Capabilities(domain=words[0] if words else "", keywords=tuple(found))


def _capability(line: str) -> tuple[str, str]:
    word, _, rest = line.strip().partition(" ")
    if word.upper().startswith("AUTH="):
        word, rest = "AUTH", line.strip()[len("AUTH=") :]
    return word.upper(), " ".join(rest.split())
