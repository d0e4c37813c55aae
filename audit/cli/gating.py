"""The options that decide the exit code, and what people decided before: waivers and a baseline."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self, TypeVar

import click as plain
import rich_click as click
from click.core import ParameterSource

from audit.cli.messages import FileError, UserError
from audit.model.report import Severity
from audit.pipeline.baseline import read_baseline
from audit.pipeline.gate import EVERY_SIGHT, SIGHTS, Gate
from audit.pipeline.handwritten import HandwrittenError, meant
from audit.pipeline.waivers import WAIVERS, read_waivers
from audit.rules.summary.marks import Decisions
from audit.syntax.escape import visible

F = TypeVar("F", bound=Callable[..., Any])
NEVER = "never"
STRICT: Mapping[str, Any] = {"fail_on": str(Severity.LOW), "max_unknown": 0.0, "require_vantage": EVERY_SIGHT}
NEARNESS = (
    ParameterSource.DEFAULT,
    ParameterSource.DEFAULT_MAP,
    ParameterSource.ENVIRONMENT,
    ParameterSource.COMMANDLINE,
)  # of a value to who calls: the nearer one is meant


FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


def deciding(function: F) -> F:
    """Add the options that mark findings."""
    for option in (
        click.option(
            "--baseline",
            type=FILE,
            metavar="FILE",
            help="Tell which findings are new since the report that `mxaudit baseline` made FILE of.",
        ),
        click.option(
            "--waivers",
            type=FILE,
            metavar="FILE",
            help=f"Findings that somebody accepts, shown but not counted; default: {WAIVERS}, if it is here.",
        ),
    ):
        function = option(function)
    return function


def gating(function: F) -> F:
    """Add the options that decide the exit code."""
    levels = [*(str(s) for s in Severity), NEVER]
    for option in (
        click.option("--fail-on-new", is_flag=True, help="Of --baseline: only what is new, or graver now, counts."),
        deciding,
        click.option(
            "--strict",
            is_flag=True,
            help="Short for --fail-on low --max-unknown 0 --require-vantage all; each can be given beside it.",
        ),
        click.option(
            "--require-vantage",
            metavar="SIGHT,…|all",
            help=f"Exit 3 unless these are good: {', '.join(SIGHTS)}.",
        ),
        click.option(
            "--max-unknown",
            type=click.FloatRange(0, 100),
            default=5.0,
            show_default=True,
            metavar="PERCENT",
            help="Exit 3 when more of the checks could not be tested.",
        ),
        click.option(
            "--fail-on",
            type=click.Choice(levels),
            default=str(Severity.HIGH),
            show_default=True,
            help="Exit 1 when a finding is this grave.",
        ),
    ):
        function = option(function)
    return function


@dataclass(frozen=True, slots=True)
class Gating:
    """What a run has to come to, and what people decided before."""

    gate: Gate
    decisions: Decisions

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> Self:
        """Read the options, and the files that they name: before a run, so that nothing is lost by a slip in one.

        Raises:
            UserError: one cannot be understood.
        """
        decisions = decisions_of(options, found=True)
        if options["fail_on_new"] and decisions.baseline is None:
            raise UserError("--fail-on-new needs --baseline: the findings that are known.")
        given = _strict(options, plain.get_current_context())
        fail_on = given["fail_on"]
        gate = Gate(
            fail_on=None if fail_on == NEVER else Severity(fail_on),
            max_unknown=given["max_unknown"],
            only_new=options["fail_on_new"],
            vantage=_sights(given["require_vantage"]),
        )
        return cls(gate, decisions)


def decisions_of(options: Mapping[str, Any], *, found: bool = False) -> Decisions:
    """The waivers and the baseline that are named; with `found`, or else the file of waivers that is here.

    Raises:
        UserError: one of them cannot be used.
    """
    waivers, baseline = options["waivers"], options["baseline"]
    if found and waivers is None and Path(WAIVERS).is_file():
        waivers = Path(WAIVERS)
    try:
        return Decisions(read_waivers(waivers) if waivers else (), read_baseline(baseline) if baseline else None)
    except HandwrittenError as error:
        raise FileError(str(error)) from None


def _strict(options: Mapping[str, Any], context: plain.Context) -> Mapping[str, Any]:
    """The options of the gate, with those of --strict in the place of what was said farther away."""
    if not options["strict"]:
        return options
    strict = _nearness(context, "strict")
    return {name: options[name] if _nearness(context, name) >= max(strict, 1) else STRICT[name] for name in STRICT}


def _nearness(context: plain.Context, name: str) -> int:
    source = context.get_parameter_source(name)
    return NEARNESS.index(source) if source in NEARNESS else 0


def _sights(text: str | None) -> frozenset[str]:
    if text is None:
        return frozenset()
    words = [word.strip() for word in text.split(",")]
    for word in words:
        if word not in (*SIGHTS, EVERY_SIGHT):
            hint = meant(word, SIGHTS) or f" There are {', '.join(SIGHTS)}, and {EVERY_SIGHT}."
            raise UserError(f"--require-vantage: “{visible(word, 40)}” is nothing that is looked at.{hint}")
    return frozenset(words)
