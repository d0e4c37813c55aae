"""`latest.json` beside the directories of the runs tells the newest that was finished.

It is a file and no symbolic link, so that it can be served, copied and archived.
"""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path
from typing import Any

from audit import contract
from audit.pipeline.staging import Staging

LATEST = "latest.json"
MAX_LATEST = 64 * 1024


def name_latest(run: Path, observed_at: datetime) -> None:
    """Tell beside a run's directory that it is the newest that was finished. Their names begin with their times.

    Raises:
        OSError: it cannot be written.
    """
    path = run.parent / LATEST
    if _named(path) <= run.name:
        with Staging() as staging:
            staging.put(path.parent, path.name, contract.pretty({"run": run.name, "observed_at": observed_at}))
            staging.publish()


def _named(path: Path) -> str:
    """The run that is named now; empty where none is. Whatever lies there, nobody is waited for."""
    try:
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
            value = contract.load(file.read(MAX_LATEST), dict[str, Any]).get("run")
    except (OSError, contract.ContractError):
        return ""
    return value if isinstance(value, str) else ""
