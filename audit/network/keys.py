"""Keys that blocklists give to their users, as a label in the names that are asked: kept from all but the wire.

Above this layer such a name holds `{…}` where the key stands: `2.0.0.127.{spamhaus_dqs}.zen.dq.spamhaus.net`. The key
is put in right before the question is sent, and taken out of all that comes back, which may well repeat it: a name that
a resolver follows to, a text of the list, an extended error. It is put into names below the list's own zone only: names
that the world chose could otherwise lure it to themselves.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import replace

from audit.catalog.blocklists import key_variable, load_blocklists
from audit.model.probe import Answer, ExtendedError, Question
from audit.model.secret import Secret
from audit.syntax import txt, zonefile

LABEL = re.compile(r"[A-Za-z0-9]{16,63}")


def is_key(text: str) -> bool:
    """Whether a text can be a key: one label of letters and digits, too long to be met by chance."""
    return LABEL.fullmatch(text) is not None


def held_keys() -> dict[str, Secret]:
    """The keys of the catalogue's lists, by their names: from the environment, and from nowhere else, for a command
    line is seen by others.

    Raises:
        ValueError: a variable holds something else; it is named, and not what it holds.
    """
    found = {}
    for name in load_blocklists().keys:
        variable = key_variable(name)
        text = os.environ.get(variable, "").strip()
        if text and not is_key(text):
            raise ValueError(f"{variable} holds no key: a key is 16 letters and digits, or more.")
        if text:
            found[name] = Secret(text)
    return found


class Keys:
    """Puts keys into questions and takes them out of answers. `keys` are by their names, `zones` those with `{name}`.

    Raises:
        ValueError: a key is not a label; it is not repeated.
    """

    def __init__(self, keys: Mapping[str, Secret], zones: tuple[str, ...]) -> None:
        if not all(is_key(secret.reveal()) for secret in keys.values()):
            raise ValueError("a key is not a label of letters and digits")
        self._zones = tuple((f".{zone}", name) for zone in zones for name in keys if f"{{{name}}}" in zone)
        self._keys = {name: secret.reveal().lower() for name, secret in keys.items()}
        self._shown = tuple(
            (re.compile(re.escape(key), re.IGNORECASE), f"{{{name}}}") for name, key in self._keys.items()
        )

    def put_in(self, question: Question) -> Question:
        """The question as it goes over the wire."""
        for zone, name in self._zones:
            if question.name.endswith(zone):
                keyed = zone.replace(f"{{{name}}}", self._keys[name])
                return replace(question, name=question.name.removesuffix(zone) + keyed)
        return question

    def take_out(self, answer: Answer) -> Answer:
        """The answer without any key."""
        if not self._keys:
            return answer
        return replace(
            answer,
            records=tuple(map(self._record, answer.records)),
            aliases=tuple(map(self._text, answer.aliases)),
            authority=tuple(map(self._text, answer.authority)),
            signatures=tuple(map(self._text, answer.signatures)),
            proof=tuple(map(self._text, answer.proof)),
            glue=tuple(map(self._text, answer.glue)),
            ede=tuple(ExtendedError(code=e.code, text=self._text(e.text)) for e in answer.ede),
        )

    def _record(self, record: str) -> str:
        """A record; of several strings, which readers join, also what they say together."""
        shown = self._text(record)
        if not record.startswith('"'):
            return shown
        joined = txt.joined(record)
        clean = self._text(joined)
        return shown if clean == joined else zonefile.text_data(clean)

    def _text(self, text: str) -> str:
        for key, name in self._shown:
            text = key.sub(name, text)
        return text
