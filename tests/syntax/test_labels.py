"""Names with any octet: what is one label, what is two, and which are the same."""

from __future__ import annotations

import dns.name
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.syntax.labels import Labels, is_below, is_name, labels, lowered, presented


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (".", ()),
        ("", ()),
        ("example.", ("example",)),
        ("Mail.Example.ORG", ("mail", "example", "org")),
        ("a\\.b.example.", ("a.b", "example")),
        ("a\\\\.b.example.", ("a\\", "b", "example")),
        ("\\255\\032.example.", ("\xff ", "example")),
        ("\\065b.example.", ("ab", "example")),
        ("\\000.example.", ("\0", "example")),
        ("\\@.example.", ("@", "example")),
        ("\\256.example.", ("256", "example")),
        ("\xc9.example.", ("\xc9", "example")),
        ("a..b", ("a", "", "b")),
        ("x\\", ("x\\",)),
    ],
)
def test_labels(text: str, expected: Labels) -> None:
    assert labels(text) == expected


@pytest.mark.parametrize(
    ("name", "above", "below"),
    [
        ("mail.example.", "example.", True),
        ("example.", "EXAMPLE", True),
        ("xexample.", "example.", False),
        ("mail\\.example.", "example.", False),
        ("a\\.b.example.", "b.example.", False),
        ("example.", "mail.example.", False),
        ("example.", ".", True),
    ],
)
def test_below(name: str, above: str, below: bool) -> None:
    assert is_below(labels(name), labels(above)) is below


@pytest.mark.parametrize(
    ("name", "good"),
    [
        ((), False),
        (("a",), True),
        (("a", "", "b"), False),
        (("x" * 63, "b"), True),
        (("x" * 64, "b"), False),
        (("x" * 63, "x" * 63, "x" * 63, "x" * 61), True),
        (("x" * 63, "x" * 63, "x" * 63, "x" * 62), False),
    ],
)
def test_what_fits_on_the_wire(name: Labels, good: bool) -> None:
    assert is_name(name) is good


def test_only_ascii_letters_have_a_lower_case() -> None:
    assert lowered("A\xc9\xd0Z") == "a\xc9\xd0z"


LABELS = st.lists(st.text(st.characters(max_codepoint=255), min_size=1, max_size=8), max_size=5)


@settings(max_examples=300, derandomize=True, deadline=None)
@given(LABELS)
def test_it_is_written_as_the_network_client_writes_it(parts: list[str]) -> None:
    wire = dns.name.Name([*(p.encode("latin-1") for p in parts), b""]).canonicalize()
    name = tuple(lowered(p) for p in parts)
    assert presented(name) == wire.to_text(omit_final_dot=True)
    assert labels(wire.to_text()) == name
    assert labels(presented(name)) == name
