"""Every type that is written agrees with the hand-written schema of its name, and the schemas define nothing else.

Both sides are brought to one shape: a type is the set of its alternatives (`string`, `null`, the name of a definition,
an array of a shape …), an object is the list of its properties with the shape of each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

import msgspec.inspect as mi
import pytest
from msgspec.structs import replace

from audit import contract
from audit.desk.propagation.session import PropagationReport
from audit.model import compliance_report, digests, evidence, migration, migration_check, rehearsal, report

Node = dict[str, Any]
Shape = frozenset[tuple[Any, ...]]

ROOTS: dict[str, tuple[type, ...]] = {
    "evidence": (evidence.RunEvidence, evidence.DomainEvidence, evidence.Row, evidence.RunEnd),
    "hosts": (evidence.Visited, evidence.Fetched, evidence.Offered),
    "report": (report.RunReport,),
    "migration": (migration.Plan,),
    "migration_check": (migration_check.PlanCheck,),
    "rehearsal": (rehearsal.Rehearsal,),
    "propagation": (PropagationReport,),
    "digests": (digests.DigestManifest,),
    "compliance": (compliance_report.ComplianceReport,),
}
LINES = frozenset(ROOTS["evidence"] + ROOTS["hosts"])  # which the codec seals with a checksum
SIMPLE: dict[type[mi.Type], str] = {
    mi.StrType: "string",
    mi.IntType: "integer",
    mi.BoolType: "boolean",
    mi.FloatType: "number",
    mi.NoneType: "null",
    mi.DateTimeType: "date-time",
    mi.BytesType: "base64",
}


def written(*roots: type) -> dict[str, mi.DataclassType | mi.EnumType]:
    """The dataclasses and enums that can be met in what is written, by name."""
    found: dict[str, mi.DataclassType | mi.EnumType] = {}

    def visit(type_: mi.Type) -> None:
        if isinstance(type_, mi.EnumType):
            found[type_.cls.__name__] = type_
        elif isinstance(type_, mi.DataclassType):
            if type_.cls.__name__ not in found:
                found[type_.cls.__name__] = type_
                for field in type_.fields:
                    visit(field.type)
        else:
            for inner in _inside(type_):
                visit(inner)

    for root in roots:
        visit(mi.type_info(root))
    return found


def _inside(type_: mi.Type) -> tuple[mi.Type, ...]:
    if isinstance(type_, mi.UnionType):
        return type_.types
    if isinstance(type_, mi.VarTupleType | mi.ListType):
        return (type_.item_type,)
    if isinstance(type_, mi.DictType):
        return (type_.key_type, type_.value_type)
    return ()


def shape_in_code(type_: mi.Type) -> Shape:
    if isinstance(type_, mi.UnionType):
        return frozenset().union(*map(shape_in_code, type_.types))
    if isinstance(type_, mi.DataclassType | mi.EnumType):
        return frozenset({("ref", type_.cls.__name__)})
    if isinstance(type_, mi.LiteralType):
        return frozenset({("enum", *type_.values)})
    if isinstance(type_, mi.VarTupleType | mi.ListType):
        return frozenset({("array", shape_in_code(type_.item_type))})
    if isinstance(type_, mi.DictType):
        assert isinstance(type_.key_type, mi.StrType)
        return frozenset({("object", shape_in_code(type_.value_type))})
    return frozenset({(SIMPLE[type(type_)],)})


def shape_in_schema(node: Node) -> Shape:
    if "oneOf" in node:
        return frozenset().union(*map(shape_in_schema, node["oneOf"]))
    if "$ref" in node:
        return frozenset({("ref", node["$ref"].removeprefix("#/$defs/"))})
    types = [node["type"]] if isinstance(node["type"], str) else node["type"]
    return frozenset(_alternative(type_, node) for type_ in types)


def _alternative(type_: str, node: Node) -> tuple[Any, ...]:
    if type_ == "array":
        return ("array", shape_in_schema(node["items"]))
    if type_ == "object":
        return ("object", shape_in_schema(node["additionalProperties"]))
    if type_ == "string" and "enum" in node:
        return ("enum", *sorted(node["enum"]))
    if type_ == "string" and node.get("format") == "date-time":
        return ("date-time",)
    if type_ == "string" and "contentEncoding" in node:
        return (node["contentEncoding"],)
    return (type_,)


def disagreements(code: mi.DataclassType | mi.EnumType, definition: Node) -> Iterator[str]:
    """What a definition says otherwise than the type of its name."""
    if isinstance(code, mi.EnumType):
        values = [member.value for member in code.cls]
        if definition.get("enum") != values or definition.get("type") != "string":
            yield f"{definition.get('enum')} is not {values}"
        return
    order = [field.name for field in fields(code.cls)]  # as written; msgspec's view puts fields with a default last
    names = [f.encode_name for f in sorted(code.fields, key=lambda f: order.index(f.name))]
    names += ["crc"] if code.cls in LINES else []
    if definition.get("type") != "object" or definition.get("additionalProperties") is not False:
        yield "it is no closed object"
    for word in ("properties", "required"):
        if list(definition.get(word, ())) != names:
            yield f"{word} are {list(definition.get(word, ()))}, not {names}"
    for field in code.fields:
        node = definition.get("properties", {}).get(field.encode_name)
        if node is not None and shape_in_schema(node) != shape_in_code(field.type):
            yield f"{field.name}: {shape_in_schema(node)} is not {shape_in_code(field.type)}"


CASES = [
    pytest.param(schema, name, code, id=f"{schema}-{name}")
    for schema, roots in ROOTS.items()
    for name, code in written(*roots).items()
]


@pytest.mark.parametrize(("schema", "name", "code"), CASES)
def test_code_and_schema_agree(schema: str, name: str, code: mi.DataclassType | mi.EnumType) -> None:
    assert list(disagreements(code, contract.schema(schema)["$defs"][name])) == []


@pytest.mark.parametrize("schema", ROOTS)
def test_nothing_is_defined_that_is_not_written(schema: str) -> None:
    assert set(contract.schema(schema)["$defs"]) == set(written(*ROOTS[schema]))


def test_the_root_is_the_type_that_is_written() -> None:
    assert contract.schema("report")["$ref"] == "#/$defs/RunReport"
    assert contract.schema("propagation")["$ref"] == "#/$defs/PropagationReport"


@pytest.mark.parametrize(
    ("name", "all_kinds"), [("evidence", ["run", "domain", "row", "end"]), ("hosts", ["visit", "fetch", "hello"])]
)
def test_a_line_is_told_by_its_kind(name: str, all_kinds: list[str]) -> None:
    schema = contract.schema(name)
    kinds = {each["if"]["properties"]["kind"]["const"]: each["then"]["$ref"] for each in schema["allOf"]}
    assert schema["properties"]["kind"]["enum"] == list(kinds) == all_kinds
    for type_ in ROOTS[name]:
        (kind,) = (f.default for f in fields(type_) if f.name == "kind")
        assert kinds[kind] == f"#/$defs/{type_.__name__}"


def test_two_types_that_are_written_never_share_a_name() -> None:
    types = [code.cls for roots in ROOTS.values() for code in written(*roots).values()]
    assert len(set(types)) == len({type_.__name__ for type_ in types})


# ---- the comparison can fail ------------------------------------------------------------------------------------


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


@dataclass(frozen=True, slots=True, kw_only=True)
class Inner:
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outer:
    name: str
    size: int | None
    colour: Colour
    inner: Inner | None
    many: tuple[Inner, ...]
    word: Literal["a", "b"]
    at: datetime
    data: bytes
    arguments: dict[str, str | tuple[str, ...]]


OUTER: Node = {
    "type": "object",
    "additionalProperties": False,
    "required": ["name", "size", "colour", "inner", "many", "word", "at", "data", "arguments"],
    "properties": {
        "name": {"type": "string", "minLength": 1},
        "size": {"type": ["integer", "null"]},
        "colour": {"$ref": "#/$defs/Colour"},
        "inner": {"oneOf": [{"$ref": "#/$defs/Inner"}, {"type": "null"}]},
        "many": {"type": "array", "items": {"$ref": "#/$defs/Inner"}},
        "word": {"type": "string", "enum": ["a", "b"]},
        "at": {"type": "string", "format": "date-time"},
        "data": {"type": "string", "contentEncoding": "base64"},
        "arguments": {
            "type": "object",
            "additionalProperties": {"type": ["string", "array"], "items": {"type": "string"}},
        },
    },
}
CHANGES: dict[str, Callable[[Node], object]] = {
    "open": lambda d: d.update(additionalProperties=True),
    "not required": lambda d: d["required"].remove("size"),
    "other order": lambda d: d["required"].reverse(),
    "missing": lambda d: d["properties"].pop("size"),
    "too many": lambda d: d["properties"].update(extra={"type": "string"}),
    "other type": lambda d: d["properties"].update(name={"type": "integer"}),
    "never null": lambda d: d["properties"].update(size={"type": "integer"}),
    "null allowed": lambda d: d["properties"].update(name={"type": ["string", "null"]}),
    "reference never null": lambda d: d["properties"].update(inner={"$ref": "#/$defs/Inner"}),
    "other reference": lambda d: d["properties"].update(colour={"$ref": "#/$defs/Inner"}),
    "other items": lambda d: d["properties"]["many"].update(items={"$ref": "#/$defs/Colour"}),
    "no items of its own": lambda d: d["properties"]["many"].update(items={"type": "string"}),
    "other words": lambda d: d["properties"]["word"].update(enum=["a"]),
    "words where any text may be": lambda d: d["properties"]["name"].update(enum=["a"]),
    "any text": lambda d: d["properties"].update(word={"type": "string"}),
    "no time": lambda d: d["properties"].update(at={"type": "string"}),
    "no octets": lambda d: d["properties"].update(data={"type": "string"}),
    "other arguments": lambda d: d["properties"]["arguments"].update(additionalProperties={"type": "string"}),
}


def _code(type_: type) -> mi.DataclassType | mi.EnumType:
    return written(type_)[type_.__name__]


def test_a_definition_that_agrees_is_found_to_agree() -> None:
    assert list(disagreements(_code(Outer), OUTER)) == []
    assert list(disagreements(_code(Colour), {"type": "string", "enum": ["red", "blue"]})) == []


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_definition_that_says_otherwise_is_noticed(change: Callable[[Node], object]) -> None:
    definition = deepcopy(OUTER)
    change(definition)
    assert list(disagreements(_code(Outer), definition))


@pytest.mark.parametrize("values", [["blue", "red"], ["red"], ["red", "blue", "green"]])
def test_an_enum_that_says_otherwise_is_noticed(values: list[str]) -> None:
    assert list(disagreements(_code(Colour), {"type": "string", "enum": values}))


@pytest.mark.parametrize(("schema", "name", "code"), CASES)
def test_renaming_a_field_is_noticed(schema: str, name: str, code: mi.DataclassType | mi.EnumType) -> None:
    """The last field of each type is renamed, as somebody might do it in the code."""
    if isinstance(code, mi.EnumType):
        return
    *others, last = code.fields
    renamed = replace(code, fields=(*others, replace(last, encode_name="renamed")))
    found = list(disagreements(renamed, contract.schema(schema)["$defs"][name]))
    assert any("renamed" in text for text in found)
