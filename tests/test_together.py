"""Of many things in one test none that falls short is passed over."""

from __future__ import annotations

import pytest

from tests.together import of_each


def below_three(number: int) -> None:
    assert number < 3


def test_all_that_fall_short_are_named() -> None:
    test = of_each(range(5), str)(below_three)
    with pytest.raises(ExceptionGroup, match=r"^2 of 5 fall short: 3, 4") as told:
        test()
    assert [error.__notes__ for error in told.value.exceptions] == [["of 3"], ["of 4"]]


def test_those_of_a_kind_are_tested_apart() -> None:
    test = of_each(range(5), str, by=lambda n: "odd" if n % 2 else "even")(below_three)
    (mark,) = test.pytestmark
    assert list(mark.args[1]) == ["even", "odd"]
    with pytest.raises(ExceptionGroup, match=r"^1 of 3 fall short: 4"):
        test("even")
    with pytest.raises(ExceptionGroup, match=r"^1 of 2 fall short: 3"):
        test("odd")


def test_what_holds_of_all_passes_under_its_own_name() -> None:
    test = of_each(range(3), str)(below_three)
    test()
    assert test.__name__ == "below_three"


def test_of_nothing_there_is_no_test() -> None:
    with pytest.raises(AssertionError):
        of_each([], str)
