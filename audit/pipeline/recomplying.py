"""Whether the compliance report of a run is what its report gives: it is made again, and the two are compared.

Profiles are taken from the catalogue where their digests are those that it names; one that is not there, such as a file
of the user's own or a text that was read anew since, leaves it unchecked.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

from audit import __version__, contract
from audit.catalog.compliance import compliance_profiles
from audit.model.compliance_report import ComplianceReport
from audit.model.report import RunReport
from audit.pipeline.attestations import on_day
from audit.pipeline.complying import COMPLIANCE, COMPLIANCE_PAGE
from audit.pipeline.ending import EVIDENCE, HOSTS
from audit.pipeline.flow import REPORT
from audit.report.compliance import document, page
from audit.report.compliance.document import compliance_report
from audit.syntax.escape import visible

MOST = 1024 * 1024 * 1024  # octets


def altered(directory: Path, report: RunReport, digests: Mapping[str, str]) -> tuple[str | None, str | None]:
    """What differs, and why that was not looked at; both None where it is as it has to be, or is not there."""
    if COMPLIANCE not in digests:
        return None, None
    try:
        with (directory / COMPLIANCE).open("rb") as stream:
            text = stream.read(MOST)
        contract.check(document.SCHEMA, text)
        found = contract.load(text, ComplianceReport)
    except OSError as error:
        return None, f"{COMPLIANCE} cannot be read: {error.strerror}."
    except contract.ContractError as error:
        return f"{COMPLIANCE} is not a compliance report: {visible(str(error), 300)}.", None
    shipped = {profile.id: profile for profile in compliance_profiles()}
    profiles = tuple(shipped[p.id] for p in found.profiles if p.id in shipped and shipped[p.id].digest == p.digest)
    if len(profiles) != len(found.profiles) or found.scope.assessed_by.version != __version__:
        return None, f"{COMPLIANCE} was made by other profiles, or another version, than there are now."
    made = compliance_report(
        report,
        profiles,
        on_day(tuple(use.attestation for use in found.attestations), report.run.observed_at.date()),
        evidence=digests.get(EVIDENCE),
        hosts=digests.get(HOSTS),
        text=digests.get(REPORT),
    )
    if document.render(made) != text:
        return f"{COMPLIANCE} is not what {REPORT} gives.", None
    if COMPLIANCE_PAGE in digests and sha256(page.render(made)).hexdigest() != digests[COMPLIANCE_PAGE]:
        return f"{COMPLIANCE_PAGE} is not what {COMPLIANCE} gives.", None
    return None, None
