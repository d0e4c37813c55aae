"""Why a server fails, as it says itself."""

from __future__ import annotations

import dns.edns
import pytest

from audit.syntax.extended_error import NAMES, shown


@pytest.mark.parametrize(
    ("code", "text", "said"),
    [
        (7, "", "EDE 7 (signature expired)"),
        (9, "no key for example.", "EDE 9 “no key for example.”"),
        (6, "x" * 30, f"EDE 6 “{'x' * 20}”"),
        (4711, "", "EDE 4711"),
        (4711, "odd", "EDE 4711 “odd”"),
    ],
)
def test_what_is_shown(code: int, text: str, said: str) -> None:
    assert shown(code, text, 20) == said


def test_the_codes_are_those_that_another_library_knows() -> None:
    """dnspython names the first of them, by the words of the registry."""
    theirs = {int(code): code.name.replace("_", " ").lower() for code in dns.edns.EDECode}
    assert {code: name.lower() for code, name in NAMES.items()} == {**theirs, 0: "other error"}
