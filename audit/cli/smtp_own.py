"""The proof that a server is one's own, before it is probed."""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import Mapping
from typing import Any

from audit.cli.messages import UserError
from audit.cli.smtp_script import domain_of
from audit.gather.asking import asked
from audit.gather.dialogue import Place
from audit.model.fact import Unknown
from audit.model.subject import Domain
from audit.network.options import NetworkOptions
from audit.protocol.drive import FaultHook
from audit.protocol.ownership import TOKEN, ownership, proof_of

VARIABLE = "MXAUDIT_OWN_TOKEN"


def prove(place: Place, given: Mapping[str, Any], options: NetworkOptions, fault: FaultHook) -> None:
    """See that the server, and each domain that is named, is the user's.

    Raises:
        UserError: one is not, or it cannot be told; the message holds the record to publish.
    """
    if not given["probes"]:
        if given["own"]:
            raise UserError("--own is for --probe: say what to probe.")
        return
    if not given["own"]:
        raise UserError("--probe is for servers of your own: say so with --own, and prove it by a TXT record.")
    if place.is_address:
        raise UserError("--own needs the server's name: an address has no TXT record to prove it by.")
    addresses = (*((given["sender"],) if given["sender"] else ()), *given["recipients"])
    names = tuple(dict.fromkeys((place.host, *map(domain_of, addresses))))
    token = os.environ.get(VARIABLE, "")
    if not token:
        token = secrets.token_hex(12)
        raise UserError(f"{VARIABLE} is not set. Set it to {token}, and publish {_records(names, token)}.")
    if not TOKEN.fullmatch(token):
        raise UserError(f"{VARIABLE} takes 16 to 64 letters and digits.")
    for name in names:
        found = asyncio.run(asked(ownership(Domain(name), token), options, options.question_timeout * 3, fault))
        if isinstance(found, Unknown):
            raise UserError(f"Whether {name} is yours could not be asked ({found.reason}); nothing was probed.")
        if not found.value.proved:
            raise UserError(f"Nothing proves that {name} is yours. Publish {_records((name,), token)}.")


def _records(names: tuple[str, ...], token: str) -> str:
    return " and ".join(proof_of(name, token) for name in names)
