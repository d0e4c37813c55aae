"""What a function declares by its types: the facts and subjects that it takes, what it returns, and what it is about.

A parameter that nothing gives, or a fact that is given twice, fails when the program is loaded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Generic, TypeVar, get_args, get_type_hints

from audit.model.subject import Subject, deepest
from audit.model.value import dataclass
from audit.protocol import vantage
from audit.protocol.inquiry import Inquiry
from audit.protocol.survey.table import CONSTANTS, FANS, INQUIRIES

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Declared(Generic[R]):
    """A function, and by their types what it takes, what it returns, and the kind of subject that it is about."""

    function: Callable[..., R]
    takes: tuple[tuple[str, type], ...]
    returns: type
    subject: type[Subject]


def declared(function: Callable[..., R], facts: Mapping[type, Declared[Any]]) -> Declared[R]:
    """Read a function's declaration.

    Raises:
        TypeError: a parameter is neither a fact, nor a subject, nor a constant; or its subjects are not on one line.
    """
    hints = get_type_hints(function)
    returned = hints.pop("return")
    for name, kind in hints.items():
        if kind not in facts and kind not in CONSTANTS and not issubclass(kind, Subject):
            raise TypeError(f"{function.__name__}: nothing gives {name}: {kind.__name__}")
    kinds = {facts[t].subject if t in facts else t for t in hints.values()}
    subject = deepest({k for k in kinds if issubclass(k, Subject)})
    return Declared(function, tuple(hints.items()), (get_args(returned) or (returned,))[-1], subject)


def _facts(inquiries: Iterable[Callable[..., Inquiry[Any]]]) -> dict[type, Declared[Inquiry[Any]]]:
    facts: dict[type, Declared[Inquiry[Any]]] = {}
    for made in (declared(i, {vantage.Vantage: _VANTAGE} if i is not vantage.vantage else {}) for i in inquiries):
        if made.returns in facts or made.returns in CONSTANTS:
            raise TypeError(f"{made.returns.__name__} is given twice")
        facts[made.returns] = made
    return facts


_VANTAGE = declared(vantage.vantage, {})
FACTS = _facts(INQUIRIES)
CHILDREN = tuple(declared(fan, FACTS) for fan in FANS)
