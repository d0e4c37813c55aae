"""SASLprep (RFC 4013): user names and passwords that look the same are the same octets."""

from __future__ import annotations

import stringprep
import unicodedata
from collections.abc import Callable

PROHIBITED: tuple[Callable[[str], bool], ...] = (  # RFC 4013 section 2.3
    stringprep.in_table_c12,
    stringprep.in_table_c21_c22,
    stringprep.in_table_c3,
    stringprep.in_table_c4,
    stringprep.in_table_c5,
    stringprep.in_table_c6,
    stringprep.in_table_c7,
    stringprep.in_table_c8,
    stringprep.in_table_c9,
)


def prepared(text: str) -> str:
    """The text as it is compared. Code points that Unicode 3.2 does not know are let through: it is a query.

    Raises:
        ValueError: a character that no name or password may hold, or letters of both directions mixed.
    """
    mapped = "".join(" " if stringprep.in_table_c12(c) else c for c in text if not stringprep.in_table_b1(c))
    normal = unicodedata.ucd_3_2_0.normalize("NFKC", mapped)
    if any(forbidden(c) for c in normal for forbidden in PROHIBITED):
        raise ValueError("a character that neither user names nor passwords may hold")
    if any(stringprep.in_table_d1(c) for c in normal):  # RFC 3454 section 6
        ends = stringprep.in_table_d1(normal[0]) and stringprep.in_table_d1(normal[-1])
        if not ends or any(stringprep.in_table_d2(c) for c in normal):
            raise ValueError("letters that run from right to left among others")
    return normal
