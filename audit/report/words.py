"""The words of a report: one for each state, severity, kind of subject and topic."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from types import MappingProxyType

from audit.model.report import Confidence, Severity, State, ZoneAnchors

SEVERITIES = tuple(Severity)  # from the gravest to the least
RECORD = 20_000  # characters of a record to paste: what is cut is of no use
ARTICLES = frozenset({"a", "an", "every", "no", "the"})  # no name begins with them, but a message and an argument may
STEPS = frozenset({"DMARC-NEXT-STEP"})  # rules whose records wait for what their message names
RIVALS_SHOWN = 4  # rules that want other records in one place

_END = re.compile(r"[.?!] (?=[A-Z`])")
MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)

QUESTIONS: Mapping[str, str] = MappingProxyType(
    {
        "delivery": "Will mail arrive?",
        "forgery": "Can it be forged?",
        "forgery_subdomains": "Can its subdomains be forged?",
        "forgery_nonexistent": "Can made-up names be forged?",
        "encryption": "Is it encrypted?",
        "reputation": "Is it on a blocklist?",
    }
)

COLUMNS = ("delivery", "forgery", "encryption", "reputation")  # the questions that each table of domains answers
HEADLINES: Mapping[str, tuple[str, State, str]] = MappingProxyType(
    {
        "delivery": ("Mail arrives", State.GOOD, "mail arrives at {}"),
        "forgery": ("Can be forged", State.BAD, "{} can be forged"),
        "encryption": ("Encrypted", State.GOOD, "{} take mail encrypted"),
        "reputation": ("On a blocklist", State.BAD, "{} found on a blocklist"),
    }
)  # what is counted of each question at the head of a report, and in a sentence
BELOW: Mapping[str, str] = MappingProxyType(
    {"forgery_subdomains": "subdomains", "forgery_nonexistent": "made-up names"}
)  # what a table says beside the answer on the domain itself, where it is another

CONFIDENCES: Mapping[Confidence, str] = MappingProxyType(
    {
        Confidence.SINGLE: "seen in one session alone",
        Confidence.SAMPLED: "sampled: seen in a session under the name of another customer of the same servers",
    }
)

SURE = "certain"  # how sure a failure is, where nothing else is said

STATES: Mapping[State, str] = MappingProxyType(
    {
        State.GOOD: "good",
        State.WARNING: "warning",
        State.BAD: "bad",
        State.UNKNOWN: "could not test",
        State.NOT_APPLICABLE: "does not apply",
    }
)

STATUSES: Mapping[str, str] = MappingProxyType(
    {"audited": "audited", "invalid_input": "not understood", "duplicate": "duplicate", "failed": "failed"}
)

SENDERS: Mapping[str, str] = MappingProxyType(
    {
        "plain": "A plain sender",
        "mta_sts": "A sender that honours MTA-STS",
        "dane": "A sender that validates DANE",
    }
)

KINDS: Mapping[str, str] = MappingProxyType(
    {
        "run": "this run",
        "blocklist": "blocklist",
        "domain": "domain",
        "host": "host",
        "server": "server",
        "address": "address",
        "list_entry": "list entry",
        "selector": "selector",
        "helo_name": "greeting name",
        "subdomain": "subdomain",
        "report_mailbox": "report mailbox",
        "listed_name": "name",
        "name_entry": "list entry",
        "public_key": "public key",
        "certified_name": "name",
        "submission_server": "submission server",
        "submissions_server": "submission server",
        "caa": "CAA records",
        "name_server": "name server",
        "name_server_address": "name server",
        "include": "SPF include",
        "key": "DKIM key",
    }
)

TOPICS: Mapping[str, str] = MappingProxyType(
    {
        "mx": "Mail exchangers",
        "addresses": "Addresses",
        "reverse": "Reverse names",
        "spf": "SPF",
        "dkim": "DKIM keys",
        "dmarc": "DMARC",
        "mta_sts": "MTA-STS",
        "tls_rpt": "Reports on TLS",
        "bimi": "BIMI",
        "blocklists": "Blocklists",
        "smtp": "SMTP sessions",
        "certificates": "Certificates",
        "caa": "Who may issue certificates",
        "client": "Settings of mail programs",
        "dnssec": "DNSSEC",
        "zone": "The zone and its name servers",
    }
)

RULE_TOPICS: Mapping[str, str] = MappingProxyType(
    {
        "domain": "The domain",
        "mx": "Mail exchangers",
        "reverse": "Reverse DNS",
        "helo": "Greeting names",
        "banner": "Greetings of mail servers",
        "smtp": "What mail servers offer",
        "spf": "SPF",
        "dkim": "DKIM",
        "dmarc": "DMARC",
        "mta_sts": "MTA-STS",
        "bimi": "BIMI",
        "tls_rpt": "Reports on TLS",
        "client": "Settings of mail programs",
        "dnsbl": "Blocklists",
        "tls": "STARTTLS and TLS",
        "certificate": "Certificates",
        "dane": "DANE",
        "dnssec": "DNSSEC",
        "caa": "Who may issue certificates",
        "zone": "The zone and its name servers",
        "migration": "The move of the mail",
        "second_opinion": "Second opinion",
    }
)

ANSWERS: Mapping[str, str] = MappingProxyType(
    {
        "noerror": "found",
        "nodata": "no such record",
        "nxdomain": "no such name",
        "servfail": "server failure",
        "refused": "refused",
        "timeout": "no answer",
        "unreachable": "unreachable",
        "truncated": "no whole answer",
        "bogus": "DNSSEC validation failed",
        "lame": "server not responsible",
        "malformed": "malformed",
        "not_gathered": "not asked",
        "formerr": "question not understood",
        "notimp": "question not supported",
        "other_rcode": "unusual error code",
        "cname_chain": "too many aliases",
        "rewritten": "not believed: the resolver invents answers",
        "budget": "not asked: budget used up",
        "guard_refused": "not contacted: not a public address",
        "ok": "complete",
        "deferred": "asked us to come back later",
        "rejected": "turned us away",
        "closed": "closed the connection",
        "reset": "reset the connection",
        "not_offered": "no STARTTLS offered",
        "not_smtp": "does not speak SMTP",
        "not_http": "does not speak HTTP",
        "too_long": "sent too much",
        "tls_failed": "TLS failed",
        "not_tls": "did not speak TLS",
        "paused": "not contacted: its operator turned us away",
        "egress_blocked": "not contacted: port 25 is closed from here",
    }
)


def topic(id_: str) -> str:
    return TOPICS.get(id_, id_)


def rule_topic(id_: str) -> str:
    """What a group of rules is about."""
    return RULE_TOPICS.get(id_, id_.replace("_", " ").capitalize())


def kind(id_: str) -> str:
    return KINDS.get(id_, id_.replace("_", " "))


def status_of_record(status: str) -> str:
    """What became of a question or a session, for a person."""
    return ANSWERS.get(status, status.replace("_", " "))


def moment(when: datetime) -> str:
    """`24 November 2026, 09:30 UTC`, whatever the locale."""
    there = when.astimezone(UTC)
    return f"{there.day} {MONTHS[there.month - 1]} {there.year}, {there:%H:%M} UTC"


def plural(count: int, one: str, many: str | None = None) -> str:
    """`1 domain`, `2 domains`, `1,000 checks`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def anchored(keys: ZoneAnchors) -> str:
    """What DNSSEC is validated from, in a sentence."""
    of = "the root" if keys.zone == "." else keys.zone
    tags = ", ".join(map(str, keys.tags))
    source = "built in" if keys.built_in else "from --trust-anchor"
    return f"DNSSEC is validated from the keys of {of} with tag {tags} ({source})."


