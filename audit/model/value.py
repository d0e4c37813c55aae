"""Values: dataclasses of which no field is set again once they are made.

That nobody does is held by mypy, to which this decorator is the one of the standard library. Python itself is not made
to watch over it: the constructor of a frozen class sets each field past the class's own ban, which takes it three times
as long, and the judging of a domain makes thousands of values. They are equal and hashable by their fields, all the
same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__all__ = ["dataclass"]

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    import dataclasses

    def dataclass(*, frozen: bool = False, **options: Any) -> Any:
        """As `dataclasses.dataclass`; what is frozen is only so to mypy, and hashable."""

        def made(cls: type) -> type:
            hashed = frozen and options.get("eq", True) and "__hash__" not in vars(cls)
            return dataclasses.dataclass(cls, unsafe_hash=hashed, **options)

        return made
