"""Files that are read in one piece, and so have to have an end; reports are read so only in a form that is not ours."""

from __future__ import annotations

from pathlib import Path

from audit import contract
from audit.cli.messages import UserError
from audit.model.report import RunReport
from audit.pipeline.rereading import ReportError, by_domains

MAX_FILE = 1024 * 1024 * 1024  # octets


def whole(file: Path) -> bytes:
    """The content of a file.

    Raises:
        UserError: it cannot be read, or is larger than a report can be.
    """
    try:
        with file.open("rb") as stream:
            content = stream.read(MAX_FILE + 1)
    except OSError as error:
        raise UserError(f"{file} cannot be read: {error.strerror}.") from None
    if len(content) > MAX_FILE:
        raise UserError(f"{file} is larger than {MAX_FILE // 1024 // 1024} MiB.")
    return content


def report_of(file: Path) -> RunReport:
    """The report that a file holds. In the form in which it was written, its domains stay in the file.

    Raises:
        UserError: it holds none.
    """
    try:
        found = by_domains(file)
    except ReportError as error:
        raise UserError(f"{file} is not a report: {error}") from None
    except OSError:
        found = None  # below, too, and it is told there
    if found is not None:
        return found
    text = whole(file)
    try:
        contract.check("report", text)
        return contract.load(text, RunReport)
    except contract.ContractError as error:
        raise UserError(f"{file} is not a report: {error}") from None
