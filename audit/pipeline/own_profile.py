"""A compliance profile of the user's own: a file like those that are shipped, `schemas/compliance-profile.json`.

An organization holds its domains to what it has decided itself, or to a text that is not shipped. What the schema
cannot say is told with line and column as well: a rule that does not exist would never fail, and a word that a measure
does not know would never hold.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from audit.catalog.compliance import SCHEMA, compliance_names, made
from audit.model.compliance import ComplianceProfile
from audit.pipeline.handwritten import Faults, meant, octets_of, read_toml
from audit.pipeline.waivers import is_day
from audit.report.compliance.measures import MEASURES
from audit.rules.registry import RULES
from audit.syntax.toml import Path as Place
from audit.syntax.toml import Toml


def read_own_profile(file: Path) -> ComplianceProfile:
    """The profile of a file.

    Raises:
        HandwrittenError: it cannot be used; each line of the message names a place.
    """
    octets = octets_of(file)
    read = read_toml(file, SCHEMA)
    faults = Faults(file)
    for path, message in wrong(read):
        faults.add(read.place(path), message)
    if read.value["id"] in compliance_names():
        faults.add(read.place(("id",)), f"{read.value['id']} is a profile that is shipped: call yours otherwise.")
    faults.check()
    return made(read.value, octets)


def wrong(read: Toml) -> Iterator[tuple[Place, str]]:
    """What a schema cannot say of a profile."""
    for key in ("as_of", "checked"):
        if not is_day(read.value[key]):
            yield (key,), f"{read.value[key]} is no day of the calendar."
    controls = read.value["controls"]
    counted = Counter(control["id"] for control in controls)
    for number, control in enumerate(controls):
        if counted[control["id"]] > 1:
            yield ("controls", number, "id"), f"there are {counted[control['id']]} controls {control['id']}."
        for way, ways in enumerate(control.get("ways", ())):
            for at, condition in enumerate(ways["conditions"]):
                place = ("controls", number, "ways", way, "conditions", at)
                yield from ((place, message) for message in _wrong(condition))


def _wrong(condition: Mapping[str, Any]) -> Iterator[str]:
    known = [rule.id for rule in RULES]
    for rule in condition.get("rules", ()):
        if rule not in known:
            yield f"there is no rule {rule}.{meant(rule, known)}"
    name = condition.get("measure")
    if name is None:
        yield from (
            f"“{key}” is for a measure." for key in ("values", "at_least", "contains", "over") if key in condition
        )
        return
    yield from (f"“{key}” is for rules." for key in ("at", "absent") if key in condition)
    measure, wants = MEASURES[name], [key for key in ("values", "at_least", "contains") if key in condition]
    takes = ("at_least",) if measure.number else ("values", "at_least") if measure.order else ("contains",)
    if len(wants) != 1 or wants[0] not in takes:
        yield f"{name} takes {' or '.join(f'“{key}”' for key in takes)}, and just one."
        return
    if "over" in condition and not measure.over:
        yield f"{name} is the same for all names: it takes no “over”."
    if measure.number and not isinstance(condition["at_least"], int):
        yield f"{name} is a number, not “{condition['at_least']}”."
    words = condition.get("values", [condition["at_least"]] if measure.order and "at_least" in condition else [])
    for word in words:
        if word not in measure.order:
            yield f"{name} is one of {', '.join(measure.order)}, not “{word}”."
