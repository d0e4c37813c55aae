"""Lines of Exim (the specification, chapter 53).

Behind the id of the mail a sign tells: `<=` it came, `=>` and `->` a recipient was delivered, `==` deferred, `**`
failed; `Completed` ends it. `H=` is the other server, `X=` its TLS, `QT=` how long the mail was here; what was said
stands behind the last item's colon, or in `C="…"`. A line `rejected` or `temporarily rejected` has no mail.
"""

from __future__ import annotations

import re

from audit.desk.logs.events import Delivery, Entry, Event, Gone, Outcome, Received, Reject

_ID = re.compile(r"([0-9A-Za-z]{6}-[0-9A-Za-z]{6,11}-[0-9A-Za-z]{2,4}) (<=|=>|->|>>|==|\*\*|Completed)(?: |$)")
_SIGNS: dict[str, Outcome] = {"=>": "sent", "->": "sent", ">>": "sent", "==": "deferred", "**": "bounced"}
_ADDRESS = re.compile(r"(?:\S{1,400} )?<([^<>\s]{0,400})>|([^\s:]{1,400})")
_HOST = re.compile(r" H=(?:([^\s\[\]()]{1,255}) )?(?:\([^()]{0,255}\) )?\[([0-9A-Fa-f.:]{2,45})\]")
_TLS = re.compile(r" X=TLS([0-9.]{1,5})")
_TIME = re.compile(r" QT=(?:([0-9]{1,4})d)?(?:([0-9]{1,2})h)?(?:([0-9]{1,2})m)?(?:([0-9.]{1,8})s)?(?= |$)")
_SIZE = re.compile(r" S=([0-9]{1,15})(?= |$)")
_SAID = re.compile(r"(?: DT=\S{1,20}| defer \(-?[0-9]{1,5}\)[^:]{0,300}| \[[0-9A-Fa-f.:]{2,45}\](?::[0-9]{1,5})?"
                   r"| X=\S{1,200}| CV=\w{1,12}| T=\S{1,100}| R=\S{1,100}|^[^\s:]{1,400}): (.{1,8000})$")  # fmt: skip
_CONFIRMED = re.compile(r' C="(.{0,500})"')
_REJECTED = re.compile(
    r"(temporarily )?rejected (RCPT|MAIL|HELO|EHLO|AUTH|DATA|connection|after DATA|VRFY|ETRN|during \S{1,30})\b"
    r"(?:[^<:]{0,40}<([^<>]{0,400})>)?(.{0,8000})"
)
_FROM = re.compile(r" F=<([^<>]{0,400})>")


def event(entry: Entry) -> Event | None:
    """What a line tells, or None where that is not counted."""
    text = entry.text
    found = _ID.match(text)
    if found is None:
        return _reject(text) if "rejected " in text else None
    queue_id, sign, rest = found[1], found[2], text[found.end() :]
    if sign == "Completed":
        return Gone(queue_id)
    if sign == "<=":
        size = _SIZE.search(rest)
        sender = rest.partition(" ")[0]
        own = sender == "<>" and " R=" in rest and " P=local" in rest  # a bounce that Exim makes of a mail
        return Received(queue_id, "" if sender == "<>" else sender, int(size[1]) if size else 0, begins=not own)
    return _delivery(queue_id, _SIGNS[sign], rest)


def _delivery(id: str, outcome: Outcome, rest: str) -> Event:
    whom, host, tls, said = _ADDRESS.match(rest), _HOST.search(rest), _TLS.search(rest), _SAID.search(rest)
    confirmed = _CONFIRMED.search(rest) if outcome == "sent" else None
    reply = confirmed[1] if confirmed else said[1] if said and outcome != "sent" else ""
    if outcome != "sent" and not reply:
        reply = rest.partition(": ")[2] or rest.partition(" defer ")[2]
    if "retry timeout exceeded" in rest[:500] and outcome == "bounced":
        outcome = "expired"
    remote = host is not None or (outcome != "sent" and " T=" not in rest[:500])
    return Delivery(
        id,
        outcome,
        "out" if remote else "local",
        ((whom[1] or whom[2] or "") if whom else ""),
        (host[1] or "").lower() if host else "",
        host[2] if host else "",
        _seconds(rest),
        reply,
        f"TLSv{tls[1]}" if tls else ("none" if host and outcome == "sent" else ""),
    )


def _seconds(rest: str) -> float | None:
    found = _TIME.search(rest)
    if found is None:
        return None
    days, hours, minutes, seconds = found.groups()
    try:
        return int(days or 0) * 86400 + int(hours or 0) * 3600 + int(minutes or 0) * 60 + float(seconds or 0)
    except ValueError:
        return None


def _reject(text: str) -> Event | None:
    found = _REJECTED.search(text)
    if found is None:
        return None
    host, sender = _HOST.search(f" {text}"), _FROM.search(text)
    return Reject(
        f"{host[1] or ''}[{host[2]}]" if host else "",
        found[3] or "",
        sender[1] if sender else "",
        found[4].lstrip(": "),
        bool(found[1]),
        found[2],
    )
