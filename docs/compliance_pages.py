"""Keep docs/compliance-profiles.md as the catalogue says: `python docs/compliance_pages.py [--check]`.

With --check nothing is written, and it fails if the page is outdated.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

from audit.catalog.compliance import compliance_profiles
from audit.model.compliance import Applies, ComplianceProfile, Control
from audit.report.compliance.asked import checks

RULE = re.compile(r"\b([A-Z0-9]{2,}(?:-[A-Z0-9]+)+)\b")
PAGE = Path(__file__).parent / "compliance-profiles.md"
HEAD = """\
# The compliance profiles

What is shipped, made from the catalogue by `docs/compliance_pages.py`. [What a profile is](compliance.md), and how a
domain is judged by one. A **draft** could not be held to its publisher's text: take it for a hint, and look there.

| profile | publisher | version | read | controls | tested |
| --- | --- | --- | --- | --- | --- |
"""
APPLIES = {
    Applies.ALL: "all domains",
    Applies.SENDS: "domains that send",
    Applies.RECEIVES: "domains that take mail",
    Applies.PARKED: "domains that send none",
}


def page() -> str:
    """The whole page."""
    profiles = compliance_profiles()
    return HEAD + "".join(_row(p) for p in profiles) + "".join(f"\n{_section(p)}" for p in profiles)


def _row(profile: ComplianceProfile) -> str:
    able = sum(bool(control.ways) for control in profile.controls)
    name = f"[`{profile.id}`](#{profile.id}){_draft(profile.draft)}"
    cells = (name, profile.publisher, profile.version, f"{profile.checked}", f"{len(profile.controls)}", f"{able}")
    return _cells(cells)


def _section(profile: ComplianceProfile) -> str:
    lines = [
        f"## {profile.id}\n\n{profile.title}{_draft(profile.draft)}. {profile.scope}\n\n",
        f"Source: {profile.source}. As of {profile.as_of}.\n\n",
        "| control | what is asked | for | what is tested |\n| --- | --- | --- | --- |\n",
    ]
    return "".join((*lines, *(_control(control) for control in profile.controls)))


def _control(control: Control) -> str:
    asked = f"**{control.title}** ({control.criticality}). {control.meaning}"
    cells = (f"`{control.id}`{_draft(control.draft)}", asked, APPLIES[control.applies], "<br>".join(_tested(control)))
    return _cells(cells)


def _tested(control: Control) -> Iterator[str]:
    yield from (RULE.sub(r"`\1`", way) for way in checks(control))
    if control.attestation is not None:
        yield f"*To be attested:* {control.attestation}"
    if control.untested is not None:
        yield f"*Not looked at:* {control.untested}"


def _draft(draft: bool) -> str:
    return " **(draft)**" if draft else ""


def _cells(cells: tuple[str, ...]) -> str:
    return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |\n"


def main(arguments: list[str]) -> None:
    if arguments not in ([], ["--check"]):
        raise SystemExit("Usage: python docs/compliance_pages.py [--check]")
    if not arguments:
        PAGE.write_text(page(), "utf-8")
    elif PAGE.read_text("utf-8") != page():
        raise SystemExit("Run `python docs/compliance_pages.py`: the page is not as the catalogue says.")


if __name__ == "__main__":
    main(sys.argv[1:])
