"""Local parts in the place of which a keyed hash stands (RFC 2104): who reads a summary learns no address from it.

With the same key the same address has the same hash, so that two summaries compare; without it nobody can try whether
an address is there. A domain stays as it is: by it mail is told to go astray.
"""

from __future__ import annotations

import hashlib
import hmac
import re

from audit.syntax.escape import visible

_ADDRESS = re.compile(r"([^\s<>\"'()\[\],;:=]{1,128})@([\w.-]{1,253})")


class Hiding:
    """Hides local parts, by a key; an empty one hides nothing."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def address(self, text: str) -> str:
        """An address whose local part is hidden."""
        local, at, domain = text.rpartition("@")
        if not self._key:
            return visible(text, 320)
        if not at:
            return self._hash(text) if text else ""
        return f"{self._hash(local)}@{visible(domain.lower(), 253)}"

    def text(self, text: str, *known: str) -> str:
        """A text without local parts: neither in addresses, nor those of known addresses by themselves."""
        if self._key:
            text = _ADDRESS.sub(lambda found: f"{self._hash(found[1])}@{found[2].lower()}", text)
            for local in {address.rpartition("@")[0] or address for address in known}:
                if local:
                    own = rf"(?<![\w@.~-]){re.escape(local)}(?![\w@.-])"
                    text = re.sub(own, self._hash(local), text, flags=re.IGNORECASE)
        return visible(text, 600)

    def _hash(self, local: str) -> str:
        return "~" + hmac.new(self._key, local.lower().encode("utf-8", "replace"), hashlib.sha256).hexdigest()[:12]