def counted(count: int, status: str) -> str:
    """How many rows have a status: `1 duplicate`, `2 duplicates`."""
    many = {"duplicate": "duplicates"}
    return plural(count, STATUSES[status], many.get(status, STATUSES[status]))


def to_publish(records: int, rule: str = "", rivals: tuple[str, ...] = ()) -> str:
    """What stands above the records that mend a finding of a rule. They are all that is to be there of their kind, so
    that those of `rivals` exclude them."""
    these, ones = (
        ("this record", "one, if there is one") if records == 1 else ("these records", "ones, if there are any")
    )
    if not rivals:
        verb = "When that holds, publish" if rule in STEPS else "Publish"
        return f"{verb} {these} in place of all that is there of {'its' if records == 1 else 'their'} kind:"
    others = [*(r for r in rivals if r != rule), *(["the other findings of this rule"] if rule in rivals else [])]
    hidden = len(others) - RIVALS_SHOWN
    listed = f"{', '.join(others[:RIVALS_SHOWN])} and {hidden} more" if hidden > 0 else all_of(others)
    return (
        f"An alternative to what is shown with {listed} for the same place: each mends its own finding alone. Publish "
        f"one of them in place of the present {ones}, and audit again:"
    )


def all_of(names: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return " and ".join([*([", ".join(names[:-1])] if names[1:] else []), *names[-1:]])


def how_sure(confidence: Confidence | None) -> str:
    """What a failure rests on, beside it."""
    return f"How sure: {CONFIDENCES[confidence] if confidence else SURE}"


def fix_once(affected: int) -> str:
    return f"Affects {plural(affected, 'domain')}; fix once."


def capital(text: str, given: Iterable[object] = ()) -> str:
    """A message as the head of a line: with a capital, unless it begins with a name such as `mx1.example.org`, or with
    something that was `given`, which is written as it is."""
    first = text.partition(" ")[0]
    named = first not in ARTICLES and any(first == str(value).partition(" ")[0] for value in given)
    return text if named or not (first.isascii() and first.isalpha()) else text[:1].upper() + text[1:]


def mentions(message: str, name: str) -> bool:
    """Whether a message already says whom it is about: `mx1.example 192.0.2.1` is said in two places."""
    return all(part in message for part in name.split())


def first_sentence(text: str) -> str:
    """Up to the first full stop that ends a sentence; on one line."""
    paragraph = " ".join(text.strip().split("\n\n")[0].split())
    end = _END.search(paragraph)
    return paragraph[: end.start() + 1] if end else paragraph
