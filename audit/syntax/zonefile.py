"""Records in the form that zone files take (RFC 1035 section 5.1), to be pasted.

A character-string holds at most 255 octets, so a long TXT record is cut into several, which readers join without
separators (RFC 7208 section 3.3). Anything but printable ASCII is written as `\\DDD`.
"""

from __future__ import annotations

from collections.abc import Iterator

MAX_STRING = 255
TTL = 3600


def line(name: str, rdtype: str, data: str, ttl: int = TTL) -> str:
    """One record. `name` is without its final dot; host names in `data` are the caller's, final dots and all."""
    return _no_command(f"{name.removesuffix('.')}. {ttl} IN {rdtype} {data}")


def comment(text: str) -> str:
    """A line that says something and is no record."""
    return _no_command(f"; {text}")


def txt(name: str, text: str, ttl: int = TTL, *, whole_words: bool = False) -> str:
    """A TXT record that holds a text, whose characters are its octets. With `whole_words` a long one is cut behind
    spaces, where it has some, so that a tool that joins strings in its own way tears no word."""
    return line(name, "TXT", text_data(text, whole_words=whole_words), ttl)


def text_data(text: str, *, whole_words: bool = False) -> str:
    """The data of a TXT record that holds a text, as `txt` writes it. What is no octet, which no server can have sent
    but a file of evidence may hold, becomes a question mark."""
    strings = list(_strings(text.encode("latin-1", "replace"), whole_words=whole_words)) or [b""]
    return " ".join(f'"{_quoted(s)}"' for s in strings)


def _no_command(text: str) -> str:
    """A line that says the same, and that the log of GitHub Actions takes for no command: it looks for `##[`."""
    return text.replace("##[", "##\\091")


def _strings(octets: bytes, *, whole_words: bool) -> Iterator[bytes]:
    at = 0
    while at < len(octets):
        end = at + MAX_STRING
        if whole_words and end < len(octets):
            end = octets.rfind(b" ", at, end) + 1 or end
        yield octets[at:end]
        at = end


def _quoted(string: bytes) -> str:
    return "".join(_character(octet) for octet in string)


def _character(octet: int) -> str:
    if octet in b'"\\':
        return f"\\{chr(octet)}"
    return chr(octet) if 32 <= octet < 127 else f"\\{octet:03d}"
