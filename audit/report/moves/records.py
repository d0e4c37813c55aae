"""The records of a plan's steps, to be pasted: in the form of zone files (RFC 1035 section 5.1) and as octoDNS YAML.

Both tell whole record sets: what a step does not name stays as it is. A set that goes, or of which another takes the
place, is told in a comment.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from audit.model.migration import Change, Plan, Step
from audit.report.moves.words import due
from audit.syntax import octodns, zonefile
from audit.syntax.escape import visible

TTL = 3600  # where none was seen
SHOWN = 70_000
ABOVE = frozenset({"DS"})  # a record of the zone above


def zone_lines(changes: Iterable[Change]) -> tuple[str, ...]:
    """What becomes of record sets, as lines of a zone file."""
    return tuple(visible(line, SHOWN) for change in changes for line in _lines(change))


def _lines(change: Change) -> Iterator[str]:
    before = change.before.values if change.before else ()
    old_ttl = change.before.ttl if change.before else None
    same = change.after is not None and change.after.values == before
    word = "remove" if change.after is None else "instead of"
    if same:
        yield zonefile.comment(f"the TTL alone, which {_seconds(old_ttl)}:")
    elif not change.seen:
        yield zonefile.comment("what stands there now was not seen; put this beside what else is there:")
    for value in () if same else before:
        if change.after is None or value not in change.after.values:
            line = zonefile.line(change.name, change.type, value, old_ttl if old_ttl is not None else TTL)
            yield zonefile.comment(f"{word}: {line}")
    if change.after is None:
        if not before:
            yield zonefile.comment(f"remove whatever stands at {change.name} {change.type}")
        return
    ttl = TTL if change.after.ttl is None else change.after.ttl
    yield from (zonefile.line(change.name, change.type, value, ttl) for value in change.after.values)


def _seconds(ttl: int | None) -> str:
    return "was not seen" if ttl is None else f"was {ttl}"


def yaml(domain: str, changes: Iterable[Change]) -> str:
    """The record sets that stand after these changes, as octoDNS YAML; those that go as comments."""
    kept = tuple(c for c in changes if c.name == domain or c.name.endswith(f".{domain}"))
    sets = [
        (c.name, c.type, TTL if c.after.ttl is None else c.after.ttl, c.after.values)
        for c in kept
        if c.after is not None and c.type not in ABOVE
    ]
    gone = [zonefile.comment(f"{c.name} {c.type}")[2:] for c in kept if c.after is None]
    lines = f"# names are relative to {visible(domain)}\n" if sets else ""
    lines += "".join(f"# remove: {visible(text, SHOWN)}\n" for text in gone)
    return lines + (octodns.document(domain, sets) if sets else "")


def as_zone(plan: Plan) -> bytes:
    """The records of all steps in their order: to be published step by step, never at once."""
    return "".join(
        _part(step, "; ", "".join(f"{x}\n" for x in zone_lines(step.changes))) for step in _with(plan)
    ).encode()


def as_yaml(plan: Plan) -> bytes:
    """The same as a stream of YAML documents, one for each step."""
    return "".join(_part(step, "# ", yaml(plan.domain, step.changes)) for step in _with(plan)).encode()


def _with(plan: Plan) -> Iterator[Step]:
    return (step for step in plan.steps if step.changes)


def _part(step: Step, mark: str, body: str) -> str:
    heads = (f"{step.id}: {step.title}", f"{due(step)}")
    return "".join(f"{mark}{visible(head, 300)}\n" for head in heads) + body + "\n"
