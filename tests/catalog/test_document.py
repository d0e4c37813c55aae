"""The catalogue as one document: it agrees with its schema, and the schema with the types."""

from __future__ import annotations

import json
import types
import typing
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema
import jsonschema_rs
import pytest

from audit import contract
from audit.catalog.advice import AdviceFact, ProviderAdvice
from audit.catalog.anchors import TrustAnchor
from audit.catalog.blocklists import Blocklist, Code, DeadZone
from audit.catalog.bounces import BounceForm, BounceLine, BounceReason
from audit.catalog.document import Catalog, catalog, document
from audit.catalog.issuers import Issuer
from audit.catalog.lifetimes import Lifetime
from audit.catalog.migration import Migration, MigrationRecord, MigrationValue
from audit.catalog.profiles import Profile, Thresholds
from audit.catalog.providers import Autodiscover, Provider
from audit.catalog.replies import (
    Backoff,
    EnhancedCode,
    ReplyClass,
    ReplyCode,
    ReplyPattern,
    ReplyRemedy,
    ReplySpeaker,
)
from audit.catalog.resolvers import Resolver
from audit.catalog.rotations import Rotation
from audit.catalog.selectors import Selectors
from audit.catalog.stages import StageWords

SCHEMA = contract.schema("catalog")
REPLIES = (Backoff, ReplyClass, ReplySpeaker, ReplyCode, EnhancedCode, ReplyRemedy, ReplyPattern)
BOUNCES = (BounceForm, BounceLine, BounceReason)
ADVICE = (ProviderAdvice, AdviceFact)
MIGRATION = (Migration, MigrationValue, MigrationRecord)
LISTS = (
    Blocklist,
    Code,
    DeadZone,
    Autodiscover,
    Provider,
    Selectors,
    Resolver,
    TrustAnchor,
    Issuer,
    Lifetime,
    Rotation,
)
TYPES = (*LISTS, *REPLIES, *BOUNCES, StageWords, *ADVICE, *MIGRATION, Profile, Thresholds)
REPLY_LISTS = ("reply_classes", "reply_speakers", "reply_codes", "enhanced_codes", "reply_remedies", "reply_patterns")
BOUNCE_LISTS = ("bounce_forms", "bounce_lines", "bounce_reasons")
SOURCED = (
    "blocklists",
    "dead",
    "providers",
    "resolvers",
    "anchors",
    "issuers",
    "lifetimes",
    "rotations",
    *REPLY_LISTS,
    *BOUNCE_LISTS,
    "migrations",
    "profiles",
)
PLAIN = {str: "string", bool: "boolean", int: "integer", float: "number", date: "string"}


def test_it_is_itself_again_after_writing_and_reading() -> None:
    assert contract.load(document(), Catalog) == catalog()


def test_both_validators_accept_it() -> None:
    value = json.loads(document())
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    jsonschema.Draft202012Validator(SCHEMA, format_checker=jsonschema.FormatChecker()).validate(value)
    jsonschema_rs.Draft202012Validator(SCHEMA, validate_formats=True).validate(value)


def test_every_entry_is_sourced_and_dated() -> None:
    value = json.loads(document())
    facts = [fact for entry in value["advice"] for fact in entry["facts"]]
    for entry in [e for name in SOURCED for e in value[name]] + [value["selectors"], *facts]:
        assert entry["source"].strip()
        assert date(2025, 1, 1) <= date.fromisoformat(entry["checked"]) <= date(2027, 12, 31)


# ---- parity -----------------------------------------------------------------------------------------------------


def test_each_type_has_its_definition_and_each_definition_its_type() -> None:
    assert set(SCHEMA["$defs"]) == {type_.__name__ for type_ in TYPES}


@pytest.mark.parametrize("type_", [*TYPES, Catalog], ids=lambda t: t.__name__)
def test_parity(type_: type[Any]) -> None:
    definition = SCHEMA if type_ is Catalog else SCHEMA["$defs"][type_.__name__]
    names = [field.name for field in fields(type_)]
    assert list(definition["properties"]) == names
    assert definition["required"] == names
    assert definition["additionalProperties"] is False
    hints = typing.get_type_hints(type_)
    for name in names:
        disagree = _disagreement(hints[name], definition["properties"][name])
        assert not disagree, f"{type_.__name__}.{name}: {disagree}"


