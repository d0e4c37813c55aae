"""Rows keep to their schema, in both validators, and hide addresses where they are to."""

from __future__ import annotations

import hashlib
import json
import re

import jsonschema
import pytest

from audit import contract
from audit.catalog.bounces import load_bounces
from audit.catalog.replies import load_replies
from audit.desk.bounce.reading import UNPARSEABLE, read_bounce
from audit.desk.bounce.rows import COLUMNS, Value, rows
from tests.desk.bounce.samples import samples

SCHEMA = contract.schema("bounce")
KEY = b"a key of this test"


def found(*, key: bytes = b"", names: str = "mxaudit") -> list[dict[str, Value]]:
    chosen = "sisimai" if names == "sisimai" else "mxaudit"
    return [
        row
        for s in samples()
        for row in rows(s.name, read_bounce(s.mail), names="sisimai" if chosen == "sisimai" else "mxaudit", key=key)
    ]


def test_the_schema_has_the_columns_in_their_order() -> None:
    definition = SCHEMA["$defs"]["BounceRow"]
    assert tuple(definition["properties"]) == tuple(definition["required"]) == COLUMNS


@pytest.mark.parametrize("key", [b"", KEY])
def test_each_row_keeps_to_the_schema(key: bytes) -> None:
    validator = jsonschema.Draft202012Validator(SCHEMA)
    for row in [*found(key=key), *rows("x", UNPARSEABLE, names="mxaudit", key=key)]:
        assert tuple(row) == COLUMNS
        contract.check("bounce", contract.dump(row))
        validator.validate(json.loads(contract.dump(row)))


def test_the_schema_can_refuse() -> None:
    row = found()[0]
    for name, value in (("kind", "spam"), ("suppress", None), ("code", 99), ("enhanced_code", "5.1"), ("side", "x")):
        with pytest.raises(contract.ContractError):
            contract.check("bounce", contract.dump(row | {name: value}))


def test_the_classes_and_reasons_of_rows_are_known() -> None:
    known = {c.id for c in load_replies().classes}
    reasons = {r.id: r.sisimai for r in load_bounces().reasons}
    ours, theirs = found(), found(names="sisimai")
    assert {row["class"] for row in ours} - {None} <= known
    for mine, other in zip(ours, theirs, strict=True):
        assert (mine["reason"] is None) == (other["reason"] is None)
        assert mine["reason"] is None or reasons[str(mine["reason"])] == other["reason"]


def test_no_address_is_left_where_none_is_to_be() -> None:
    for s in samples():
        text = json.dumps(list(rows("x", read_bounce(s.mail), names="mxaudit", key=KEY)), ensure_ascii=False)
        for label in s.recipients:
            assert label.address.lower() not in text.lower()
            local = label.address.rpartition("@")[0]
            assert not re.search(rf'[<"]{re.escape(local)}[>@]', text)


def test_the_same_address_has_the_same_digest() -> None:
    mail = next(s.mail for s in samples() if s.name == "postfix-0")
    other = mail.replace(b"nobody@shop.example", b"NoBody@Shop.example")
    (one,), (two,) = (list(rows("x", read_bounce(m), names="mxaudit", key=KEY)) for m in (mail, other))
    assert str(one["address"]).startswith("hmac-sha256:")
    assert one["address"] == two["address"]


def test_without_the_key_nobody_can_try_whether_an_address_is_there() -> None:
    mail = next(s.mail for s in samples() if s.name == "postfix-0")
    (one,), (two,) = (list(rows("x", read_bounce(mail), names="mxaudit", key=key)) for key in (KEY, b"another key"))
    assert one["address"] != two["address"]
    plain = hashlib.sha256(b"nobody@shop.example").hexdigest()
    assert not any(plain[:16] in json.dumps(row) for row in (one, two))
