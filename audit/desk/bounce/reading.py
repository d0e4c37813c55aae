"""A bounce, read and explained: each recipient, what was said, what that means and whether to write there again.

The report for machines (RFC 3464) names recipients and codes; the notice for people often has the words that the report
leaves out. Both go to the engine that explains replies, the report first. Where a mail was cut off on the way, what is
missing might have said otherwise: no address is given up for it, unless the words that are there leave no doubt.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from audit.catalog.bounces import Bounces, load_bounces
from audit.desk.bounce.notice import MAX_SAID, Notice, Told, host_in, read_notice, said_in
from audit.desk.bounce.returned import DELIVERED, REPLIED, Returned, best, composed, returned
from audit.desk.bounce.sorting import STATUS_TYPES, Kind, notice_text, sort
from audit.syntax.delivery_status import (
    MAX_RECIPIENTS,
    STATUS,
    RecipientStatus,
    address_of,
    host,
    read_delivery_status,
    read_feedback,
)
from audit.syntax.mail import Mail, is_original, read_mail

_IDS = re.compile(r"<([^<>\s]{1,300})>")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounce:
    """A mail, and what it turned out to be. `message_id` is that of the mail that it is about; `form` whose words it
    has; `sender` the domain to which it came back; `cut`: something was beyond a limit, or lost on the way."""

    kind: Kind
    form: str
    message_id: str
    reporter: str
    feedback: str
    recipients: tuple[Returned, ...]
    cut: bool
    sender: str = ""


UNPARSEABLE = Bounce(kind="unparseable", form="", message_id="", reporter="", feedback="", recipients=(), cut=False)


def read_bounce(octets: bytes) -> Bounce:
    """Read a mail. Whatever it holds, this does not raise."""
    try:
        return _read(octets)
    except Exception:  # noqa: BLE001 -- a fault of ours over a text of strangers: the next mail is read all the same
        return UNPARSEABLE


def _read(octets: bytes) -> Bounce:
    known, mail = load_bounces(), read_mail(octets)
    if not mail.headers.fields:
        return UNPARSEABLE
    text = notice_text(mail)
    what, form = sort(mail, text, known)
    if what == "feedback":
        return _complaint(mail, known)
    if what in {"auto-reply", "none"}:
        about = _referred(mail) if what == "auto-reply" else ""
        return replace(UNPARSEABLE, kind="auto-reply" if what == "auto-reply" else "none", message_id=about)
    if what == "event":
        return _event(text, known)
    torn = not mail.type.startswith("multipart/") and not text.endswith("\n") and "\n" in text
    notice = read_notice(text, known, torn=torn)
    found = _report(mail, notice, known) if what == "report" else None
    if found is None or not found.recipients:
        found = _notice(mail, notice, known, delay=form is not None and form.delay, before=found)
    sender = address_of(mail.headers.get("to")).rpartition("@")[2].lower()
    return replace(found, form=form.id if form else "", sender=sender)


def _report(mail: Mail, notice: Notice, known: Bounces) -> Bounce:
    """By the report for machines, with the notice beside it."""
    statuses = [read_delivery_status(p.text) for p in mail.parts if p.type in STATUS_TYPES]
    recipients = [r for status in statuses for r in status.recipients][:MAX_RECIPIENTS]
    alone = len(recipients) == 1
    whole = all(p.ended for p in mail.parts if p.type in STATUS_TYPES)
    found = [_reported(r, _beside(r, notice, alone=alone), known, whole=whole) for r in recipients]
    actions = {r.action for r in found}
    kind: Kind = "bounce"
    if found and actions <= DELIVERED:
        kind = "delivered"
    elif found and "delayed" in actions and "failed" not in actions and "" not in actions:
        kind = "delayed"
    return Bounce(
        kind=kind,
        form="",
        message_id=_message_id(mail, notice),
        reporter=next((s.reporter for s in statuses if s.reporter), ""),
        feedback="",
        recipients=tuple(found),
        cut=mail.cut or notice.cut or not mail.ended or any(s.cut for s in statuses),
    )


def _beside(recipient: RecipientStatus, notice: Notice, *, alone: bool) -> Told | None:
    """What the notice tells of a recipient of the report: under its address, or under the one that was written to."""
    told = notice.of(recipient.address) or (notice.of(recipient.original) if recipient.original else None)
    if told is None and alone and (said := said_in(notice.text)):
        return Told(address=recipient.address, said=said, host=host_in(notice.text))
    return told


def _reported(recipient: RecipientStatus, told: Told | None, known: Bounces, *, whole: bool) -> Returned:
    at = recipient.remote or (told.host if told else "")
    delivered = recipient.action in DELIVERED
    texts = [composed(recipient.status, recipient.said)]
    if told and told.said and not delivered:
        texts.append(told.said if REPLIED.match(told.said) else composed(recipient.status, told.said))
    chosen = best([text for text in texts if text], at)
    said = recipient.said or (told.said if told else "")
    return returned(
        recipient.address,
        chosen,
        known,
        original=recipient.original,
        action=recipient.action,
        at=at,
        said=said,
        status=recipient.status,
        whole=whole,
    )


def _notice(mail: Mail, notice: Notice, known: Bounces, *, delay: bool, before: Bounce | None) -> Bounce:
    """By the notice alone; recipients that only the header of Exim names (X-Failed-Recipients) are added."""
    found = {t.address.lower(): t for t in notice.recipients}
    for address in map(address_of, mail.headers.get("x-failed-recipients").split(",")[:MAX_RECIPIENTS]):
        if address and address.lower() not in found and len(found) < MAX_RECIPIENTS:
            found[address.lower()] = Told(address=address, said=said_in(notice.text), host=host_in(notice.text))
    lost = mail.type == "multipart/report" and not mail.ended  # the report that would say more, for one
    parted = mail.type.startswith("multipart/") and bool(mail.parts) and mail.parts[0].ended
    whole = (notice.ended or parted) and not lost
    recipients = tuple(
        returned(
            told.address,
            best(_texts(told, notice, alone=len(found) == 1), told.host),
            known,
            action="delayed" if delay else "failed",
            at=told.host,
            said=told.said,
            status="",
            whole=whole,
        )
        for told in found.values()
    )
    return Bounce(
        kind="delayed" if delay else "bounce",
        form="",
        message_id=_message_id(mail, notice),
        reporter=before.reporter if before else "",
        feedback="",
        recipients=recipients,
        cut=mail.cut or notice.cut or not mail.ended,
    )


def _texts(told: Told, notice: Notice, *, alone: bool) -> list[str]:
    """What may be explained: the words behind the address; without a code there, all that the notice says of it."""
    if REPLIED.match(told.said):
        return [told.said]
    texts = [f"Diagnostic-Code: x-notice; {told.said}"] if told.said else []
    return [*texts, notice.text[:MAX_SAID]] if alone else texts


def _event(text: str, known: Bounces) -> Bounce:
    """A bounce as Amazon SES publishes it, in JSON; behind it SNS puts a line of its own."""
    try:
        value, _ = json.JSONDecoder().raw_decode(text.strip())
    except ValueError:
        return UNPARSEABLE
    bounce, mail = _table(value, "bounce"), _table(value, "mail")
    listed = bounce.get("bouncedRecipients")
    recipients = tuple(_of_event(entry, known) for entry in _tables(listed))
    return Bounce(
        kind="bounce",
        form="amazon-ses",
        message_id=_bare_id(_text(_table(mail, "commonHeaders"), "messageId") or _text(mail, "messageId")),
        reporter=host(_text(bounce, "reportingMTA")),
        feedback="",
        recipients=tuple(r for r in recipients if r.address),
        cut=False,
    )


def _of_event(entry: dict[str, object], known: Bounces) -> Returned:
    said = re.sub(r"^smtp;\s{0,8}", "", _text(entry, "diagnosticCode"), flags=re.IGNORECASE)
    status = STATUS.match(_text(entry, "status"))
    code = status[1] if status else ""
    return returned(
        address_of(_text(entry, "emailAddress")),
        best([t for t in (composed(code, said),) if t], ""),
        known,
        action=_text(entry, "action") if _text(entry, "action") in {"failed", "delayed"} else "failed",
        at="",
        said=said,
        status=code,
        whole=True,
    )


def _table(value: object, name: str) -> dict[str, object]:
    inner = value.get(name) if isinstance(value, dict) else None
    return inner if isinstance(inner, dict) else {}


def _tables(value: object) -> Iterator[dict[str, object]]:
    yield from (e for e in (value[:MAX_RECIPIENTS] if isinstance(value, list) else ()) if isinstance(e, dict))


def _text(value: dict[str, object], name: str) -> str:
    found = value.get(name)
    return found[:2000] if isinstance(found, str) else ""


def _complaint(mail: Mail, known: Bounces) -> Bounce:
    """A report of abuse (RFC 5965): who complained, where the provider tells."""
    fields = next((read_feedback(p.text) for p in mail.parts if p.type == "message/feedback-report"), None)
    type_ = (fields.get("feedback-type").lower() if fields else "") or "abuse"
    given = fields.all("original-rcpt-to") if fields else (mail.headers.get("x-hmxmroriginalrecipient"),)
    addresses = dict.fromkeys(a for a in map(address_of, given[:MAX_RECIPIENTS]) if a)
    reason = known.reason("complaint")
    return Bounce(
        kind="feedback",
        form="feedback-report" if fields else "hotmail",
        message_id=_original_id(mail),
        reporter=host(fields.get("reporting-mta")) if fields else "",
        feedback=type_[:60],
        recipients=tuple(
            Returned(
                address=address,
                original="",
                action="",
                host="",
                reply="",
                status="",
                told=None,
                reason=reason,
                permanent=None,
                suppress=type_ in {"abuse", "fraud", "opt-out", "opt-out-list"},
            )
            for address in addresses
        ),
        cut=mail.cut or not mail.ended,
    )


def _message_id(mail: Mail, notice: Notice) -> str:
    """The id of the mail that a bounce is about: of its copy, of the text, of the headers that refer to it."""
    return _original_id(mail) or notice.message_id or _referred(mail)


def _original_id(mail: Mail) -> str:
    originals = [part.inner for part in mail.parts if is_original(part.type)]
    return next((_bare_id(o.get("message-id")) for o in originals if o.get("message-id")), "")


def _referred(mail: Mail) -> str:
    return _bare_id(mail.headers.get("in-reply-to")) or _bare_id(mail.headers.get("references"))


def _bare_id(value: str) -> str:
    found = _IDS.findall(value[:4000])
    return found[-1] if found else value.strip()[:300] if "@" in value and " " not in value.strip() else ""
