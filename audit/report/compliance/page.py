"""The compliance report as one page, made for print: A4, numbered pages, a table of contents, no script, no request.

Every text goes through jinja2's escaping, and through `visible` before that. A link that somebody attests by is shown
as a link only where it is http or https, which its schema sees to, and here again.
"""

from __future__ import annotations

from audit.model.compliance_report import ComplianceReport
from audit.report.compliance import wording
from audit.report.compliance.exceptions import NAMED, count_of, exceptions, open_reasons, totals, unit_rows
from audit.report.html import style_hash, template

PAGE, STYLE = "compliance.html.j2", "compliance.css"


def render(report: ComplianceReport) -> bytes:
    """The page of a compliance report."""
    page = template(PAGE).render(
        report=report,
        scope=report.scope,
        words=wording,
        exceptions=exceptions,
        totals=totals,
        unit_rows=unit_rows,
        reasons=open_reasons(report),
        is_link=is_link,
        NAMED=NAMED,
        count_of=count_of,
        style_hash=style_hash(STYLE),
        script_hash=None,
    )
    return page.encode("utf-8")


def is_link(text: str) -> bool:
    """Whether a text may be followed: nothing that a browser would run."""
    return text.startswith(("https://", "http://"))
