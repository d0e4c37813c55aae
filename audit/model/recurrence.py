"""Which of many things come more than once, told from memory of a fixed size.

Of a million domains most keys and hosts belong to one domain alone. Two Bloom filters (B. H. Bloom, 1970), one of what
came and one of what came again, set those aside: what is not in the second came once at most. What is in it probably
came again, and whoever has to be certain counts it in a second pass.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import blake2b

BITS = 26  # of an address in a filter: 8 MiB each
PAGE = 13  # bits of an address within a page: 1 KiB
_MASK, _WITHIN = (1 << BITS) - 1, (1 << PAGE) - 1


class _Filter:
    """Bits that are all 0 at first. Pages come when a bit of them is set, so that a short list costs little memory."""

    def __init__(self) -> None:
        self._pages: list[bytearray | None] = [None] * (1 << BITS - PAGE)

    def holds(self, place: int) -> bool:
        page = self._pages[place >> PAGE]
        return page is not None and bool(page[(place & _WITHIN) >> 3] & 1 << (place & 7))

    def add(self, place: int) -> None:
        page = self._pages[place >> PAGE]
        if page is None:
            page = self._pages[place >> PAGE] = bytearray(1 << PAGE >> 3)
        page[(place & _WITHIN) >> 3] |= 1 << (place & 7)


class Recurrence:
    """What came, and what came again."""

    def __init__(self) -> None:
        self._once, self._again = _Filter(), _Filter()
        self.any = False

    def note(self, thing: str) -> None:
        """It came."""
        places = tuple(_places(thing))
        if all(map(self._once.holds, places)):
            self.any = True
            for place in places:
                self._again.add(place)
        for place in places:
            self._once.add(place)

    def again(self, thing: str) -> bool:
        """Whether it may have come more than once. It is never false of what did."""
        return self.any and all(map(self._again.holds, _places(thing)))


def _places(thing: str) -> Iterator[int]:
    digest = int.from_bytes(blake2b(thing.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big")
    yield digest & _MASK
    yield digest >> BITS & _MASK
