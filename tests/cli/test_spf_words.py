"""What the commands on SPF say in words."""

from __future__ import annotations

import pytest

from audit.cli.spf_words import count, counted
from audit.model.fact import Count, Unknown
from audit.protocol.spf.cost import ENOUGH


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (Count(12), "12"),
        (Count(12, Unknown("dns.servfail")), "12 or more"),
        (Count(ENOUGH - 1), f"{ENOUGH - 1}"),
        (Count(ENOUGH), f"{ENOUGH} or more"),
    ],
)
def test_a_number_that_was_not_counted_to_the_end_is_a_lower_bound(number: Count, words: str) -> None:
    assert count(number) == words
    assert counted(number) == {"at_least": number.at_least, "exact": "more" not in words}
