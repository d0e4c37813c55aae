"""SVG Tiny Portable/Secure (draft-svg-tiny-ps-abrotman): the pictures that BIMI allows.

It is SVG Tiny 1.2 without what moves, asks, runs or loads. The picture is read as untrusted XML: a document type, which
could define entities, ends the reading, and so do too many or too deeply nested elements.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from xml.parsers import expat

from audit.syntax.escape import visible

SVG, XLINK = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"
MAX_ELEMENTS, MAX_DEPTH, MAX_PROBLEMS = 20_000, 100, 10
GOOD_OCTETS = 32 * 1024
FORBIDDEN = frozenset(
    {
        *("script", "handler", "listener", "image", "foreignObject", "a", "audio", "video", "animation"),
        *("animate", "animateColor", "animateMotion", "animateTransform", "set", "discard", "prefetch"),
    }
)
BOX = re.compile(r"\s*(-?[0-9.]+)[\s,]+(-?[0-9.]+)[\s,]+([0-9.]+)[\s,]+([0-9.]+)\s*")


@dataclass(slots=True)
class _Reading:
    """What was met so far."""

    problems: dict[str, None] = field(default_factory=dict)
    elements: int = 0
    depth: int = 0
    title: str | None = None
    inside_title: bool = False


class _Enough(Exception):
    """The reading ends here; the text says why."""


def problems(picture: bytes) -> tuple[str, ...]:
    """Why a picture is none that BIMI allows, in words; none where it is one. Never raises."""
    if picture.startswith(b"\x1f\x8b"):
        return ("it is packed (gzip)",)
    reading = _Reading()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartDoctypeDeclHandler = _refuse
    parser.EntityDeclHandler = _refuse
    parser.StartElementHandler = lambda name, attributes: _start(reading, name, attributes)
    parser.EndElementHandler = lambda _: _end(reading)
    parser.CharacterDataHandler = lambda text: _text(reading, text)
    try:
        parser.Parse(picture, True)
    except _Enough as end:
        return (str(end),)
    except (expat.ExpatError, ValueError, LookupError) as error:
        return (f"it is no XML: {visible(str(error), 80)}",)
    if not (reading.title or "").strip():
        reading.problems["it has no title"] = None
    if len(picture) > GOOD_OCTETS:
        reading.problems[f"it has {len(picture)} octets; 32768 are advised at most"] = None
    return tuple(reading.problems)[:MAX_PROBLEMS]


def _refuse(*_: object) -> None:
    raise _Enough("it has a document type")


def _start(reading: _Reading, name: str, attributes: Mapping[str, str]) -> None:
    reading.elements += 1
    reading.depth += 1
    if reading.elements > MAX_ELEMENTS or reading.depth > MAX_DEPTH:
        raise _Enough("it has too many elements, or too deeply nested ones")
    space, _, local = name.rpartition(" ")
    if reading.depth == 1:
        if (space, local) != (SVG, "svg"):
            raise _Enough("it is no SVG")
        reading.problems.update(dict.fromkeys(_root(attributes)))
    if space == SVG and local in FORBIDDEN:
        reading.problems[f"it has an element {local}"] = None
    reading.inside_title = reading.depth == 2 and (space, local) == (SVG, "title")
    for attribute, value in attributes.items():
        if attribute in ("href", f"{XLINK} href") and not value.startswith("#"):
            reading.problems["it refers to something outside"] = None
        elif attribute.startswith("on"):
            reading.problems["it handles events"] = None


def _end(reading: _Reading) -> None:
    reading.depth -= 1
    reading.inside_title = False


def _text(reading: _Reading, text: str) -> None:
    if reading.inside_title:
        reading.title = ((reading.title or "") + text)[:100]


def _root(attributes: Mapping[str, str]) -> tuple[str, ...]:
    """What is wrong with the attributes of the root element."""
    box = BOX.fullmatch(attributes.get("viewBox", ""))
    return tuple(
        text
        for text, wrong in {
            "its baseProfile is not tiny-ps": attributes.get("baseProfile") != "tiny-ps",
            "its version is not 1.2": attributes.get("version") != "1.2",
            "it has x or y at its root": "x" in attributes or "y" in attributes,
            "it has no viewBox": box is None,
            "it is not square": box is not None and box[3] != box[4],
        }.items()
        if wrong
    )
