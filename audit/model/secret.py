"""A password or a token on its way to the one server that it is for.

It has no text of its own: whatever prints it, formats it or writes it to a file gets dots. Only `reveal` gives it, and
only the code that speaks SASL calls that.
"""

from __future__ import annotations

from typing import NoReturn, final

HIDDEN = "•••"


@final
class Secret:
    __slots__ = ("__text",)

    def __init__(self, text: str) -> None:
        self.__text = text

    def reveal(self) -> str:
        """The secret itself."""
        return self.__text

    def __repr__(self) -> str:
        return HIDDEN

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not written anywhere")
