"""What a server says, freed of what we told it in confidence.

A server, or something between, may send a credential back: in the text of a refusal, decoded or as it went over the
wire. So each text that comes after a credential was said is searched for it in the forms in which it can be written.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable

from audit.model.secret import HIDDEN, Secret
from audit.syntax.escape import octets

UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
SHORTEST = 3  # of a form that is searched for: one of two letters would be found in every text


def forms(secret: Secret) -> tuple[str, ...]:
    """The ways in which a secret can be written, the longest first.

    In base64 a text looks different for each of the three places at which it can begin; what hangs on its neighbours is
    left off at both ends.
    """
    raw = secret.reveal().encode()
    ways = {secret.reveal(), octets(raw, 8 * len(raw) + 8), raw.hex(), raw.hex().upper()}
    ways |= {_quoted(raw), _quoted(raw).replace("%20", "+"), secret.reveal()[::-1]}
    ways |= {":".join(f"{value:02x}" for value in raw), " ".join(f"{value:02x}" for value in raw)}
    for before in range(3):
        whole = base64.b64encode(bytes(before) + raw).decode().rstrip("=")
        begin = (0, 2, 3)[before]
        end = len(whole) - (0 if (before + len(raw)) % 3 == 0 else 1)
        ways.add(whole[begin:end])
        ways.add(whole[begin:end].replace("+", "-").replace("/", "_"))
    return tuple(sorted((w for w in ways if len(w) >= SHORTEST), key=lambda w: (-len(w), w)))


def _quoted(raw: bytes) -> str:
    """As in a URL (RFC 3986 section 2)."""
    return "".join(chr(value) if value in UNRESERVED else f"%{value:02X}" for value in raw)


class Redaction:
    """Puts dots where a text holds a secret, in any of its forms and in either case."""

    def __init__(self, hidden: Iterable[Secret]) -> None:
        ways = sorted({form for secret in hidden for form in forms(secret)}, key=lambda w: (-len(w), w))
        self._pattern = re.compile("|".join(map(re.escape, ways)), re.IGNORECASE) if ways else None

    def __call__(self, text: str) -> str:
        return text if self._pattern is None else self._pattern.sub(HIDDEN, text)
