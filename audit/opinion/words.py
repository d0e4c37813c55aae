"""What checkdmarc says in words, as a report may hold it: escaped, cut, and the same each time.

Its grammars name what they expected in the order of a set of objects, which is another in each process. A report of the
same evidence is the same octet for octet, so those names are sorted.
"""

from __future__ import annotations

import re

from audit.syntax.escape import visible

MAX_WORDS = 300  # characters
EXPECTED = re.compile(r"(?<=Expected )(.{1,500}?)(?= at position [0-9])")


def words(said: object) -> str:
    """An error or a warning in one line."""
    return visible(EXPECTED.sub(_sorted, " ".join(str(said).split()), count=1), MAX_WORDS)


def _sorted(expected: re.Match[str]) -> str:
    return " or ".join(sorted(expected[0].split(" or ")))
