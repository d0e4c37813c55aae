"""A mail as octets, read as far as a machine needs it: headers, and parts with their text (RFC 5322, RFC 2046).

A header is a name, a colon and a value, which goes on in lines that begin with a blank; an empty line ends them. A
body of type `multipart` is parts between lines of `--` and the boundary that Content-Type names, each with headers of
its own. Text may be in base64 or quoted-printable (RFC 2045), in any charset; words of a header are written in a form
of their own (RFC 2047).
All is text of strangers: every step goes over the octets once for each depth, what is beyond a limit is left out and
said to be, and nothing here raises. LF, CRLF and CR are the same.
"""

from __future__ import annotations

import binascii
import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

MAX_MAIL = 5 * 1024 * 1024  # octets
MAX_HEAD = 256 * 1024
MAX_HEADERS = 1000
MAX_VALUE = 8 * 1024  # characters of one header
MAX_DEPTH = 8
MAX_PARTS = 200
MAX_TEXT = 256 * 1024  # octets of one part, decoded
MAX_BOUNDARY = 200  # RFC 2046 allows 70
MAX_WORDS = 64  # encoded words of one header

# Names only that Python reads in one pass: it also knows `punycode`, `idna` and others, whose time is quadratic.
_CHARSET = re.compile(
    r"(?:utf-?(?:7|8|16|16le|16be)|(?:us-)?ascii|iso-?8859-?[0-9]{1,2}|(?:windows-|cp)[0-9]{3,4}|iso-2022-[a-z0-9-]{2,6}|"
    r"shift_?-?jis|euc-?_?(?:jp|kr)|gb2312|gbk|gb18030|big5|koi8-[ru]|latin-?1)"
)
_OLD_CHARSETS = {"unicode-1-1-utf-7": "utf-7", "x-unknown": "utf-8", "ks_c_5601-1987": "cp949"}
_NAME = re.compile(r"([!-9;-~]{1,200})[ \t]{0,8}:")
_PARAMETER = re.compile(
    r""";\s{0,200}([A-Za-z0-9*_-]{1,60})\s{0,20}=\s{0,20}(?:"((?:[^"\\]|\\.){0,2000})"|([^\s;"]{0,2000}))"""
)
_WORD = re.compile(
    r"=\?([A-Za-z0-9_-]{1,40})(?:\*[A-Za-z0-9-]{0,20})?\?([bBqQ])\?([^?\s]{0,400})\?=(?:\s{1,8}(?==\?))?"
)
_UNSEEN = ("style", "script", "head", "title")
_BREAK = re.compile(r"<(?:br|/p|/div|/tr|/h[1-6]|/li)\b[^<>]{0,2000}>", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]{0,4000}>")


