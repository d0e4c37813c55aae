"""Lines of Postfix, by the program that wrote them.

`qmgr` names sender and size, `smtp`, `lmtp`, `local`, `virtual` and `pipe` each attempt for a recipient (`status=`, and
in brackets what was said), `smtpd`, `cleanup` and `postscreen` who was rejected. The queue id stands first. TLS is told
in lines of their own (`smtp_tls_loglevel = 1`), which belong to the deliveries of the same process to the same host.
"""

from __future__ import annotations

import re

from audit.desk.logs.events import Delivery, Entry, Event, Gone, Outcome, Received, Reject, Tls

_TO = re.compile(
    r"([0-9A-Za-z]{5,20}): to=<([^>]{0,400})>, (?:orig_to=<[^>]{0,400}>, )?(?:relay=([^\s,]{1,300}), )?"
    r"(?:conn_use=[0-9]{1,9}, )?(?:delay=([0-9.]{1,12}), )?(?:delays=[0-9./e+-]{1,80}, )?(?:dsn=[0-9.]{1,12}, )?"
    r"status=(\w{1,20})(?: \((.{0,8000}))?"
)
_FROM = re.compile(
    r"([0-9A-Za-z]{5,20}): from=<([^>]{0,400})>, (?:size=([0-9]{1,15}), nrcpt=|status=(expired|force-exp))"
)
_BEGINS = re.compile(r"([0-9A-Za-z]{5,20}): (?:client=|uid=)")
_REJECT = re.compile(
    r"(?:NOQUEUE|[0-9A-Za-z]{5,20}): (?:milter-)?reject: (\S{1,40})(?: command)? from (\S{1,300}): (.{0,8000})"
)
_WHOM = re.compile(r"; from=<([^>]{0,400})>(?: to=<([^>]{0,400})>)?(?: proto=| helo=|$)")
_TLS = re.compile(r"\w{1,12} TLS connection established (to|from) (\S{1,300}): (TLSv[0-9.]{1,4}|SSLv[0-9.]{1,3})")
GIVEN_UP = "message expired, returned to sender"  # its line quotes no reply
OUTCOMES: dict[str, Outcome] = {"sent": "sent", "deferred": "deferred", "bounced": "bounced", "expired": "expired"}


def event(entry: Entry) -> Event | None:
    """What a line tells, or None where that is not counted."""
    text = entry.text
    if " status=" in text:
        return _delivery(text)
    if text.endswith(": removed"):
        return Gone(text[:-9])
    if ": from=<" in text[:24]:
        return _queued(text)
    if ": client=" in text[:30] or ": uid=" in text[:27]:
        found = _BEGINS.match(text)
        return Received(found[1], begins=True) if found else None
    if "reject: " in text[:40]:
        return _reject(text)
    return _tls(entry) if "TLS connection established" in text[:48] else None


def _delivery(text: str) -> Event | None:
    found = _TO.match(text)
    if found is None:
        return _queued(text)
    queue_id, recipient, relay, delay, status, said = found.groups()
    outcome = OUTCOMES.get(status)
    if outcome is None:  # a probe of an address (`deliverable`), or a trace
        return None
    host, address = peer(relay or "")
    remote = relay in {None, "none"} or ("]:" in (relay or ""))
    said = said[:-1] if said and said.endswith(")") else said or ""
    try:
        seconds = float(delay) if delay else None
    except ValueError:
        seconds = None
    return Delivery(queue_id, outcome, "out" if remote else "local", recipient, host, address, seconds, said)


def _queued(text: str) -> Event | None:
    found = _FROM.match(text)
    if found is None:
        return None
    if found[4]:
        return Delivery(found[1], "expired", "out", "", reply=GIVEN_UP)
    return Received(found[1], found[2], int(found[3]))


def _reject(text: str) -> Event | None:
    found = _REJECT.match(text)
    if found is None:
        return None
    said = found[3]
    whom = _WHOM.search(said)
    reply = said[: whom.start()] if whom else said
    return Reject(
        found[2].rstrip(":"),
        (whom[2] or "") if whom else "",
        whom[1] if whom else "",
        reply,
        reply.startswith("4"),
        found[1],
    )


def _tls(entry: Entry) -> Event | None:
    found = _TLS.match(entry.text)
    if found is None:
        return None
    return Tls("out" if found[1] == "to" else "in", entry.pid, found[2].removesuffix(":25"), found[3])


def peer(relay: str) -> tuple[str, str]:
    """Name and address of `mx.example.org[192.0.2.1]:25`."""
    host, bracket, rest = relay.partition("[")
    return host.lower(), rest.partition("]")[0] if bracket else ""
