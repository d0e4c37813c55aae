"""The file of attestations: what somebody states of controls that cannot be seen from outside.

`mxaudit-attestations.toml` is an array of tables `[[attestations]]` (TOML v1.0), as `schemas/attestations.json` has it.
A bad entry is an error, as with waivers: to leave it out would hide somebody's word, to take it half would stretch it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from audit.catalog.compliance import compliance_profiles
from audit.model.attestation import Attestation, AttestationState
from audit.model.compliance import ComplianceProfile
from audit.pipeline.handwritten import Faults, meant, read_toml
from audit.pipeline.waivers import is_day
from audit.rules.summary.marks import has_expired
from audit.syntax.toml import Toml

ATTESTATIONS = "mxaudit-attestations.toml"
SCHEMA = "attestations"
TEXTS = {"statement": "say what is attested.", "owner": "say who answers for it."}
DAYS = ("date", "expires")


def read_attestations(file: Path, controls: Collection[str]) -> tuple[Attestation, ...]:
    """The attestations of a file, in its order. `controls` are all that there are, as profile/control.

    Raises:
        HandwrittenError: it cannot be used.
    """
    read = read_toml(file, SCHEMA)
    _judge(read, Faults(file), controls)
    return tuple(_attestation(entry) for entry in read.value.get("attestations", ()))


def all_controls(more: Iterable[ComplianceProfile] = ()) -> tuple[str, ...]:
    """Each control of the profiles that are shipped and of others, as profile/control."""
    return tuple(
        f"{profile.id}/{control.id}" for profile in (*compliance_profiles(), *more) for control in profile.controls
    )


def on_day(attestations: Collection[Attestation], today: date) -> tuple[Attestation, ...]:
    """The same, told which have expired."""
    states = {True: AttestationState.EXPIRED, False: AttestationState.LIVE}
    return tuple(replace(each, state=states[has_expired(each.expires, today)]) for each in attestations)


def _judge(read: Toml, faults: Faults, controls: Collection[str]) -> None:
    """What the schema cannot say."""
    for number, entry in enumerate(read.value.get("attestations", ())):
        path = ("attestations", number)
        for control in entry["controls"]:
            if control not in controls:
                hint = meant(control, controls) or _there_are(control, controls)
                faults.add(read.place((*path, "controls")), f"there is no control {control}.{hint}")
        for key, wanted in TEXTS.items():
            if not entry[key].strip():
                faults.add(read.place((*path, key)), f"“{key}” is empty: {wanted}")
        days = [key for key in DAYS if is_day(entry[key])]
        for key in DAYS:
            if key not in days:
                faults.add(read.place((*path, key)), f"{entry[key]} is no day of the calendar.")
        if len(days) == len(DAYS) and entry["expires"] < entry["date"]:
            faults.add(read.place((*path, "expires")), f"it ends on {entry['expires']}, before its date.")
    faults.check()


def _there_are(control: str, controls: Collection[str]) -> str:
    """The profiles that there are, or the controls of the one that is named."""
    profile = control.partition("/")[0]
    of_it = sorted(each.partition("/")[2] for each in controls if each.startswith(f"{profile}/"))
    if of_it:
        return f" {profile} has {', '.join(of_it)}."
    return f" There are the profiles {', '.join(sorted({each.partition('/')[0] for each in controls}))}."


def _attestation(entry: Mapping[str, Any]) -> Attestation:
    return Attestation(
        controls=tuple(entry["controls"]),
        domains=tuple(entry.get("domains", ())),
        units=tuple(entry.get("units", ())),
        statement=entry["statement"],
        owner=entry["owner"],
        evidence=entry["evidence"],
        date=entry["date"],
        expires=entry["expires"],
        state=AttestationState.LIVE,
    )
