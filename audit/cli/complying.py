"""The options by which domains are held to compliance profiles, and what they name."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import rich_click as click

from audit.catalog.compliance import compliance_names, load_compliance
from audit.catalog.profiles import profile_names
from audit.cli.messages import FileError, UserError
from audit.model.compliance import ComplianceProfile
from audit.pipeline.attestations import ATTESTATIONS, all_controls, read_attestations
from audit.pipeline.complying import Demands
from audit.pipeline.handwritten import HandwrittenError, meant
from audit.pipeline.own_profile import read_own_profile
from audit.syntax.escape import visible

F = TypeVar("F", bound=Callable[..., Any])
OWN = ".toml"  # how the name of a profile ends that is a file
DEFAULT = "baseline"
MOST = 20  # profiles at a time


def attesting(function: F) -> F:
    """Add the option that names attestations."""
    return click.option(
        "--attestations",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        metavar="FILE",
        help=f"What somebody attests of controls that cannot be seen; default: {ATTESTATIONS}, if it is here.",
    )(function)


def sorted_out(text: str) -> tuple[str | None, tuple[str, ...]]:
    """Of profiles with commas between them, the one of rules, if one is named, and those of compliance.

    Raises:
        UserError: there is no such profile, or there are two of rules.
    """
    names = [name for word in text.split(",") if (name := word.strip())]
    rules = [name for name in names if name in profile_names()]
    others = tuple(dict.fromkeys(name for name in names if name not in rules))
    if len(rules) > 1:
        raise UserError(f"--profile takes one profile of rules, and {' and '.join(rules)} are two.")
    for name in others:
        if name not in compliance_names() and not name.endswith(OWN):
            every = (*profile_names(), *compliance_names())
            near = difflib.get_close_matches(name[:64].lower(), every, n=1)
            hint = f"did you mean '{near[0]}'?" if near else f"there are {', '.join(every)}."
            raise UserError(f"There is no profile '{visible(name, 60)}': {hint}")
    return (rules[0] if rules else None), others


def demanded(options: dict[str, Any]) -> Demands:
    """What --profile names of compliance; of rules is left what --profile is to others.

    Raises:
        UserError: there is no such profile, or a file cannot be used.
    """
    rules, others = sorted_out(options["profile"])
    options["profile"] = rules or DEFAULT
    return demands_of(others, options)


def demands_of(names: Iterable[str], options: Mapping[str, Any]) -> Demands:
    """The profiles of these names, and the attestations that are named, or that are here.

    Raises:
        UserError: one cannot be used.
    """
    try:
        profiles = tuple(map(_profile, dict.fromkeys(names)))
        if len(profiles) > MOST:
            raise UserError(f"{len(profiles)} compliance profiles are more than {MOST} at a time.")
        if not profiles:
            return Demands()
        file = options["attestations"]
        if file is None and Path(ATTESTATIONS).is_file():
            file = Path(ATTESTATIONS)
        return Demands(profiles, read_attestations(file, all_controls(profiles)) if file else ())
    except HandwrittenError as error:
        raise FileError(str(error)) from None


def _profile(name: str) -> ComplianceProfile:
    if name.endswith(OWN):
        return read_own_profile(Path(name))
    if name in compliance_names():
        return load_compliance(name)
    hint = meant(name, compliance_names()) or f" There are {', '.join(compliance_names())}, or a file of your own."
    if name in profile_names():
        hint = f" {name} is a profile of rules; those of compliance are {', '.join(compliance_names())}."
    raise UserError(f"There is no compliance profile “{visible(name, 60)}”.{hint}")
