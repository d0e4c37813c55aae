"""Why mail did not go: what servers said, by the engine that explains a reply.

Most replies of a log differ in an id or an address only. Without those each is explained once; when too many different
ones have come, further ones are told by their codes alone, which is counted.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field

from audit.desk.diagnosis import Diagnosis, diagnose
from audit.desk.logs.hiding import Hiding
from audit.desk.logs.measure import OTHERS, count

MAX_TEXTS, MAX_CAUSES, MAX_PLACES, MAX_ADDRESSES = 3000, 400, 300, 50
LOOKED_AT = 1200  # characters of a reply
_VARIABLE = re.compile(r"<[^<>]{0,400}>|[^\s@]{1,100}@[\w.-]{1,253}|\w{0,60}[0-9]\w{7,80}|\[[0-9A-Fa-f.:]{2,45}\]")
_AT = re.compile(r"host ([^\s\[]{1,255})\[([0-9A-Fa-f.:]{2,45})\](?::[0-9]{1,5})? (?:said|refused[^:]{0,60}): ")
_ADDRESSES = re.compile(
    r"(?<![\w.:])(?:[0-9]{1,3}(?:\.[0-9]{1,3}){3}|[0-9A-Fa-f]{1,4}(?::[0-9A-Fa-f]{0,4}){2,7})(?![\w:])"
)
_CODES = re.compile(r"\b[245][0-9]{2}[ -](?:[245]\.[0-9]{1,3}\.[0-9]{1,3})?")


@dataclass(slots=True)
class Cause:
    """One cause, and what was counted of it. `sample` is the first reply, without local parts."""

    told: Diagnosis
    way: str
    sample: str
    count: int = 0
    first: float | None = None
    last: float | None = None
    places: Counter[str] = field(default_factory=Counter)
    senders: Counter[str] = field(default_factory=Counter)
    addresses: Counter[str] = field(default_factory=Counter)
    lists: Counter[str] = field(default_factory=Counter)


class Causes:
    """Counts causes as they come."""

    def __init__(self, hiding: Hiding) -> None:
        self._hiding = hiding
        self._told: dict[tuple[str, str], Diagnosis] = {}
        self._found: dict[tuple[str, ...], Cause] = {}
        self.by_code_alone = 0
        self.dropped = 0

    def add(
        self, reply: str, *, way: str, host: str, place: str, sender: str, recipient: str, moment: float | None
    ) -> Cause | None:
        """One more; the cause that it belongs to, None beyond the bound."""
        reply = reply[:LOOKED_AT]
        told = self._diagnosis(reply, host)
        key = (way, told.kind.id, told.cause, told.blocklist or "", str(told.permanent), told.enhanced_code or "")
        cause = self._found.get(key)
        if cause is None:
            if len(self._found) >= MAX_CAUSES:
                self.dropped += 1
                return None
            cause = self._found[key] = Cause(told, way, self._hiding.text(reply, recipient))
        cause.count += 1
        if moment is not None:
            cause.first = moment if cause.first is None else min(cause.first, moment)
            cause.last = moment if cause.last is None else max(cause.last, moment)
        count(cause.places, place, MAX_PLACES)
        if sender:
            count(cause.senders, sender, MAX_PLACES)
        if told.blocklist:
            count(cause.lists, told.blocklist, MAX_PLACES)
        for address in dict.fromkeys(_ADDRESSES.findall(_AT.sub("", reply))[:4]):
            count(cause.addresses, address.lower(), MAX_ADDRESSES)
        return cause

    def _diagnosis(self, reply: str, host: str) -> Diagnosis:
        at = _AT.search(reply)
        host = host or (at[1].lower() if at else "")
        key = (_VARIABLE.sub("#", _AT.sub("", reply)), ".".join(host.split(".")[-2:]))
        found = self._told.get(key)
        if found is None:
            if len(self._told) >= MAX_TEXTS:
                self.by_code_alone += 1
                code = _CODES.search(reply)
                key = (code[0] if code else "", OTHERS)
                reply, host = key[0], ""
            found = self._told.get(key)
            if found is None:
                found = self._told[key] = diagnose(reply, host=host)
        return found

    def top(self) -> list[Cause]:
        """The most frequent first."""
        return sorted(self._found.values(), key=lambda c: (-c.count, c.way, c.told.kind.id, c.told.cause, c.sample))
