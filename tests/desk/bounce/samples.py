"""Bounces that were labelled before any reading of them was written: forms with places, and rows that fill them."""

from __future__ import annotations

import base64
import quopri
import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent / "samples"
PERMANENCE = {"permanent": True, "temporary": False, "": None}
_ENCODED = re.compile(r"\{\{(base64|quoted-printable)\n(.*?)\n\}\}", re.DOTALL)


@dataclass(frozen=True)
class Labelled:
    """A recipient, and what is to be found of it."""

    address: str
    kind: str
    permanent: bool | None

    @property
    def hard(self) -> bool:
        return self.permanent is True and self.kind in {"hard-address", "hard-domain"}


@dataclass(frozen=True)
class Sample:
    """A mail as octets with LF, what it is, the id of the mail that it is about, and its recipients."""

    name: str
    form: str
    mail: bytes
    kind: str
    message: str
    recipients: tuple[Labelled, ...]


def _labelled(address: str, kind: str, permanence: str) -> Labelled:
    return Labelled(address, kind, PERMANENCE[permanence])


def _encoded(found: re.Match[str]) -> str:
    text = found[2].encode()
    octets = base64.encodebytes(text) if found[1] == "base64" else quopri.encodestring(text)
    return octets.decode("ascii").rstrip("\n")


def _octets(mail: str) -> bytes:
    return _ENCODED.sub(_encoded, mail.removeprefix("\n")).encode()


@cache
def samples() -> tuple[Sample, ...]:
    """All that were labelled."""
    more = tomllib.loads((FOLDER / "more.toml").read_text("utf-8"))["rows"]
    found: list[Sample] = []
    for name in ("standard", "plain"):
        for form in tomllib.loads((FOLDER / f"{name}.toml").read_text("utf-8"))["forms"]:
            for i, row in enumerate(form["rows"] + more.pop(form["id"], [])):
                to, host, status, said, kind, permanence = row
                places = {"to": to, "host": host, "status": status, "said": said, "id": f"{form['id']}.{i}"}
                text = form["mail"]
                for place, value in places.items():
                    text = text.replace("{" + place + "}", value)
                message = f"{form['id']}.{i}@news.example.org" if "{id}" in form["mail"] else ""
                labels = (_labelled(to, kind, permanence),)
                found.append(Sample(f"{form['id']}-{i}", form["id"], _octets(text), form["kind"], message, labels))
    assert not more
    for mail in tomllib.loads((FOLDER / "several.toml").read_text("utf-8"))["mails"]:
        labelled = tuple(_labelled(*row) for row in mail["recipients"])
        found.append(Sample(mail["id"], mail["id"], _octets(mail["mail"]), mail["kind"], mail["message"], labelled))
    return tuple(found)
