"""No form of a secret is left in a text, and a secret shows nothing by itself."""

from __future__ import annotations

import base64
import copy
import json
import pickle
import traceback
from collections.abc import Callable
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.model.secret import HIDDEN, Secret
from audit.syntax.escape import octets
from audit.syntax.sasl.redact import Redaction, forms

CANARY = "c4n4ry+pässwort/?"


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


@pytest.mark.parametrize(
    "written",
    [
        CANARY,
        CANARY.upper(),
        b64(CANARY.encode()),
        b64(b"\0anna\0" + CANARY.encode()),
        b64(b"\0ann\0" + CANARY.encode()),
        b64(b"\0an\0" + CANARY.encode() + b"tail"),
        CANARY.encode().hex(),
        CANARY.encode().hex().upper(),
        quote(CANARY, safe=""),
        octets(CANARY.encode(), 500),
        CANARY[::-1],
    ],
)
def test_each_form_is_covered(written: str) -> None:
    cleaned = Redaction([Secret(CANARY)])(f"535 5.7.8 {written} is wrong")
    assert HIDDEN in cleaned
    assert not [form for form in forms(Secret(CANARY)) if form.lower() in cleaned.lower()]


@given(st.text(min_size=4, max_size=40), st.binary(max_size=7), st.binary(max_size=7))
def test_no_neighbour_hides_it_in_base64(secret: str, before: bytes, after: bytes) -> None:
    try:
        raw = secret.encode()
    except UnicodeEncodeError:
        return
    if len(raw) < 6:
        return
    said = b64(before + raw + after)
    assert HIDDEN in Redaction([Secret(secret)])(said)


@pytest.mark.parametrize("text", ["", "535 5.7.8 Error: authentication failed", "•••"])
def test_other_texts_stay(text: str) -> None:
    assert Redaction([Secret(CANARY)])(text) == text
    assert Redaction([])(text) == text


@pytest.mark.parametrize(
    "shown",
    [repr, str, "{}".format, "{!r:>20}".format, lambda s: "%s" % s],  # noqa: UP031
    ids=["repr", "str", "format", "repr-format", "percent"],
)
def test_a_secret_shows_nothing(shown: Callable[[Secret], str]) -> None:
    assert CANARY not in shown(Secret(CANARY))


@pytest.mark.parametrize("written", [pickle.dumps, copy.deepcopy, json.dumps], ids=["pickle", "copy", "json"])
def test_a_secret_is_not_written(written: Callable[[Secret], object]) -> None:
    with pytest.raises(TypeError) as caught:
        written(Secret(CANARY))
    assert CANARY not in "".join(traceback.format_exception(caught.value))
