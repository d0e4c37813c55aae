"""The root certificates that Mozilla trusts, as the package `certifi` brings them (RFC 5280 section 6.1.1 d).

The machine's own store differs from one machine to the next; these are the same wherever the same version is installed,
so a chain is judged alike everywhere. The file is PEM (RFC 7468): base64 between BEGIN and END lines.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import certifi

from audit import contract

BEGIN, END = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"


@cache
def mozilla() -> tuple[bytes, ...]:
    """Mozilla's roots in DER, in the order of the file.

    A few of them have the serial number 0, against RFC 5280 section 4.1.2.2: whoever parses them must put up with it.
    """
    blocks = Path(certifi.where()).read_text("utf-8").split(BEGIN)[1:]
    return tuple(base64.b64decode(block.partition(END)[0]) for block in blocks)


def digest(roots: Iterable[bytes]) -> str:
    """The SHA-256 (hex) of a set of roots, whatever their order."""
    return contract.sha256(*sorted(set(roots)))
