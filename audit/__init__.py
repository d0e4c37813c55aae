"""mxaudit: a deliverability and DNS auditor that keeps evidence apart from judgement."""

from __future__ import annotations

TYPE_CHECKING = False  # as `typing` has it, without its cost

if TYPE_CHECKING:
    __version__: str
else:

    def __getattr__(name: str) -> str:
        """The version, looked up when somebody asks: that takes longer than an impatient Ctrl-C."""
        if name != "__version__":
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from importlib.metadata import PackageNotFoundError, version  # noqa: PLC0415 -- see above

        try:
            return version("mxaudit")
        except PackageNotFoundError:  # a checkout on the path that was never installed
            return "0.0.0"
