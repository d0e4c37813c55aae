"""Lines of Sendmail and of OpenSMTPD.

Sendmail writes fields behind the queue id: `from=`, `size=`; `to=`, `delay=`, `relay=`, `stat=` with what was said;
`ruleset=…, reject=` for who was turned away, and `STARTTLS=client`. OpenSMTPD writes the id of the session, a
subsystem and a word (`mta delivery`, `mda delivery`, `smtp failed-command`), and fields, some in quotes.
"""

from __future__ import annotations

import re

from audit.desk.logs.events import Delivery, Entry, Event, Outcome, Received, Reject, Tls

_SENDMAIL = re.compile(r"([0-9A-Za-z]{8,20}): (from|to)=(.{0,8000})")
_FIELD = re.compile(r"(?:^|, |; )(\w{1,20})=((?:(?!, \w{1,20}=).){0,2000})")
_DELAY = re.compile(r"(?:([0-9]{1,4})\+)?([0-9]{1,2}):([0-9]{2}):([0-9]{2})")
_STARTTLS = re.compile(r"STARTTLS=(client|server), relay=([^\s,]{1,300})[^,]{0,100}, version=(TLSv[0-9.]{1,4})")
_RELAY = re.compile(r"(\S{1,255}) \[([0-9A-Fa-f.:]{2,45})\]")
LOCAL = frozenset({"local", "prog", "*file*", "lmtp", "cyrus", "procmail"})

_OPEN = re.compile(r"[0-9a-f]{16} (mta|mda|smtp) (delivery|message|failed-command|tls)\b(.{0,8000})")
_OPEN_FIELD = re.compile(r' (\w{1,20})=(?:"([^"]{0,2000})"|<([^<>]{0,400})>|(\S{0,400}))')
_OPEN_RELAY = re.compile(r"([0-9A-Fa-f.:]{2,45})(?: \(([^()]{1,255})\))?")
_OPEN_DELAY = re.compile(r"(?:([0-9]{1,4})d)?(?:([0-9]{1,2})h)?(?:([0-9]{1,2})m)?(?:([0-9]{1,2})s)?$")
RESULTS: dict[str, Outcome] = {"Ok": "sent", "TempFail": "deferred", "PermFail": "bounced"}


def sendmail(entry: Entry) -> Event | None:
    """What a line of Sendmail tells, or None."""
    text = entry.text
    if text.startswith("STARTTLS="):
        tls = _STARTTLS.match(text)
        return Tls("out" if tls[1] == "client" else "in", entry.pid, tls[2].rstrip("."), tls[3]) if tls else None
    fields: dict[str, str] = {}
    if "reject=" in text and "ruleset=" in text[:60]:
        fields = dict(_FIELD.findall(text[text.find("ruleset=") :]))
        reply = fields.get("reject", "")
        return Reject(fields.get("relay", ""), _bare(fields.get("arg1", "")), "", reply, reply.startswith("4"), "RCPT")
    found = _SENDMAIL.match(text)
    if found is None:
        return None
    fields = dict(_FIELD.findall(f"{found[2]}={found[3]}"))
    if found[2] == "from":
        size = fields.get("size", "")
        return Received(found[1], _bare(fields.get("from", "")), int(size) if size.isdecimal() else 0, begins=True)
    stat = fields.get("stat", "")
    if not stat:
        return None
    relay = _RELAY.match(fields.get("relay", ""))
    outcome: Outcome = "sent" if stat.startswith("Sent") else "deferred" if stat.startswith("Deferred") else "bounced"
    if stat.startswith("queued"):
        return None
    return Delivery(
        found[1],
        outcome,
        "local" if fields.get("mailer", "") in LOCAL else "out",
        _bare(fields.get("to", "")),
        relay[1].rstrip(".").lower() if relay else fields.get("relay", "").rstrip(".").lower(),
        relay[2] if relay else "",
        _sendmail_delay(fields.get("delay", "")),
        f"{fields.get('dsn', '')} {stat.removeprefix('Deferred: ')}".strip(),
    )


def _bare(text: str) -> str:
    return text.partition(",")[0].strip("<> ")


def _sendmail_delay(text: str) -> float | None:
    found = _DELAY.match(text)
    if found is None:
        return None
    days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return float(((days * 24 + hours) * 60 + minutes) * 60 + seconds)


def opensmtpd(entry: Entry) -> Event | None:
    """What a line of OpenSMTPD tells, or None."""
    found = _OPEN.match(entry.text)
    if found is None:
        return None
    fields = {name: quoted or angled or bare for name, quoted, angled, bare in _OPEN_FIELD.findall(found[3])}
    if found[2] == "tls":
        version = re.search(r"TLSv[0-9.]{1,4}", found[3])
        way: tuple[str, str] = (found[1], version[0] if version else "")
        return Tls("out" if way[0] == "mta" else "in", entry.text[:16], "", way[1]) if way[1] else None
    if found[2] == "failed-command":
        reply = fields.get("result", "")
        return Reject("", "", "", reply, reply.startswith("4"), fields.get("command", "")[:4])
    mail = fields.get("msgid") or fields.get("evpid", "")[:8]
    if found[2] == "message":
        size = fields.get("size", "")
        return Received(mail, fields.get("from", ""), int(size) if size.isdecimal() else 0, begins=True)
    outcome = RESULTS.get(fields.get("result", ""))
    if outcome is None:
        return None
    relay = _OPEN_RELAY.match(fields.get("relay", ""))
    delay = _OPEN_DELAY.match(fields.get("delay", ""))
    spent = [int(part or 0) for part in delay.groups()] if delay else None
    return Delivery(
        mail,
        outcome,
        "local" if found[1] == "mda" else "out",
        fields.get("to", ""),
        (relay[2] or "").lower() if relay else "",
        relay[1] if relay else "",
        float(((spent[0] * 24 + spent[1]) * 60 + spent[2]) * 60 + spent[3]) if spent else None,
        fields.get("stat", ""),
    )
