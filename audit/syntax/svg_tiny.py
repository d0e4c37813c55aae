"""SVG Tiny Portable/Secure (draft-svg-tiny-ps-abrotman): the pictures that BIMI allows.

It is SVG Tiny 1.2 without what moves, asks, runs or loads. Whatever the draft does not name is not allowed: there are
no style sheets, no images, and no elements or attributes of other vocabularies, and a reference leads to an element of
the same picture. The picture is read as untrusted XML: a document type, which could define entities, ends the reading,
and so do too many or too deeply nested elements.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import field
from xml.parsers import expat

from audit.model.value import dataclass
from audit.syntax.escape import visible

SVG, XLINK = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"
XML = "http://www.w3.org/XML/1998/namespace"
MAX_ELEMENTS, MAX_DEPTH, MAX_PROBLEMS = 20_000, 100, 10
GOOD_OCTETS = 32 * 1024
MAX_NAME, MAX_BOX = 40, 200  # characters
ELEMENTS = frozenset(
    {
        *("title", "desc", "metadata", "defs", "g", "use", "switch"),
        *("path", "rect", "circle", "ellipse", "line", "polyline", "polygon"),
        *("text", "tspan", "tbreak", "textArea", "solidColor", "linearGradient", "radialGradient", "stop"),
        *("font", "font-face", "font-face-src", "font-face-uri", "font-face-name", "glyph", "missing-glyph", "hkern"),
    }
)
ATTRIBUTES = frozenset(
    {
        *("id", "class", "role", "rel", "rev", "typeof", "content", "datatype", "resource", "about", "property"),
        *("requiredFeatures", "requiredExtensions", "requiredFormats", "requiredFonts", "systemLanguage", "lang"),
        *("version", "baseProfile", "viewBox", "preserveAspectRatio", "zoomAndPan", "externalResourcesRequired"),
        *("focusable", "playbackOrder", "snapshotTime", "timelineBegin", "contentScriptType", "href"),
        *("x", "y", "width", "height", "rx", "ry", "cx", "cy", "r", "x1", "y1", "x2", "y2", "points", "d"),
        *("pathLength", "transform", "rotate", "editable", "offset", "gradientUnits"),
        *("color", "color-rendering", "direction", "display", "display-align", "fill", "fill-opacity", "fill-rule"),
        *("font-family", "font-size", "font-stretch", "font-style", "font-variant", "font-weight", "line-increment"),
        *("opacity", "pointer-events", "shape-rendering", "text-rendering", "image-rendering", "buffered-rendering"),
        *("solid-color", "solid-opacity", "stop-color", "stop-opacity", "viewport-fill", "viewport-fill-opacity"),
        *("stroke", "stroke-dasharray", "stroke-dashoffset", "stroke-linecap", "stroke-linejoin"),
        *("stroke-miterlimit", "stroke-opacity", "stroke-width", "text-align", "text-anchor", "unicode-bidi"),
        *("vector-effect", "visibility", "horiz-origin", "horiz-origin-x", "horiz-adv-x", "unicode", "glyph-name"),
        *("arabic-form", "u1", "g1", "u2", "g2", "k", "unicode-range", "panose-1", "widths", "bbox", "units-per-em"),
        *("stemv", "stemh", "slope", "cap-height", "x-height", "accented-height", "ascent", "descent"),
        *("ideographic", "alphabetic", "mathematical", "hanging", "underline-position", "underline-thickness"),
        *("strikethrough-position", "strikethrough-thickness", "overline-position", "overline-thickness"),
    }
)
OF_XML = frozenset({"id", "lang", "space", "base"})
PAINTS = frozenset({"fill", "stroke", "color", "solid-color", "stop-color", "viewport-fill"})
OUTSIDE = "it refers to something outside"
URL = re.compile(r"url\s*\(\s*(?:[\"']\s*)?(?!#)(?=[^\s\"'])", re.IGNORECASE)
NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
BETWEEN = re.compile(r"\s*,\s*|\s+")


@dataclass(slots=True)
class _Reading:
    """What was met so far."""

    problems: dict[str, None] = field(default_factory=dict)
    elements: int = 0
    depth: int = 0
    title: str | None = None
    inside_title: bool = False

    def add(self, *problems: str) -> None:
        self.problems.update(dict.fromkeys(problems))


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
    parser.ProcessingInstructionHandler = lambda name, _: reading.add(f"it has an instruction {_named(name)}")
    try:
        parser.Parse(picture, True)
    except _Enough as end:
        return (str(end),)
    except (expat.ExpatError, ValueError, LookupError) as error:
        return (f"it is no XML: {visible(str(error), 80)}",)
    if not (reading.title or "").strip():
        reading.add("it has no title")
    if len(picture) > GOOD_OCTETS:
        reading.add(f"it has {len(picture)} octets; 32768 are advised at most")
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
        reading.add(*_root(attributes))
    elif space != SVG:
        reading.add(f"it has an element {_named(local)} of another vocabulary")
    elif local not in ELEMENTS:
        reading.add(f"it has an element {_named(local)}" + (" below its root" if local == "svg" else ""))
    reading.inside_title = reading.depth == 2 and (space, local) == (SVG, "title")
    for attribute, value in attributes.items():
        reading.add(*_attribute(attribute, value))


def _end(reading: _Reading) -> None:
    reading.depth -= 1
    reading.inside_title = False


def _text(reading: _Reading, text: str) -> None:
    if reading.inside_title:
        reading.title = ((reading.title or "") + text)[:100]


def _attribute(name: str, value: str) -> Iterator[str]:
    """What is wrong with an attribute of any element."""
    space, _, local = name.rpartition(" ")
    if not space and local.lower().startswith("on"):
        yield "it handles events"
    elif not space and local not in ATTRIBUTES:
        yield f"it has an attribute {_named(local)}"
    elif space and not (space == XLINK or (space == XML and local in OF_XML)):
        yield f"it has an attribute {_named(local)} of another vocabulary"
    link = local == "href" and space in ("", XLINK)
    base = (space, local) == (XML, "base")
    escaped = not space and local in PAINTS and "\\" in value  # style sheets may hide url() behind a backslash
    if ((link or base) and not value.strip().startswith("#")) or escaped or URL.search(value):
        yield OUTSIDE


def _root(attributes: Mapping[str, str]) -> Iterator[str]:
    """What is wrong with the attributes of the root element."""
    if attributes.get("baseProfile") != "tiny-ps":
        yield "its baseProfile is not tiny-ps"
    if attributes.get("version") != "1.2":
        yield "its version is not 1.2"
    if "x" in attributes or "y" in attributes:
        yield "it has x or y at its root"
    box = attributes.get("viewBox")
    if box is None:
        yield "it has no viewBox"
        return
    numbers = _numbers(box)
    if len(numbers) != 4:
        yield "its viewBox is not four numbers"
    elif min(numbers[2:]) <= 0:
        yield "its viewBox has no area"
    elif numbers[2] != numbers[3]:
        yield "it is not square"


def _numbers(text: str) -> tuple[float, ...]:
    """The numbers of a list (SVG Tiny 1.2 section 4.1); none where one of them is no finite number."""
    words = BETWEEN.split(text.strip()) if len(text) <= MAX_BOX else [""]
    if not all(map(NUMBER.fullmatch, words)):
        return ()
    numbers = tuple(map(float, words))
    return numbers if all(map(math.isfinite, numbers)) else ()


def _named(name: str) -> str:
    return visible(name, MAX_NAME)
