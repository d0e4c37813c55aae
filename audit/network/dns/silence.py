"""Silence: where nobody answers, asking each name thrice would only make a run slow and us a nuisance.

Once three questions under one zone cut got no reply, what else lies under it is asked once. The same holds when no
reply to anything has come at all: then it is the resolver that is silent.
"""

from __future__ import annotations

from audit.catalog.suffixes import registrable

QUESTIONS_LOST = 3
EVERYTHING = "."


class Silence:
    """Counts the questions that got no reply, by resolver or server and by zone cut."""

    def __init__(self) -> None:
        self._lost: dict[tuple[str | None, str], int] = {}
        self._heard: set[str | None] = set()

    def reigns(self, server: str | None, name: str) -> bool:
        if not self._lost:
            return False
        return any(self._lost.get((server, key), 0) >= QUESTIONS_LOST for key in (cut(name), EVERYTHING))

    def note(self, server: str | None, name: str, *, replied: bool) -> None:
        if replied:
            self._heard.add(server)
            if not self._lost:
                return
            self._lost.pop((server, EVERYTHING), None)
            self._lost.pop((server, cut(name)), None)
            return
        keys = [cut(name)] if server in self._heard else [cut(name), EVERYTHING]
        for key in keys:
            self._lost[server, key] = self._lost.get((server, key), 0) + 1


def cut(name: str) -> str:
    """Where the zone of a name presumably begins: its registrable domain; of a reverse name, two labels up."""
    name = name.lower()
    if name.endswith((".in-addr.arpa", ".ip6.arpa")):
        return name.split(".", 2)[-1]
    try:
        return registrable(name) or name
    except ValueError:
        return name
