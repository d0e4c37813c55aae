"""What the files of a run are told by: a SHA-256 of each (FIPS 180-4), and one of the whole."""

from __future__ import annotations

from audit.model.value import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class FileDigest:
    """A file of a run, by its path below the directory."""

    path: str
    octets: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestManifest:
    """`digest` is the SHA-256 (hex) of a line for each file, in the order of their paths: its own SHA-256, two blanks,
    the path, a line feed; which is what sha256sum prints."""

    digests: str  # the address of the schema
    files: tuple[FileDigest, ...]
    digest: str
