"""Values are equal and hashable by their fields, and nobody pays for a ban on setting them."""

from __future__ import annotations

import copy
import pickle
from dataclasses import fields, replace

import pytest

from audit.model.value import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    name: str
    port: int = 25


@dataclass(frozen=True, slots=True)
class Placed(Place):
    by: str


@dataclass(frozen=True, slots=True)
class Known:
    name: str

    def __hash__(self) -> int:
        return 7


@dataclass(slots=True)
class Growing:
    names: list[str]


def test_equal_fields_are_equal_values() -> None:
    assert Place(name="a") == Place(name="a", port=25)
    assert Place(name="a") != Place(name="a", port=587)
    assert len({Place(name="a"), Place(name="a"), Place(name="b")}) == 2
    assert {Placed("us", name="a"): 1}[Placed("us", name="a")] == 1


def test_a_hash_of_ones_own_is_kept() -> None:
    assert hash(Known("a")) == 7


def test_what_may_change_has_no_hash() -> None:
    growing = Growing([])
    growing.names = ["a"]
    with pytest.raises(TypeError, match="unhashable"):
        hash(growing)


def test_values_are_copied_and_changed_into_others() -> None:
    place = Place(name="a")
    assert replace(place, port=587) == Place(name="a", port=587)
    assert pickle.loads(pickle.dumps(place)) == copy.deepcopy(place) == place
    assert [f.name for f in fields(Placed)] == ["name", "port", "by"]


def test_no_name_is_added_to_a_value() -> None:
    with pytest.raises(AttributeError):
        setattr(Place(name="a"), "other", 1)  # noqa: B010 -- mypy would not let it pass
