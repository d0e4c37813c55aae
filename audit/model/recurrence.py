"""Which of many things come more than once, told from memory of a fixed size.

Of a million domains most keys and hosts belong to one domain alone. Two Bloom filters (B. H. Bloom, 1970), one of what
came and one of what came again, set those aside: what is not in the second came once at most. What is in it probably
came again, and whoever has to be certain counts it in a second pass.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import blake2b

BITS = 26  # of an address in a filter: 8 MiB each
_MASK = (1 << BITS) - 1


class Recurrence:
    """What came, and what came again."""

    def __init__(self) -> None:
        self._once, self._again = bytearray(1 << BITS >> 3), bytearray(1 << BITS >> 3)
        self.any = False

    def note(self, thing: str) -> None:
        """It came."""
        places = tuple(_places(thing))
        if all(self._once[place >> 3] & 1 << (place & 7) for place in places):
            self.any = True
            for place in places:
                self._again[place >> 3] |= 1 << (place & 7)
        for place in places:
            self._once[place >> 3] |= 1 << (place & 7)

    def again(self, thing: str) -> bool:
        """Whether it may have come more than once. It is never false of what did."""
        return self.any and all(self._again[place >> 3] & 1 << (place & 7) for place in _places(thing))


def _places(thing: str) -> Iterator[int]:
    digest = int.from_bytes(blake2b(thing.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big")
    yield digest & _MASK
    yield digest >> BITS & _MASK