def _disagreement(hint: Any, node: Mapping[str, Any]) -> str:
    """Why a property's schema does not describe the type; empty when it does."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if is_dataclass(hint):
        expected: object = {"$ref": f"#/$defs/{typing.cast('type[Any]', hint).__name__}"}
        return "" if dict(node) == expected else f"{node} is not {expected}"
    if origin is tuple:
        return "no array" if node.get("type") != "array" else _disagreement(arguments[0], node["items"])
    if origin is typing.Literal:
        return "" if tuple(node["enum"]) == arguments else f"{node['enum']} is not {arguments}"
    if isinstance(hint, types.GenericAlias) or origin is not None:
        return "" if node.get("type") == "object" else "no object"
    return "" if node.get("type") == PLAIN[hint] else f"{node.get('type')} is not {PLAIN[hint]}"


def test_parity_can_fail() -> None:
    assert _disagreement(str, {"type": "integer"})
    assert _disagreement(tuple[Code, ...], {"type": "array", "items": {"$ref": "#/$defs/Blocklist"}})
    assert _disagreement(typing.Literal["a", "b"], {"enum": ["a"]})


# ---- the schema -------------------------------------------------------------------------------------------------


def test_it_stands_alone_and_both_validators_read_it_alike() -> None:
    nodes = list(_nodes(SCHEMA))
    assert SCHEMA["$id"] == "https://mxaudit.example/schemas/catalog-1.json"
    assert {n["$ref"] for n in nodes if isinstance(n.get("$ref"), str)} <= {f"#/$defs/{n}" for n in SCHEMA["$defs"]}
    assert {n["format"] for n in nodes if isinstance(n.get("format"), str)} <= {"date-time", "ipv4", "ipv6"}
    patterns = [n["pattern"] for n in nodes if isinstance(n.get("pattern"), str)]
    assert patterns
    assert all(p.startswith("^") and p.endswith(r"$(?!\n)") and r"\d" not in p for p in patterns)


def _nodes(value: Any) -> typing.Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
    for child in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _nodes(child)


@pytest.mark.parametrize(
    ("path", "wrong"),
    [
        ("blocklists/0/weight", 6),
        ("blocklists/0/weight", True),
        ("blocklists/0/zone", "one"),
        ("blocklists/0/zone", "a..b"),
        ("blocklists/0/zone", "a.example\n"),
        ("blocklists/0/codes", []),
        ("blocklists/0/codes/0/answer", "127.0.0"),
        ("blocklists/0/codes/0/answer", "192.0.2.1"),
        ("blocklists/0/codes/0/kind", "bad"),
        ("blocklists/0/delist", "javascript:alert(1)"),
        ("blocklists/0/checked", "24.11.2026"),
        ("blocklists/0/extra", 1),
        ("dead/0/zone", "*"),
        ("providers/0/kind", "esp"),
        ("providers/0/mx", ["*.example"]),
        ("providers/0/selectors", ["selectorN-<dom>"]),
        ("selectors/names", []),
        ("selectors/names", ["a", "a"]),
        ("resolvers/0/addresses", ["dns.example"]),
        ("anchors/0/record", ". DS 1 8 2 00"),
        ("anchors", []),
        ("lifetimes/0/most_days", 0),
        ("lifetimes", []),
        ("reply_classes/0/side", "nobody"),
        ("reply_classes/0/backoff/jitter", 0.9),
        ("reply_codes/0/code", 199),
        ("enhanced_codes/0/code", "5.1.1"),
        ("reply_patterns/0/enhanced", ["5.7.1"]),
        ("reply_patterns/0/rules", ["spf"]),
        ("advice/0/facts", []),
        ("advice/0/facts/0/review_by", "2027"),
        ("advice/0/facts/0/topic", "news"),
        ("profiles/0/severities", {"SPF-ALL-PASS": "warn"}),
        ("profiles/0/severities", {"spf": "low"}),
        ("profiles/0/thresholds/cert_expiring_share", 2),
        ("profiles", []),
    ],
)
def test_both_validators_refuse(path: str, wrong: object) -> None:
    value = json.loads(document())
    *above, last = path.split("/")
    node = value
    for step in above:
        node = node[int(step) if step.isdigit() else step]
    node[last] = wrong
    text = json.dumps(value).encode()
    assert contract.problems("catalog", text)
    with pytest.raises(contract.ContractError):
        contract.check("catalog", text)


def test_the_schema_of_the_checkout_is_the_one_that_is_read() -> None:
    written = Path(__file__).parents[2] / "schemas" / "catalog.json"
    assert json.loads(written.read_text("utf-8")) == SCHEMA
