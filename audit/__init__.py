"""mxaudit: a deliverability and DNS auditor that keeps evidence apart from judgement."""

from __future__ import annotations

# The build takes it from here (pyproject.toml). To look it up in the installed metadata would take longer than all
# else that `mxaudit --version` does, and longer than an impatient Ctrl-C.
__version__ = "0.1.0"