@dataclass(frozen=True, slots=True, kw_only=True)
class Headers:
    """The headers of a mail or a part, in order, names in lower case, values in one line and decoded."""

    fields: tuple[tuple[str, str], ...] = ()

    def get(self, name: str) -> str:
        """The first value of a header, "" where there is none."""
        return next((value for key, value in self.fields if key == name), "")

    def all(self, name: str) -> tuple[str, ...]:
        return tuple(value for key, value in self.fields if key == name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part that is no multipart. `type` is lower case; `text` is decoded, with LF, and "" where it is no text.

    Of a mail within the mail (`message/rfc822`) and of headers alone (`text/rfc822-headers`) `inner` are the headers.
    `ended`: a line of the boundary follows, so that nothing of it was lost on the way; without boundaries it is true.
    """

    type: str
    headers: Headers
    ended: bool = True
    text: str = ""
    inner: Headers = field(default_factory=Headers)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """A mail that was read. `type` and `parameters` are those of the whole.

    `cut`: something was beyond a limit. `ended`: each multipart has its last line, so nothing was lost on the way; of
    a mail without parts nobody can tell, and it is true.
    """

    headers: Headers
    type: str
    parameters: tuple[tuple[str, str], ...]
    parts: tuple[Part, ...]
    cut: bool
    ended: bool

    def parameter(self, name: str) -> str:
        return dict(self.parameters).get(name, "")


def read_mail(octets: bytes) -> Mail:
    """Read a mail. Octets beyond 5 MiB are not looked at."""
    cut = len(octets) > MAX_MAIL
    data = with_line_feeds(octets[:MAX_MAIL])
    if data.startswith(b"From "):  # the line that parts the mails of an mbox
        data = data.partition(b"\n")[2]
    head, body = _halves(data)
    headers = read_headers(head)
    type_, parameters = content_type(headers.get("content-type"))
    walk = _Walk()
    parts = tuple(walk.parts(headers, body, 0, ended=True))
    return Mail(
        headers=headers,
        type=type_,
        parameters=tuple(parameters.items()),
        parts=parts,
        cut=cut or walk.cut,
        ended=walk.ended and bool(body),
    )


def with_line_feeds(octets: bytes) -> bytes:
    """The octets with every line ended by LF."""
    return octets.replace(b"\r\n", b"\n").replace(b"\r", b"\n")


def content_type(value: str) -> tuple[str, dict[str, str]]:
    """Type and parameters of a Content-Type, both names in lower case. "text/plain" where it says nothing."""
    type_ = value.partition(";")[0].strip().lower()
    found: dict[str, str] = {}
    for match in _PARAMETER.finditer(value):
        quoted = match[2]
        found.setdefault(match[1].lower(), re.sub(r"\\(.)", r"\1", quoted) if quoted is not None else match[3])
    return (type_ if re.fullmatch(r"[a-z0-9!#$&.+^_-]{1,80}/[a-z0-9!#$&.+^_-]{1,80}", type_) else "text/plain"), found


def read_headers(head: bytes) -> Headers:
    """The headers of a head; a line that is none and does not begin with a blank goes on with the one before it."""
    found: list[tuple[str, list[str]]] = []
    for line in _ascii_or_better(head[:MAX_HEAD]).split("\n"):
        name = _NAME.match(line)
        if name and not line[:1].isspace():
            if len(found) == MAX_HEADERS:
                break
            found.append((name[1].lower(), [line[name.end() :]]))
        elif found:
            found[-1][1].append(line)
    return Headers(fields=tuple((name, _unfolded(lines)) for name, lines in found))


def plain_text(page: str) -> str:
    """The words of an HTML page, a line for each block; enough to find an address and what was said of it."""
    for name in _UNSEEN:
        page = _without(page, name)
    return html.unescape(_TAG.sub(" ", _BREAK.sub("\n", page)))


def _without(page: str, name: str) -> str:
    """A page without the elements of a name; one that nobody ends goes on to the end."""
    kept, at, lower = [], 0, page.lower()
    if len(lower) != len(page):  # a few letters grow when they are made lower
        return page
    while (start := lower.find(f"<{name}", at)) >= 0:
        kept.append(page[at:start])
        end = lower.find(f"</{name}", start)
        if end < 0:
            return "".join(kept)
        closed = lower.find(">", end)
        at = closed + 1 if closed >= 0 else len(page)
    return "".join((*kept, page[at:]))


class _Walk:
    """One walk over the parts of a mail, within its limits."""

    def __init__(self) -> None:
        self.cut = False
        self.ended = True
        self._count = 0

    def parts(self, headers: Headers, body: bytes, depth: int, *, ended: bool) -> Iterator[Part]:
        """The parts of a body that are no multiparts, in order."""
        type_, parameters = content_type(headers.get("content-type"))
        boundary = parameters.get("boundary", "")[:MAX_BOUNDARY]
        if type_.startswith("multipart/") and (boundary := boundary or _boundary_of(body)):
            if depth == MAX_DEPTH:
                self.cut = True
                return
            for piece, closed in _pieces(body, boundary):
                self.ended = self.ended and closed
                if self._count >= MAX_PARTS:
                    self.cut = True
                    return
                self._count += 1
                head, inner = _halves(piece)
                yield from self.parts(read_headers(head), inner, depth + 1, ended=ended and closed)
            return
        yield replace(self._part(type_, parameters, headers, body), ended=ended)

    def _part(self, type_: str, parameters: dict[str, str], headers: Headers, body: bytes) -> Part:
        kind = type_.partition("/")[0]
        if kind not in {"text", "message", "multipart", "application"} or type_ in {
            "application/zip",
            "application/pdf",
        }:
            return Part(type=type_, headers=headers)
        self.cut = self.cut or len(body) > 4 * MAX_TEXT
        octets = _decoded(body[: 4 * MAX_TEXT], headers.get("content-transfer-encoding"))[:MAX_TEXT]
        if is_original(type_):
            return Part(type=type_, headers=headers, inner=read_headers(_halves(octets.lstrip(b"\n"))[0]))
        text = _in_charset(with_line_feeds(octets), parameters.get("charset", ""))
        return Part(type=type_, headers=headers, text=text)


def is_original(type_: str) -> bool:
    """Whether a part of this type is the mail that a report is about, or its headers."""
    return type_ in {
        *("message/rfc822", "message/global", "message/partial"),
        *("text/rfc822-headers", "text/rfc822-header", "message/rfc822-headers", "message/global-headers"),
    }


def _halves(data: bytes) -> tuple[bytes, bytes]:
    """Head and body; where the first line is empty, the head is."""
    if data.startswith(b"\n"):
        return b"", data[1:]
    head, _, body = data.partition(b"\n\n")
    return head, body


def _pieces(body: bytes, boundary: str) -> Iterator[tuple[bytes, bool]]:
    """What stands between lines of a boundary, and whether it is ended by one; the rest is for nobody to read."""
    line = re.compile(rb"(?:^|\n)--" + re.escape(boundary.encode("utf-8", "replace")) + rb"(--)?[ \t]*(?=\n|\Z)")
    start = None
    for found in line.finditer(body):
        if start is not None:
            yield body[start : found.start()], True
        if found[1]:
            return
        start = found.end() + 1
    yield (body[start : body.rfind(b"\n") + 1] if start is not None else b""), False  # a torn line says half


def _boundary_of(body: bytes) -> str:
    """The boundary of a body whose Content-Type was cut or broken: its first line that looks like one."""
    found = re.search(rb"(?:^|\n)--([^\s-][^\n]{0,198}|[^\n]{2,70})\n(?=[Cc]ontent-|\n)", body)
    return found[1].decode("latin-1").rstrip() if found else ""


def _decoded(body: bytes, encoding: str) -> bytes:
    kind = encoding.strip().lower()
    if kind.startswith("base64"):
        letters = re.sub(rb"[^A-Za-z0-9+/]", b"", body.partition(b"=")[0])
        try:
            return binascii.a2b_base64(letters[: len(letters) // 4 * 4] + _padded(letters))
        except binascii.Error:
            return b""
    if kind.startswith("quoted-printable"):
        return binascii.a2b_qp(body)
    return body


def _padded(letters: bytes) -> bytes:
    """The last group of base64, made whole; a single letter says nothing."""
    rest = letters[len(letters) // 4 * 4 :]
    return rest + b"=" * (4 - len(rest)) if len(rest) > 1 else b""


def _in_charset(octets: bytes, charset: str) -> str:
    name = charset.strip().lower()
    name = _OLD_CHARSETS.get(name, name)
    if name and name not in {"us-ascii", "ascii"} and _CHARSET.fullmatch(name):
        try:
            return octets.decode(name, "replace")
        except LookupError:
            pass
    return _ascii_or_better(octets)


def _ascii_or_better(octets: bytes) -> str:
    """UTF-8, where it is; else Latin-1, which every octet is."""
    try:
        return octets.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.end >= len(octets) - 1 and error.reason == "unexpected end of data":  # only the cut is wrong
            return octets.decode("utf-8", "replace")
        return octets.decode("latin-1")


def _unfolded(lines: list[str]) -> str:
    value, size = [], 0
    for line in lines:
        value.append(line.strip())
        size += len(line)
        if size > MAX_VALUE:
            break
    return _words(" ".join(filter(None, value))[:MAX_VALUE])


def _words(value: str) -> str:
    """A value with its encoded words decoded."""
    return _WORD.sub(_word, value, count=MAX_WORDS) if "=?" in value else value


def _word(found: re.Match[str]) -> str:
    octets = found[3].encode("latin-1", "replace")
    plain = _decoded(octets, "base64") if found[2] in "bB" else binascii.a2b_qp(octets, header=True)
    return " ".join(_in_charset(plain, found[1]).split("\n"))
