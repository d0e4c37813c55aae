"""YAML (version 1.1) as far as files of records need it: mappings, lists and scalars, each with its place.

It is read event by event, so nothing is ever constructed but texts. Aliases can make a small file a huge tree, and tags
can ask for anything: neither is read, nor is a second document.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import yaml

from audit.model.value import dataclass
from audit.syntax.escape import visible
from audit.syntax.planned.record import Place, PlannedFault

MAX_DEPTH = 16
MAX_NODES = 200_000


@dataclass(frozen=True, slots=True)
class Scalar:
    place: Place
    text: str


@dataclass(frozen=True, slots=True)
class Items:
    place: Place
    items: tuple[Tree, ...]


@dataclass(frozen=True, slots=True)
class Pairs:
    place: Place
    pairs: tuple[tuple[Scalar, Tree], ...]


Tree: TypeAlias = Scalar | Items | Pairs


def read(text: str) -> Tree:
    """The one document of a text.

    Raises:
        PlannedFault: it is no YAML, or more than is read here.
    """
    try:
        return _read(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        why = visible(error.problem or "it breaks off", 120)
        raise PlannedFault(_place(mark), f"this is not YAML: {why}.") from None
    except yaml.reader.ReaderError as error:
        before = text[: error.position]
        place = Place(before.count("\n") + 1, len(before) - before.rfind("\n"))
        raise PlannedFault(place, "YAML cannot hold this character.") from None


def _read(text: str) -> Tree:
    open_: list[tuple[Place, bool, list[Tree]]] = []  # what is not closed: whether a mapping, and its nodes
    root: Tree | None = None
    nodes = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        made: Tree
        place = _place(event.start_mark)
        if isinstance(event, yaml.DocumentStartEvent) and root is not None:
            raise PlannedFault(place, "there is a second document.")
        _refuse(event, place)
        if isinstance(event, yaml.CollectionStartEvent):
            if len(open_) >= MAX_DEPTH:
                raise PlannedFault(place, f"it is more than {MAX_DEPTH} levels deep.")
            open_.append((place, isinstance(event, yaml.MappingStartEvent), []))
            continue
        if isinstance(event, yaml.ScalarEvent):
            made = Scalar(place, event.value)
        elif isinstance(event, yaml.CollectionEndEvent):
            began, is_mapping, held = open_.pop()
            made = _pairs(began, held) if is_mapping else Items(began, tuple(held))
        else:
            continue
        nodes += 1
        if nodes > MAX_NODES:
            raise PlannedFault(place, f"there are more than {MAX_NODES} values.")
        if open_:
            open_[-1][2].append(made)
        else:
            root = made
    if root is None:
        raise PlannedFault(Place(1, 1), "there is nothing in it.")
    return root


def _refuse(event: yaml.Event, place: Place) -> None:
    """What is not read, and why."""
    if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
        raise PlannedFault(place, "anchors and aliases are not read: write the value out.")
    if (tag := getattr(event, "tag", None)) is not None:
        raise PlannedFault(place, f"tags such as {visible(str(tag), 40)} are not read.")


def _pairs(place: Place, held: list[Tree]) -> Pairs:
    pairs: list[tuple[Scalar, Tree]] = []
    met: set[str] = set()
    for key, value in zip(held[::2], held[1::2], strict=True):
        if not isinstance(key, Scalar):
            raise PlannedFault(key.place, "the key of a mapping is a text.")
        if key.text in met:
            raise PlannedFault(key.place, f"“{visible(key.text, 60)}” stands here twice.")
        met.add(key.text)
        pairs.append((key, value))
    return Pairs(place, tuple(pairs))


def _place(mark: Any) -> Place:
    return Place(mark.line + 1, mark.column + 1) if mark is not None else Place(1, 1)
