"""Who may do what: the part of the architecture that imports between our own packages do not show.

Judging is a function of the evidence alone, so what judges has no clock, no chance and no wire. Only `network` and
`lab` open sockets. import-linter holds the layers; it cannot forbid `dns.query` and allow `dns.rdata`, so this does.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.together import of_each

AUDIT = Path(__file__).parents[1] / "audit"
MODULES = {path.relative_to(AUDIT).as_posix(): path for path in sorted(AUDIT.rglob("*.py"))}
TEMPLATES = sorted(AUDIT.rglob("*.j2"))

PURE = ("model", "syntax", "catalog", "contract.py", "protocol", "rules", "report", "desk")
STRICTLY_PURE = ("model", "syntax", "protocol", "rules", "report", "desk")
WIRED = ("network", "lab")
OTHERS = ("opinion",)  # another's code is held there, which asks through dnspython: no socket is ever opened
LOOPED = (*WIRED, "gather", "pipeline", "cli")  # these may wait for what is asked

SOCKETS = (
    "socket",
    "ssl",
    "OpenSSL",
    "requests",
    "smtplib",
    "http",
    "urllib.request",
    "dns.query",
    "dns.resolver",
    "dns.asyncresolver",
    "dns.asyncquery",
    "dns.asyncbackend",
    "dns.zone",
    "selectors",
    "socketserver",
)
CLOCKS_AND_CHANCE = ("time", "random", "secrets", "uuid", "asyncio", "threading", "urllib", "subprocess", "tempfile")
CLOCK_CALLS = frozenset({"now", "utcnow", "today"})
CLASSES_WITH_CLOCKS = frozenset({"datetime", "date"})
SHAPELESS = frozenset({"utils", "util", "helpers", "helper", "common", "misc"})


def of(*layers: str) -> list[str]:
    """The modules of some layers."""
    return [name for name in MODULES if name.split("/")[0] in layers]


@cache
def imported(source: str) -> frozenset[str]:
    """All that a source may import, in whatever function; `from dns import query` is `dns` and `dns.query`."""
    return frozenset(_imports(ast.parse(source)))


def _imports(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Call) and _called(node) in {"import_module", "__import__"}:
            yield from (a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str))


def _called(node: ast.Call) -> str:
    function = node.func
    return (
        function.attr if isinstance(function, ast.Attribute) else function.id if isinstance(function, ast.Name) else ""
    )


def forbidden(source: str, names: tuple[str, ...]) -> set[str]:
    """Of some modules, those that a source imports, or something in them."""
    return {wrong for name in imported(source) for wrong in names if name == wrong or name.startswith(f"{wrong}.")}


def clock_calls(source: str) -> set[str]:
    """Questions for the time of day: `datetime.now()`, `date.today()`, under any name they are imported by."""
    tree = ast.parse(source)
    aliases = {
        alias.asname or alias.name: alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "datetime"
        for alias in node.names
    }
    return {
        ast.unparse(node)
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in CLOCK_CALLS and _of_a_clock(node.value, aliases)
    }


def _of_a_clock(node: ast.expr, aliases: dict[str, str]) -> bool:
    if isinstance(node, ast.Name):
        return aliases.get(node.id, node.id) in CLASSES_WITH_CLOCKS
    return isinstance(node, ast.Attribute) and node.attr in CLASSES_WITH_CLOCKS


def text(module: str) -> str:
    return MODULES[module].read_text("utf-8")


def test_the_layers_are_there() -> None:
    assert all(of(layer) for layer in (*PURE, *LOOPED))
    assert TEMPLATES


@of_each(of(*STRICTLY_PURE), str)
def test_what_judges_has_no_clock_no_chance_and_no_wire(module: str) -> None:
    assert forbidden(text(module), SOCKETS + CLOCKS_AND_CHANCE) == set()
    assert clock_calls(text(module)) == set()


@of_each([m for m in MODULES if m not in of(*WIRED, *OTHERS)], str)
def test_only_the_network_and_the_lab_open_sockets(module: str) -> None:
    assert forbidden(text(module), (*SOCKETS, "checkdmarc", "dns.nameserver")) == set()


@of_each(of(*OTHERS), str)
def test_what_holds_the_second_opinion_opens_none_itself(module: str) -> None:
    """It refuses them to the process (`socket` is there to be switched off) and poses as dnspython's resolver."""
    allowed = {"opinion/worker.py": {"socket"}, "opinion/witness.py": {"dns.resolver"}}
    assert forbidden(text(module), SOCKETS) <= allowed.get(module, set())


@of_each([m for m in MODULES if m not in of(*LOOPED)], str)
def test_only_what_asks_may_wait(module: str) -> None:
    assert forbidden(text(module), ("asyncio",)) == set()


@of_each(MODULES, str)
def test_every_module_says_what_it_is(module: str) -> None:
    first_line = (ast.get_docstring(ast.parse(text(module))) or "").split("\n")[0]
    assert len(first_line.split()) > 2


@of_each(MODULES, str)
def test_every_module_has_a_subject(module: str) -> None:
    assert not SHAPELESS & set(Path(module).with_suffix("").parts)


@of_each(TEMPLATES, lambda path: path.name)
def test_no_template_trusts_a_text(template: Path) -> None:
    """What is to be markup comes as Markup from code that was tested; a filter in a template would hide it."""
    squeezed = "".join(template.read_text("utf-8").split())
    assert "|safe" not in squeezed
    assert "autoescapefalse" not in squeezed


# ---- the test can fail ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("import dns.query", {"dns.query"}),
        ("from dns import query", {"dns.query"}),
        ("from dns.query import udp", {"dns.query"}),
        ("import dns.rdata, socket as s", {"socket"}),
        ("def f():\n    import ssl", {"ssl"}),
        ("from importlib import import_module\nimport_module('socket')", {"socket"}),
        ("from urllib.request import urlopen", {"urllib.request"}),
        ("import dns.rdata\nfrom dns import name", set()),
        ("from audit.network import socket", set()),
        ("from . import socket", set()),
    ],
)
def test_an_import_is_noticed(source: str, found: set[str]) -> None:
    assert forbidden(source, SOCKETS) == found


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("from datetime import datetime\ndatetime.now()", {"datetime.now"}),
        ("from datetime import datetime as dt\ndt.utcnow()", {"dt.utcnow"}),
        ("import datetime\ndatetime.date.today()", {"datetime.date.today"}),
        ("from datetime import datetime\nclock = datetime.now", {"datetime.now"}),
        ("def f(moment):\n    return moment.now - moment.today()", set()),
        ("from datetime import datetime\ndatetime.fromisoformat('2026-11-24')", set()),
    ],
)
def test_a_clock_is_noticed(source: str, found: set[str]) -> None:
    assert clock_calls(source) == found
