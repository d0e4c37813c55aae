"""The records that a zone is to hold, from a file of one of three forms: a zone file (RFC 1035 section 5), octoDNS
YAML, or lines `name ttl type value`.

A zone file with a SOA, and an octoDNS file with the zone's NS, say all that the zone will hold: what is not in them
will not be there. Anything else names the sets of records that become others, and leaves the rest as it is.
"""

from __future__ import annotations

from collections import Counter
from enum import StrEnum

from audit.syntax.names import canonical
from audit.syntax.planned.lines import are_lines, read_lines
from audit.syntax.planned.octodns import read_octodns
from audit.syntax.planned.record import MAX_OCTETS, Place, Planned, PlannedFault
from audit.syntax.planned.zone import ZoneFile

__all__ = ["MAX_OCTETS", "Form", "Place", "Planned", "PlannedFault", "form_of", "read_planned"]

YAML = (".yaml", ".yml")


class Form(StrEnum):
    """The form of a file of planned records."""

    ZONE = "zone"
    OCTODNS = "octodns"
    LINES = "lines"


def form_of(name: str, text: str, domain: str) -> Form:
    """The form of a file, by its name or its text."""
    if name.lower().endswith(YAML):
        return Form.OCTODNS
    return Form.LINES if are_lines(text, domain) else Form.ZONE


def read_planned(
    octets: bytes, domain: str, *, name: str = "", form: Form | None = None, whole: bool | None = None
) -> Planned:
    """The records of a file for the zone of a domain. `whole`: whether that will hold no others; None: by the file.

    Raises:
        PlannedFault: it cannot be read.
    """
    if len(octets) > MAX_OCTETS:
        raise PlannedFault(Place(1, 1), f"the file is longer than {MAX_OCTETS} octets.")
    try:
        text = octets.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = octets[: error.start].decode("utf-8", "replace")
        place = Place(before.count("\n") + 1, len(before) - before.rfind("\n"))
        raise PlannedFault(place, "this is not UTF-8.") from None
    domain = canonical(domain)
    match form or form_of(name, text, domain):
        case Form.OCTODNS:
            planned = read_octodns(text, domain, whole=whole)
        case Form.LINES:
            planned = read_lines(text, domain, whole=whole)
        case Form.ZONE:
            planned = ZoneFile(text, domain, whole=whole).read()
    _sound(planned)
    return planned


def _sound(planned: Planned) -> None:
    """Refuse what no server would load: nothing at all, an alias beside other records, or two of them (RFC 2181 section
    10.1)."""
    if not planned.records and not planned.removed:
        raise PlannedFault(Place(1, 1), "there is no record in it.")
    kinds: dict[str, Counter[str]] = {}
    for record in planned.records:
        kinds.setdefault(record.name, Counter())[record.type] += 1
    for name, met in kinds.items():
        if met["CNAME"] and sum(met.values()) > 1:
            others = ", ".join(sorted(kind for kind in met if kind != "CNAME")) or "a second one"
            raise PlannedFault(Place(1, 1), f"{name} cannot hold a CNAME beside {others} (RFC 1034 section 3.6.2).")
