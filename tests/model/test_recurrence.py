"""What came twice is never missed, and what came once is nearly always told apart."""

from __future__ import annotations

import tracemalloc

from audit.model.recurrence import Recurrence


def test_what_came_twice_is_told_from_what_came_once() -> None:
    met = Recurrence()
    for n in range(20_000):
        met.note(f"once {n}")
    for n in range(10_000):
        met.note(f"twice {n % 5000}")
    assert all(met.again(f"twice {n}") for n in range(5000))
    assert sum(met.again(f"once {n}") for n in range(20_000)) < 20


def test_any_text_can_come() -> None:
    met = Recurrence()
    met.note("\ud800")
    assert (met.any, met.again("\ud800")) == (False, False)
    met.note("\ud800")
    assert met.again("\ud800")


def test_a_short_list_costs_little_memory() -> None:
    tracemalloc.start()
    try:
        met = Recurrence()
        for n in range(100):
            met.note(f"host {n}")
        assert tracemalloc.get_traced_memory()[1] < 1_000_000  # both filters whole: 16 MiB
    finally:
        tracemalloc.stop()
