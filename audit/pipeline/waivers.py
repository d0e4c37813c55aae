"""The file of waivers: which failures somebody accepts, why, and until when.

`mxaudit-waivers.toml` is an array of tables `[[waivers]]` (TOML v1.0), as `schemas/waivers.json` has it. A bad entry is
an error: to leave it out would let a failure count that was accepted, to take it half would accept what nobody named.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from audit import contract
from audit.model.report import Waiver
from audit.pipeline.handwritten import Faults, meant, octets_of, read_toml
from audit.pipeline.staging import Staging
from audit.rules.registry import RULES
from audit.syntax.toml import Toml, TomlFault, parse

WAIVERS = "mxaudit-waivers.toml"
SCHEMA = "waivers"
KEYS = ("rule", "domain", "subject", "reason", "owner", "expires")
HEAD = "# Failures that somebody accepts: they are shown, and fail no run. See docs/waivers.md.\n"


def read_waivers(file: Path) -> tuple[Waiver, ...]:
    """The waivers of a file, in its order.

    Raises:
        HandwrittenError: it cannot be used.
    """
    read = read_toml(file, SCHEMA)
    _judge(read, Faults(file))
    return tuple(_waiver(entry) for entry in read.value.get("waivers", ()))


def _judge(read: Toml, faults: Faults) -> None:
    """What the schema cannot say."""
    known = [rule.id for rule in RULES]
    for number, entry in enumerate(read.value.get("waivers", ())):
        path = ("waivers", number)
        if entry["rule"] not in known:
            faults.add(read.place((*path, "rule")), f"there is no rule {entry['rule']}.{meant(entry['rule'], known)}")
        if not entry["reason"].strip():
            faults.add(read.place((*path, "reason")), "“reason” is empty: say why the failure is accepted.")
        if "expires" in entry and not is_day(entry["expires"]):
            faults.add(read.place((*path, "expires")), f"{entry['expires']} is no day of the calendar.")
    faults.check()


def is_day(text: str) -> bool:
    """Whether a text is a day, as 2026-12-31."""
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _waiver(entry: Mapping[str, Any]) -> Waiver:
    return Waiver(
        rule=entry["rule"],
        domain=entry.get("domain"),
        subject=entry.get("subject"),
        reason=entry["reason"],
        owner=entry.get("owner"),
        expires=entry.get("expires"),
        expired=False,
    )


def add_waiver(file: Path, waiver: Waiver) -> None:
    """Write one more entry at the end of a file, which need not be there yet; all that is in it stays as it is.

    Raises:
        HandwrittenError: the file, or the entry, is not as it has to be; nothing is written.
        OSError: it cannot be written.
    """
    file = file.resolve()  # what a link leads to, not the link
    before = HEAD.encode()
    if file.exists():
        before = octets_of(file)
        _refuse_twice(file, waiver)
    end = b"" if before.endswith(b"\n") or not before else b"\n"
    after = before + end + b"\n" + _entry(waiver).encode()
    _hold(file, after)
    with Staging() as staging:
        staging.put(file.parent, file.name, after)
        staging.publish()


def _refuse_twice(file: Path, waiver: Waiver) -> None:
    """Of two waivers of the same, people would change the one and wonder about the other."""
    for number, there in enumerate(read_waivers(file)):
        if (there.rule, there.domain, there.subject) == (waiver.rule, waiver.domain, waiver.subject):
            faults, read = Faults(file), read_toml(file, SCHEMA)
            faults.add(read.place(("waivers", number)), f"{there.rule} is waived here for the same: change this entry.")
            faults.check()


def _hold(file: Path, octets: bytes) -> None:
    """Nothing is written that could not be read: an array that is closed, `waivers = []`, takes no more entries."""
    faults = Faults(file)
    read = parse(octets)
    if isinstance(read, TomlFault):
        faults.add((read.line, read.column), f"an entry [[waivers]] cannot stand at the end of this: {read.message}.")
    else:
        for error in contract.errors(SCHEMA, read.value):
            faults.add(read.place(tuple(error.absolute_path)), error.message)
    faults.check()


def _entry(waiver: Waiver) -> str:
    """An entry in TOML; a basic string of TOML is one of JSON but for DEL, which is escaped in both."""
    lines = ["[[waivers]]"]
    for key in KEYS:
        value = getattr(waiver, key)
        if value is not None:
            lines.append(f"{key} = {value if key == 'expires' else _string(value)}")
    return "\n".join(lines) + "\n"


def _string(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007F")
