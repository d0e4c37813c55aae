"""mxaudit: a deliverability and DNS auditor that keeps evidence apart from judgement."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("mxaudit")
except PackageNotFoundError:  # a checkout on the path that was never installed
    __version__ = "0.0.0"
