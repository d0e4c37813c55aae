"""How a list is called in a report."""

from __future__ import annotations

import pytest

from audit.cli.job import Job


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("domains.txt", "domains.txt"),
        ("./domains.txt", "domains.txt"),
        ("lists/mine.txt", "lists/mine.txt"),
        ("../mine.txt", "mine.txt"),
        ("lists/../../mine.txt", "mine.txt"),
        ("/home/somebody/mine.txt", "mine.txt"),
        ("-", "-"),
    ],
)
def test_a_list_is_called_by_its_path_below_where_we_stand(source: str, name: str) -> None:
    assert Job.of(b"a.example\n", source).name == name
