"""The key by which addresses are hidden: new in each run, or from the environment, so that several runs compare.

It is no option: a command line is seen by others, and who has the key can try which addresses are there.
"""

from __future__ import annotations

import os
import secrets

from audit.cli.messages import UserError

VARIABLE = "MXAUDIT_REDACT_KEY"
LEAST = 16  # characters


def hiding_key() -> bytes:
    """The key.

    Raises:
        UserError: that of the environment is so short that it could be guessed.
    """
    given = os.environ.get(VARIABLE, "")
    if not given:
        return secrets.token_bytes(32)
    if len(given) < LEAST:
        raise UserError(f"{VARIABLE} takes {LEAST} characters or more: a shorter key could be guessed.")
    return given.encode("utf-8", "surrogateescape")
