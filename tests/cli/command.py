"""The real command in this process, and servers that run beside it in a thread of their own."""

from __future__ import annotations

import asyncio
import io
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar
from unittest import mock

from audit import contract
from audit.cli import main
from audit.lab.lab import Lab
from audit.lab.lists import GOOD_LIST
from audit.model.report import RunReport

T = TypeVar("T")
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    code: int
    out: bytes
    err: str

    @property
    def sentences(self) -> list[str]:
        return self.err.splitlines()


def mxaudit(*arguments: str | Path, stdin: bytes = b"", columns: int | None = None) -> Done:
    """Run the command as its entry point does; what it prints is kept. `columns`: as in a terminal of that width."""
    out, err = io.BytesIO(), io.BytesIO()
    with ExitStack() as patched:
        patched.enter_context(mock.patch.dict(os.environ, {"COLUMNS": str(columns or "")}))
        for name, value in (
            ("argv", ["mxaudit", *map(str, arguments)]),
            ("stdin", io.TextIOWrapper(io.BytesIO(stdin), "utf-8")),
            ("stdout", io.TextIOWrapper(out, "utf-8", write_through=True)),
            ("stderr", io.TextIOWrapper(err, "utf-8", write_through=True)),
        ):
            patched.enter_context(mock.patch.object(sys, name, value))
        try:
            main()
        except SystemExit as end:
            code = end.code
        else:
            code = 0
        return Done(int(code or 0), out.getvalue(), err.getvalue().decode())


@contextmanager
def beside(context: AbstractAsyncContextManager[T]) -> Iterator[T]:
    """An asynchronous context, kept open in the event loop of another thread."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    def wait(work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, loop).result(30)

    try:
        yield wait(context.__aenter__())
        wait(context.__aexit__(None, None, None))
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(30)
        loop.close()


def endpoint(address: str, port: int) -> str:
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def lab_options(lab: Lab, ca_file: Path) -> list[str]:
    """How the command is told to audit a running lab."""
    ca_file.write_bytes(lab.ca_pem)
    anchors = ca_file.with_suffix(".anchors")
    anchors.write_text("\n".join(lab.trust_anchors), "ascii")
    pairs = [
        ("--nameserver", endpoint(*lab.nameserver)),
        *(("--connect-to", f"{endpoint(*a)}:{endpoint(*b)}") for a, b in lab.connect_to.items()),
        *(("--allow-net", net) for net in lab.allow_net),
        *(("--canary", name) for name in lab.canaries),
        ("--ca-file", str(ca_file)),
        ("--trust-anchor", str(anchors)),
        ("--dnsbl", GOOD_LIST),
        ("--smtp-gap", "0"),
        ("--smtp-timeout", "5"),
        ("--dns-timeout", "3"),
        ("--now", "2026-11-24T12:00:00Z"),
    ]
    return [word for pair in pairs for word in pair]


def report_in(directory: Path) -> RunReport:
    """The report that a run wrote, held to its schema."""
    text = (directory / "report.json").read_bytes()
    contract.check("report", text)
    return contract.load(text, RunReport)
