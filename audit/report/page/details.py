"""A row of the list in full: the answers, what failed, what could not be tested, and what rests behind a fold."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from markupsafe import Markup

from audit.model.report import DomainReport, DomainVerdict, MailPath, PathStep, Problem
from audit.report.page.drawings import lifetimes, tree, ways
from audit.report.page.findings import failure, hole
from audit.report.page.form import NOTHING, Form, code, joined, said
from audit.report.page.found import found
from audit.report.page.pieces import Keys, checks, chip, icon
from audit.report.reasons import reason
from audit.report.rows import Row
from audit.report.words import SENDERS, STATUSES, plural
from audit.syntax.escape import visible

LEVEL = 5  # of a finding's heading

_DETAILS = Form('<details class="domain"{}>\n<summary><h3>{}</h3>\n{}</summary>\n{}</details>\n')
_MARKS = Form('<span class="marks">{}</span>\n')
_MARK = Form('<span class="mark {}" role="img" aria-label="{} {}">{}</span>')
_STATUS = Form('<span class="chip status">{}</span>\n')

_INSIDE = Form('<div class="inside" id="{}">\n<p class="origin">\n{}{}, line {}{}</p>\n{}{}{}{}{}{}{}{}{}</div>\n')
_ENCODED = Form("{} ·\n")
_COLUMN = Form(", column {}")
_PROBLEM = Form(
    '<div class="notice">\n<p><strong>{}</strong> {}</p>\n<p>{}</p>\n{}{}</div>\n',
)
_ADVICE = Form('<p class="advice">{}</p>\n')
_AUDITED = Form('<p><a href="{}">To the row that was audited</a></p>\n')

_VERDICTS = Form('<ul class="verdicts">\n{}</ul>\n')
_VERDICT = Form('<li class="{}"><h4>{}</h4> {} <p>{}</p></li>\n')
_FINDINGS = Form('<h4 class="part">{}</h4>\n<ul class="findings">\n{}</ul>\n')
_EACH = Form("{}\n")
_NO_FINDING = Form('<p class="nothing">{}</p>\n')
_HOLES = Form('<h4 class="part">{} could not be done</h4>\n<ul class="holes">\n{}</ul>\n')

_PATHS = Form('<h4 class="part">How mail comes in</h4>\n{}<ul class="verdicts paths">\n{}</ul>\n')
_SPF = Form('<h4 class="part">SPF, as a receiver reads it</h4>\n{}')
_CERTIFICATES = Form('<h4 class="part">Certificates</h4>\n{}')
_PATH = Form('<li class="{}"><h5>{}</h5> {} <div><p>{}</p>\n{}</div></li>\n')
_STEPS = Form("<ol>\n{}</ol>\n")
_STEP = Form("<li{}>{}{}{}</li>\n")
_TAKEN = Form(' class="taken"')()
_HOST = Form("{}{}{} ")
_ADDRESS = Form(" {}")
_PREFERENCE = Form(' <span class="quiet">(preference {})</span>')
_BECAUSE = Form(": {} {}")

_REST = Form('<div class="rest">\n{}{}</div>\n')
_PASSED = Form("<details><summary>{} passed</summary>{}</details>\n")
_NOT_APPLICABLE = Form("<details><summary>{} did not apply</summary>{}</details>\n")


def details(row: Row, link: Callable[[str], str], unfolded: bool, at: datetime) -> Markup:
    """A row, folded or not. `link` leads from the anchor of a row to the row; `at` is when it was observed."""
    d = row.report
    return _DETAILS(
        " open" if unfolded else "",
        said(d.unicode or d.domain or d.input.text, 300),
        _MARKS(joined(map(_mark, d.verdicts))) if d.status == "audited" else _STATUS(STATUSES[d.status]),
        _inside(row, link, at),
    )


def _mark(verdict: DomainVerdict) -> Markup:
    return _MARK(verdict.state, visible(verdict.question), visible(verdict.answer), icon(verdict.state))


def _inside(row: Row, link: Callable[[str], str], at: datetime) -> Markup:
    d = row.report
    keys = Keys(row.places, (record for topic in d.records for record in topic.records))
    return _INSIDE(
        row.anchor,
        _ENCODED(code(d.domain, 300)) if d.domain and d.unicode and d.domain != d.unicode else NOTHING,
        said(d.input.file),
        d.input.line,
        _COLUMN(d.input.column) if d.status == "invalid_input" else NOTHING,
        _problem(d.problem, d.input.text, link(row.same_as) if row.same_as else None) if d.problem else NOTHING,
        _VERDICTS(joined(map(_verdict, d.verdicts))) if d.verdicts else NOTHING,
        _findings(row, keys),
        _holes(row, keys),
        _PATHS(ways(d.unicode or d.domain or "", d.servers) if d.servers else NOTHING, joined(map(_path, d.paths)))
        if d.paths or d.servers
        else NOTHING,
        _SPF(tree(d.spf)) if d.spf and d.spf.lines else NOTHING,
        _certificates(row, at),
        _rest(row),
        found(row.shelves) if d.records else NOTHING,
    )


def _problem(problem: Problem, text: str, audited: str | None) -> Markup:
    return _PROBLEM(
        said(problem.message, 1000),
        code(problem.reason, 80),
        code(text),
        _ADVICE(said(problem.suggestion, 500)) if problem.suggestion else NOTHING,
        _AUDITED(audited) if audited else NOTHING,
    )


def _verdict(verdict: DomainVerdict) -> Markup:
    return _VERDICT(
        verdict.state, said(verdict.question), chip(verdict.state, verdict.answer), said(verdict.because, 1000)
    )


def _findings(row: Row, keys: Keys) -> Markup:
    if row.failures:
        told = _EACH.each(failure(group, LEVEL, keys) for group in row.failures)
        return _FINDINGS(plural(row.failed, "finding"), told)
    return _NO_FINDING(_none_found(row)) if row.report.status == "audited" else NOTHING


def _none_found(row: Row) -> str:
    if not row.holes:
        return "No finding."
    return "No finding among what could be tested." if row.report.passed else "Nothing could be tested."


def _holes(row: Row, keys: Keys) -> Markup:
    told = _EACH.each(hole(each, keys) for each in row.holes)
    return _HOLES(plural(row.untested, "check"), told) if row.holes else NOTHING


def _certificates(row: Row, at: datetime) -> Markup:
    drawn = lifetimes(row.report.certificates, at)
    return _CERTIFICATES(drawn) if drawn else NOTHING


def _path(path: MailPath) -> Markup:
    return _PATH(
        path.state,
        SENDERS[path.sender],
        chip(path.state, path.answer),
        said(path.because, 1000),
        _STEPS(joined(map(_step, path.steps))) if path.steps else NOTHING,
    )


def _step(step: PathStep) -> Markup:
    why = _BECAUSE(said(reason(step.reason).sentence, 500), code(step.reason, 80)) if step.reason else NOTHING
    return _STEP(_TAKEN if step.taken else "", _host(step) if step.host else NOTHING, said(step.text, 600), why)


def _host(step: PathStep) -> Markup:
    return _HOST(
        code(step.host, 300),
        _ADDRESS(code(step.address, 80)) if step.address else NOTHING,
        NOTHING if step.preference is None else _PREFERENCE(step.preference),
    )


def _rest(row: Row) -> Markup:
    d: DomainReport = row.report
    if not d.passed and not d.not_applicable:
        return NOTHING
    return _REST(
        _PASSED(plural(len(d.passed), "check"), checks(row.passed)) if d.passed else NOTHING,
        _NOT_APPLICABLE(plural(len(d.not_applicable), "check"), checks(row.not_applicable))
        if d.not_applicable
        else NOTHING,
    )
