"""A place in the list, whatever the list is called."""

from __future__ import annotations

import pytest

from audit.model.evidence import InputLine
from audit.report.sarif_places import of_line, uri


@pytest.mark.parametrize(
    ("file", "shown"),
    [
        ("domains.txt", "domains.txt"),
        ("./lists/a b.txt", "lists/a%20b.txt"),
        ("lists//a.txt", "lists/a.txt"),
        ("/home/me/domains.txt", "domains.txt"),
        ("../../etc/passwd", "passwd"),
        ("a/../../b.txt", "b.txt"),
        ("C:\\lists\\a.txt", "a.txt"),
        ("lists\\a.txt", "lists/a.txt"),
        ("münchen.txt", "m%C3%BCnchen.txt"),
        ("javascript:alert(1)", "javascript%3Aalert%281%29"),
        ("https://e.example/x", "https%3A/e.example/x"),
        ("a?b#c%41", "a%3Fb%23c%2541"),
        ("\ud800", "%5Cud800"),
        ("-", "list"),
        ("", "list"),
        ("..", "list"),
        ("/", "list"),
    ],
)
def test_a_list_is_a_file_below_the_root(file: str, shown: str) -> None:
    assert uri(file) == shown


@pytest.mark.parametrize(
    ("text", "column", "end"),
    [
        ("good.example selectors=s1", 1, 13),
        ("   good.example", 4, 16),
        ("https://exa mple.com", 9, 12),
        ("exa  mple.com", 4, 5),
        ("short", 900, 901),
        ("", 1, 2),
    ],
)
def test_a_name_has_its_columns(text: str, column: int, end: int) -> None:
    place = of_line(InputLine(file="l", line=7, column=column, text=text))["physicalLocation"]
    assert place["region"] == {"startLine": 7, "startColumn": column, "endLine": 7, "endColumn": end}
