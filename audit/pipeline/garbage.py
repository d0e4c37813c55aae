"""The collector of garbage is called seldom while a run works.

CPython looks for circles among containers as often as many are made. A run makes many and leaves next to no circle, so
that most of the search is through what was loaded at the start: modules, rules, catalogues. That is put aside
(`gc.freeze`), and the rest is looked through more seldom. Circles that do arise wait a little longer, and no more.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

# Containers made and not given back; how many rounds of a generation before the next one is looked at.
THRESHOLDS = (50_000, 10, 10)


@contextmanager
def seldom_collected() -> Iterator[None]:
    """Collect seldom meanwhile, and as before afterwards."""
    before, frozen = gc.get_threshold(), gc.get_freeze_count()
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        if not frozen:  # else somebody else put things aside, who will want them so
            gc.unfreeze()
