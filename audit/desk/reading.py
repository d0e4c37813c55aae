"""Replies as people come by them: off the wire, in a log, in a bounce (RFC 5321 section 4.2, RFC 3463, RFC 3464).

On the wire each line opens with the code, and all but the last put `-` behind it. Postfix writes `host A said: 550 …`,
Exim `SMTP error from remote mail server after RCPT TO:<…>: 550 …`, Exchange `#5.7.1 smtp;550 …` and `'550; 5.7.515 …'`,
and a bounce has Status and Diagnostic-Code. Whoever pastes one has cut and joined it by hand. All is text of strangers:
what is longer than the limits is cut, and nothing here raises.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from audit.syntax.smtp import Replies

MAX_INPUT = 64 * 1024  # characters of one reply
MAX_LINES = 512
HEAD, TAIL = 3000, 1000  # of the text in one line, what is looked at: its beginning and its end
MAX_REPLIES = 1000
HOST = r"[a-z0-9](?:[a-z0-9-]{0,62}\.){1,8}[a-z0-9-]{1,62}"

_ON_WIRE = re.compile(r"[2-5][0-9]{2}(?:[ -]|$)")
_FIRST = re.compile(r"""[\s'"<(]{0,8}(?P<code>[245][0-9]{2}|3[0-9]{2})(?=[ ;-]|$)""")
_ENHANCED = r"[245]\.[0-9]{1,3}\.[0-9]{1,3}(?![0-9]|\.[0-9])"
_WITHIN = r"""(?:[:>]\s{1,2}['"]?|:['"]|;\s?|['"(#])(?P<code>[245][0-9]{2})"""
_WITHIN_ENHANCED = re.compile(rf"{_WITHIN}[ ;-]{{1,3}}#?{_ENHANCED}")
_WITHIN_BARE = re.compile(rf"{_WITHIN}(?=[ ;-])")
_BEHIND = re.compile(rf"[ ;:#(-]{{0,6}}({_ENHANCED})")
_LEADING = re.compile(rf"^[ ;:#(-]{{0,6}}(?:{_ENHANCED}[ :)]?)?")
_MARKED = re.compile(rf"(?:#|dsn=|\bstatus:\s{{0,4}}|^[\s'\"<(]{{0,8}})({_ENHANCED})", re.IGNORECASE)
_HOST = re.compile(
    rf"(?:\bhost |\brelay=|\bH=|connect to |connection with |LastAttemptedServerName=)({HOST})(?=[\s\[\],:)]|$)",
    re.IGNORECASE,
)
_STAGE = re.compile(
    r"(?:in reply to (?:the )?|after |during |reject(?:ed)?:? )(?P<what>end of data|data|rcpt|mail|helo|ehlo|auth|"
    r"starttls|initial|connect)",
    re.IGNORECASE,
)
_LOG_TAIL = re.compile(r"; from=<.{0,300}$", re.IGNORECASE)
_LOG_LINE = re.compile(r"(?:[A-Z][a-z]{2} [ 0-9][0-9] [0-9:]{8} |[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9:]{8})")
_QUOTED = re.compile(r"^diagnostic-code:", re.IGNORECASE | re.MULTILINE)
_FINAL = re.compile(r"status=(?P<log>bounced|deferred|expired)|\baction:\s{0,4}(?P<dsn>failed|delayed)", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """A reply that was read. `text` is what was said in one line, without its codes; `whole` is all that was given.

    `stage` is the command that was answered, in lower case (`end of data` is "data"); `failed` is what a log or a
    bounce says of the mail: given up, or not yet. Unknown things are null or "".
    """

    code: int | None
    enhanced: str | None
    text: str
    whole: str
    host: str
    stage: str
    failed: bool | None
    cut: bool


def read(given: str) -> Heard:
    """Read one reply, in whatever form."""
    cut = len(given) > MAX_INPUT
    lines = [line.strip() for line in given[:MAX_INPUT].split("\n", MAX_LINES)[:MAX_LINES] if line.strip()]
    whole = _shortened(" ".join(" ".join(lines).split()))
    code, rest = _coded(lines, whole)
    enhanced = _enhanced(code, lines, whole, rest)
    stage = _STAGE.search(whole)
    host = _HOST.search(whole)
    return Heard(
        code=code,
        enhanced=enhanced,
        text=_said(rest, code),
        whole=whole,
        host=host[1].lower() if host else "",
        stage=_stage(stage["what"].lower()) if stage else "",
        failed=_failed(whole),
        cut=cut,
    )


def several(given: str) -> tuple[str, ...]:
    """The replies of a text: parted by blank lines; lines off the wire by the grammar, lines of a log each by itself.

    Of a whole bounce only the parts count that hold what the server said. No more than 1,000 are taken.
    """
    found: list[str] = []
    blocks = re.split(r"\n[ \t\r]*\n", given.replace("\r\n", "\n"))
    for block in [b for b in blocks if _QUOTED.search(b)] or blocks:
        lines = [line for line in block.split("\n") if line.strip()]
        if lines and all(_ON_WIRE.match(line.strip()) for line in lines):
            found += _replies_in(lines)
        elif lines and all(_LOG_LINE.match(line.strip()) for line in lines):
            found += lines
        elif lines:
            found.append("\n".join(lines))
        if len(found) >= MAX_REPLIES:
            break
    return tuple(found[:MAX_REPLIES])


def _replies_in(lines: list[str]) -> list[str]:
    """Lines off the wire, parted where a reply ends: behind a line without `-` after its code."""
    found: list[list[str]] = [[]]
    for line in lines:
        found[-1].append(line)
        if line.strip()[3:4] != "-":
            found.append([])
    return ["\n".join(reply) for reply in found if reply]


def _shortened(text: str) -> str:
    return text if len(text) <= HEAD + TAIL else f"{text[:HEAD]} {text[-TAIL:]}"


def _coded(lines: list[str], whole: str) -> tuple[int | None, str]:
    """The code, and what stands behind it. In lines off the wire it is the last one's, as the grammar has it."""
    if lines and all(_ON_WIRE.match(line) for line in lines) and (code := _off_the_wire(lines)):
        return code, _shortened(" ".join(_LEADING.sub("", line[3:]).strip() for line in lines))
    found = _FIRST.match(whole) or _WITHIN_ENHANCED.search(whole) or _WITHIN_BARE.search(whole)
    if found is None:
        return None, whole
    return int(found["code"]), whole[found.end("code") :]


def _off_the_wire(lines: list[str]) -> int | None:
    """The code of the first reply among lines; a last line that looks like one in the middle ends it all the same."""
    *others, last = lines
    replies = Replies()
    replies.feed("".join(f"{line}\r\n" for line in (*others, f"{last[:3]} {last[4:]}")).encode("utf-8", "replace"))
    reply = replies.next()
    return reply.code if reply else None


def _enhanced(code: int | None, lines: list[str], whole: str, rest: str) -> str | None:
    """The enhanced code: of the last line that has one, else behind the code, else where it is marked as one."""
    of_lines = [found[1] for line in lines if _ON_WIRE.match(line) and (found := _BEHIND.match(line, 3))]
    behind = _BEHIND.match(rest)
    marked = [found[1] for found in _MARKED.finditer(whole)]
    candidates = [*reversed(of_lines), *([behind[1]] if behind else []), *marked]
    if not candidates and code is not None:
        candidates = re.findall(rf"\b[245][0-9]{{2}}[ -]({_ENHANCED})", rest)
    agreeing = [c for c in candidates if code is None or c[0] == str(code)[0]]
    return next(iter((*agreeing, *candidates)), None)


def _said(rest: str, code: int | None) -> str:
    """The words, without the codes that lines repeat and without the tail of a log line."""
    text = rest
    if code is not None:
        text = re.sub(rf"(?<![0-9]){code}[ -](?:{_ENHANCED}|(?= ))\s?", " ", text)
    return " ".join(_LOG_TAIL.sub("", _LEADING.sub("", text.strip())).split())


def _stage(word: str) -> str:
    return {"end of data": "data", "initial": "connect", "helo": "ehlo"}.get(word, word)


def _failed(whole: str) -> bool | None:
    found = _FINAL.search(whole)
    return (found["log"] or found["dsn"]).lower() in {"bounced", "expired", "failed"} if found else None
