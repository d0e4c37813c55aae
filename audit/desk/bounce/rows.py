"""What is known of a bounce as rows: one for each recipient, one for a mail without any.

A row is flat, so that it is a line of JSON and a line of a table alike; what is not known is null. Where addresses are
to stay unknown, each is replaced by a keyed digest of it, in the words of the server too: with the same key the same
address has the same digest, so rows can still be counted and compared, and without it nobody can try whether an address
is there (RFC 2104).
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterator
from typing import Literal

from audit.desk.bounce.reading import Bounce
from audit.desk.bounce.returned import Returned
from audit.syntax.escape import visible

Value = str | int | bool | None
COLUMNS = (
    *("source", "kind", "form", "message_id", "reported_by", "feedback_type", "address", "original_address", "action"),
    *("remote_host", "reply", "code", "enhanced_code", "class", "reason", "meaning", "permanent", "suppress", "side"),
    *("retry", "rules", "advice", "confidence", "incomplete"),
)
LONG, SHORT, ID = 1200, 330, 300
BETWEEN = " "
_ADDRESS = re.compile(r"[^\s<>\"'()\[\],;:]{1,64}@[^\s<>\"'()\[\],;:]{1,253}")


def rows(
    source: str, bounce: Bounce, *, names: Literal["mxaudit", "sisimai"], key: bytes = b""
) -> Iterator[dict[str, Value]]:
    """The rows of a mail, in the order of its recipients; with a key, its digests stand in the place of addresses."""
    head: dict[str, Value] = dict.fromkeys(COLUMNS)
    head |= {
        "source": visible(source, 1000),
        "kind": bounce.kind,
        "form": bounce.form or None,
        "message_id": _shown(bounce.message_id, ID),
        "reported_by": _shown(bounce.reporter, 255),
        "feedback_type": _shown(bounce.feedback, 60),
        "suppress": False,
        "incomplete": bounce.cut,
    }
    if not bounce.recipients:
        yield head
    for recipient in bounce.recipients:
        yield head | _recipient(recipient, names=names, key=key)


def _recipient(found: Returned, *, names: Literal["mxaudit", "sisimai"], key: bytes) -> dict[str, Value]:
    told = found.told
    reply = redacted(found.reply, found, key) if key else found.reply
    return {
        "address": digest(found.address, key) if key else _shown(found.address, SHORT),
        "original_address": digest(found.original, key) if key and found.original else _shown(found.original, SHORT),
        "action": found.action or None,
        "remote_host": _shown(found.host, 255),
        "reply": _shown(reply, LONG),
        "code": told.code if told else None,
        "enhanced_code": (told.enhanced_code if told else None) or found.status or None,
        "class": told.kind.id if told else None,
        "reason": found.reason.sisimai if names == "sisimai" else found.reason.id,
        "meaning": found.reason.meaning,
        "permanent": found.permanent,
        "suppress": found.suppress,
        "side": told.side if told else None,
        "retry": told.retry.when if told else None,
        "rules": (BETWEEN.join(told.rules) if told else "") or None,
        "advice": (BETWEEN.join(told.advice) if told else "") or None,
        "confidence": told.confidence if told else None,
    }


def digest(address: str, key: bytes) -> str:
    """What stands for an address: the beginning of the HMAC-SHA-256 of it in lower case."""
    code = hmac.new(key, address.lower().encode("utf-8", "replace"), hashlib.sha256)
    return f"hmac-sha256:{code.hexdigest()[:32]}"


def redacted(text: str, found: Returned, key: bytes) -> str:
    """A text without addresses, and without the local parts of those that are known: servers name them alone, too."""
    for address in filter(None, (found.address, found.original)):
        text = re.sub(re.escape(address), digest(address, key), text, flags=re.IGNORECASE)
    text = _ADDRESS.sub(lambda match: digest(match[0], key), text)
    for address in filter(None, (found.address, found.original)):
        local = address.rpartition("@")[0]
        if local:
            text = re.sub(rf"(?<![\w.]){re.escape(local)}(?![\w.])", "(local part)", text, flags=re.IGNORECASE)
    return text


def _shown(text: str, limit: int) -> str | None:
    return visible(text, limit) if text else None
