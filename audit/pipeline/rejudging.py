"""Whether the evidence of a run gives its report: it is judged again, without the network, and the two are compared.

That says nothing where other rules judge now than then, which the report tells by its version and by its digest of what
judgement depends on.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import zip_longest
from pathlib import Path

from audit import __version__, contract
from audit.catalog.tables import CatalogError
from audit.model.report import DomainReport, Finding, RunReport
from audit.pipeline import recomplying
from audit.pipeline.complying import COMPLIANCE
from audit.pipeline.ending import EVIDENCE
from audit.pipeline.flow import PAGE, REPORT
from audit.pipeline.judging import judge
from audit.pipeline.store import EvidenceError, read_evidence
from audit.report import html
from audit.rules.summary.marks import Decisions
from audit.syntax.escape import visible

NAMED = 20  # domains that are named
MOST = 1024 * 1024 * 1024  # octets of a report
ONE_FILE = 1_000_000_000  # rows


@dataclass(frozen=True, slots=True)
class Again:
    """What came of it: sentences on what differs, on what was compared, and on what could not be."""

    altered: tuple[str, ...] = ()
    held: tuple[str, ...] = ()
    unchecked: tuple[str, ...] = ()


def again(directory: Path, file: Path, digests: Mapping[str, str]) -> Again:
    """Compare a report with what the evidence beside it gives, and its page with what it gives itself. `digests` are
    those of the files, where they are known."""
    try:
        text = _whole(file)
        contract.check("report", text)
        report = contract.load(text, RunReport)
    except OSError as error:
        return Again(unchecked=(f"{file.name} cannot be read: {error.strerror}.",))
    except (contract.ContractError, ValueError) as error:
        return Again(altered=(f"{file.name} is not a report: {visible(str(error), 300)}.",))
    if (version := report.run.tool.version) != __version__:
        told = f"{file.name} was written by mxaudit {visible(version, 40)}, and this is {__version__}"
        return Again(unchecked=(f"{told}: whether the evidence gives it, only that version can tell.",))
    found = _page(report, digests, _judged(directory, file, report))
    differs, why_not = recomplying.altered(directory, report, digests)
    if differs:
        return replace(found, altered=(*found.altered, differs))
    if why_not:
        return replace(found, unchecked=(*found.unchecked, why_not))
    if COMPLIANCE in digests:
        return replace(found, held=(*found.held, f"{COMPLIANCE} made again: it is what {REPORT} gives"))
    return found


def _judged(directory: Path, file: Path, report: RunReport) -> Again:
    if not (directory / EVIDENCE).is_file():
        return Again(unchecked=(f"There is no {EVIDENCE} beside {file.name}, so it was not judged again.",))
    waivers = tuple(replace(use.waiver, expired=False) for use in report.waivers)
    run = report.run
    try:
        found = read_evidence(directory)
        profile = None if run.profile == found.head.settings.profile else run.profile
        made = judge(
            found, profile, None, run.second_opinion, Path(tempfile.gettempdir()), decisions=Decisions(waivers)
        )
        if made.run.digests.judgement != run.digests.judgement:
            why = f"{file.name} was judged by other rules, another catalogue or other roots than there are now"
            return Again(unchecked=(f"{why}: whether the evidence gives it cannot be told.",))
        altered = tuple(_differences(file.name, report, made))
    except (EvidenceError, CatalogError) as error:
        return Again(altered=(f"The evidence cannot be judged: {visible(str(error), 500)}",))
    held = () if altered else (f"{EVIDENCE} judged again: it gives {file.name}",)
    unchecked = ("What is new since the baseline, as the baseline is not at hand.",) if report.baseline else ()
    return Again(altered, held, unchecked)


def _differences(name: str, report: RunReport, made: RunReport) -> Iterator[str]:
    """Where a report is not what its evidence gives; the first of it."""
    if _head(report) != _head(made):
        yield f"{name} is not what the evidence gives: what it says of the run differs."
    count = 0
    for told, ours in zip_longest(report.domains, made.domains):
        if told is None or ours is None or _unmarked(told) != ours:
            count += 1
            if count <= NAMED:
                shown = told or ours
                row = f"{visible(shown.domain or 'the row', 253)} (line {shown.input.line})" if shown else "a row"
                yield f"{name} is not what the evidence gives: {row} differs."
    if count > NAMED:
        yield f"{name}: and {count - NAMED} more rows."


def _head(report: RunReport) -> bytes:
    """What a report says of its run, but for what hangs on a baseline."""
    findings = tuple(map(_without_state, report.findings))
    return contract.dump(replace(report, domains=(), baseline=None, findings=findings))


def _unmarked(domain: DomainReport) -> DomainReport:
    return replace(domain, findings=tuple(map(_without_state, domain.findings)))


def _without_state(finding: Finding) -> Finding:
    return replace(finding, baseline=None) if finding.baseline else finding


def _page(report: RunReport, digests: Mapping[str, str], found: Again) -> Again:
    """The page is a rendering of the report, so it can be held to it. Other formats are held to their digests alone."""
    if PAGE not in digests:
        return found
    paged = any(name.startswith(f"{Path(PAGE).stem}-pages/") for name in digests)
    state = sha256()
    for name, part in html.files(report, PAGE, 0 if paged else ONE_FILE):
        if name == PAGE:
            state.update(part)
    if state.hexdigest() != digests[PAGE]:
        return replace(found, altered=(*found.altered, f"{PAGE} is not what {REPORT} gives."))
    return replace(found, held=(*found.held, f"{PAGE} rendered again: it is what {REPORT} gives"))


def _whole(file: Path) -> bytes:
    with file.open("rb") as stream:
        text = stream.read(MOST + 1)
    if len(text) > MOST:
        raise ValueError(f"it is larger than {MOST // 1024 // 1024} MiB")
    return text
