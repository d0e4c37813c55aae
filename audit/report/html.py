"""The report as one page that asks for nothing: no script, no font, no picture from elsewhere.

Every text goes through jinja2's escaping, and through `visible` before that. The style sheet is allowed by its hash
(Content Security Policy Level 3, section 2.3.1); whatever else a text might smuggle in has no permission to act.
"""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib import resources

from jinja2 import DictLoader, Environment, StrictUndefined, Template

from audit.model.report import RunReport, State
from audit.report import words
from audit.report.outline import Tally, message, outline
from audit.report.prose import blocks, runs
from audit.report.reasons import reason
from audit.syntax.escape import visible

PAGE = "report.html.j2"
STYLE = "report.css"
BAR = 1000  # the width of a bar, in its own units
OPEN_UP_TO = 40  # rows; a longer list starts folded
SHARED = 10  # insights that are shown at once
FIRST = 5  # domains of an insight that are named at once


def render(report: RunReport) -> bytes:
    """A report is one HTML page with all its content, readable on a phone and on paper."""
    page = _template().render(
        view=outline(report), run=report.run, style_hash=style_hash(), unfolded=len(report.domains) <= OPEN_UP_TO
    )
    return page.encode("utf-8")


def style_hash() -> str:
    """The SHA-256 of the style sheet, in the form of a CSP source."""
    return "sha256-" + base64.b64encode(hashlib.sha256(_text(STYLE).encode("utf-8")).digest()).decode("ascii")


def bar(tally: Tally) -> tuple[tuple[State, int, int], ...]:
    """The stretches of a bar that shows a tally: state, start and width."""
    shown: list[tuple[State, int, int]] = []
    done = 0
    for state, count in tally.counts:
        start, done = done, done + count
        if count:
            left = start * BAR // tally.total
            shown.append((state, left, done * BAR // tally.total - left))
    return tuple(shown)


@cache
def _text(name: str) -> str:
    return resources.files("audit.report").joinpath("templates", name).read_text("utf-8").strip()


@cache
def _template() -> Template:
    environment = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        loader=DictLoader({name: _text(name) for name in (PAGE, STYLE)}),
    )
    environment.filters.update(
        shown=visible,
        blocks=blocks,
        runs=runs,
        first_sentence=words.first_sentence,
        bar=bar,
        reason=reason,
        kind=words.kind,
        topic=words.topic,
        answer=words.status_of_record,
        plural=words.plural,
        counted=words.counted,
        moment=words.moment,
        anchored=words.anchored,
        message=message,
        mentions=words.mentions,
        fix_once=words.fix_once,
    )
    environment.globals.update(
        STATES=words.STATES,
        STATUSES=words.STATUSES,
        SENDERS=words.SENDERS,
        FIRST=FIRST,
        SHARED=SHARED,
        RECORD=words.RECORD,
        to_publish=words.to_publish,
    )
    return environment.get_template(PAGE)
