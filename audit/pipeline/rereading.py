"""A report that was written, read again domain by domain: one of a million domains does not fit into memory.

`document.py` writes a report as indented JSON (RFC 8259) with its domains at the end, each between a line that is `{`
and one that is `}` behind two blanks; no other line looks so, as a string of JSON holds no line feed. Of a file in that
form each domain is held to its schema, and only where it stands is kept. Any other form, such as what `jq` makes of a
report, is for the caller to read in one piece.
"""

from __future__ import annotations

import os
import weakref
from array import array
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import IO, TypeVar

from audit import contract
from audit.model.report import DomainReport, Glance, Reports, RunReport

R = TypeVar("R", DomainReport, Glance)
DOMAINS, NONE = b' "domains": [\n', b' "domains": []\n}'
BEGIN, NEXT, LAST, END = b"  {\n", b"  },\n", b"  }\n", b" ]\n}\n"
MOST = 256 * 1024 * 1024  # octets of the head, and of a domain


class ReportError(ValueError):
    """Text that is no report; it says where."""


class Reread(Reports):
    """The domains of a report on disk. The file is held open, so another may take its name meanwhile."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        weakref.finalize(self, file.close)
        self._offsets, self._sizes = array("Q"), array("Q")

    def note(self, offset: int, text: bytes) -> None:
        """A domain begins at an offset.

        Raises:
            ReportError: it is not what the schema says.
        """
        try:
            contract.check_part("report", "DomainReport", text)
            contract.load(text, DomainReport)
        except contract.ContractError as error:
            raise ReportError(f"/domains/{len(self)}: {error}") from None
        self._offsets.append(offset)
        self._sizes.append(len(text))

    def __len__(self) -> int:
        return len(self._offsets)

    def __iter__(self) -> Iterator[DomainReport]:
        return self._each(DomainReport)

    def glances(self) -> Iterator[Glance]:
        return self._each(Glance)

    def texts(self) -> Iterator[bytes]:
        return map(contract.dump, self)

    def __contains__(self, report: object) -> bool:
        return any(each == report for each in self)

    def _each(self, kind: type[R]) -> Iterator[R]:
        for offset, size in zip(self._offsets, self._sizes, strict=True):
            try:
                yield contract.load(os.pread(self._file.fileno(), size, offset), kind)
            except contract.ContractError:
                raise ReportError("it was changed while it was read.") from None


def by_domains(path: Path) -> RunReport | None:
    """The report in a file, whose domains stay there; None where the file has another form.

    Raises:
        ReportError: a domain is not what the schema says.
        OSError: the file cannot be read.
    """
    file = path.open("rb")
    domains = Reread(file)
    head = _head(file) if file.seekable() else None
    if head is None or not _noted(file, domains):
        file.close()
        return None
    return replace(head, domains=domains)


def _head(file: IO[bytes]) -> RunReport | None:
    """The report without its domains, which begin behind it."""
    size, lines = 0, []
    for line in iter(lambda: file.readline(MOST), b""):
        if line == DOMAINS:
            break
        lines.append(line)
        size += len(line)
        if size > MOST:
            return None
    text = b"".join((*lines, NONE))
    try:
        contract.check("report", text)
        return contract.load(text, RunReport)
    except contract.ContractError:
        return None


def _noted(file: IO[bytes], domains: Reread) -> bool:
    """Note all domains, to the end of the file; false where it has another form."""
    while True:
        offset, size = file.tell(), 0
        lines = [file.readline(MOST)]
        if lines[0] != BEGIN:
            return False
        while lines[-1] not in (NEXT, LAST):
            lines.append(file.readline(MOST))
            size += len(lines[-1])
            if not lines[-1] or size > MOST:
                return False
        domains.note(offset, b"".join(lines).rstrip(b",\n"))
        if lines[-1] == LAST:
            return file.read(len(END) + 1) == END
