"""What is to stand in the zone once a provider has taken over, with the values that only its console shows filled in.

A value comes from the user, or from a planned zone. One that is lacking is told as missing, with where to find it; no
record is made without it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain
from types import MappingProxyType

from audit.catalog.migration import Migration, MigrationRecord, MigrationValue, name_of
from audit.model.migration import Missing, PlannedRecord
from audit.model.value import dataclass
from audit.protocol.spf.plan import PlanFault, term
from audit.syntax import spf, txt, zonefile
from audit.syntax.names import DomainName, domain_name

TTL = 3600  # seconds: of what is new, and stays as it is
MAX_VALUE, MAX_HOSTS = 4000, 20
PLACEHOLDER = re.compile(r"\{([^}]*)\}")
WORD = re.compile(r"[a-z0-9_](?:[a-z0-9_.-]{0,60}[a-z0-9])?")
EXCHANGE = re.compile(r"[ \t]*([0-9]{1,5})[ \t]+(\S+)[ \t]*")
KEYS = "._domainkey."


class GoalFault(ValueError):
    """What is wrong with a value: a sentence."""


@dataclass(frozen=True, slots=True)
class Goal:
    """What the new provider expects at a domain. `terms` are those of its SPF record; `hosts` take the mail."""

    id: str
    name: str
    mx: tuple[PlannedRecord, ...]
    keys: tuple[PlannedRecord, ...]
    clients: tuple[PlannedRecord, ...]
    verification: tuple[PlannedRecord, ...]
    terms: tuple[str, ...]
    missing: tuple[Missing, ...]
    lacking: tuple[tuple[str, tuple[str, ...]], ...]  # the role of records, and the keys that they lack
    notes: tuple[str, ...]
    dane: bool

    @property
    def hosts(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(r.value.split()[-1].lower().removesuffix(".") for r in self.mx))

    def lacks(self, role: str) -> tuple[str, ...]:
        """The keys without which records of a role cannot be made."""
        return dict(self.lacking).get(role, ())


def goal_of(entry: Migration, domain: str, given: Mapping[str, str], planned: tuple[PlannedRecord, ...] = ()) -> Goal:
    """The goal of a move. What a planned zone has for the names that the provider expects goes before the catalogue.

    Raises:
        GoalFault: a value was given that is none of the provider's, or has another form.
    """
    known = {value.key: value for value in entry.values}
    for key in given:
        if key not in known:
            raise GoalFault(f"{key} is no value of {name_of(entry)}; those are: {', '.join(known) or 'none'}.")
    values = {key: _shaped(known[key], text) for key, text in given.items()}
    fixed = {"domain": domain, "dashes": domain.replace(".", "-")}
    made: dict[str, tuple[PlannedRecord, ...]] = {}
    lacking: dict[str, tuple[str, ...]] = {}
    for role in ("mx", "dkim", "clients", "verification"):
        there = _planned(role, entry, domain, planned)
        wanted = [r for r in entry.records if r.role == role]
        lacks = tuple(dict.fromkeys(chain.from_iterable(_lacks(r, values, fixed) for r in wanted if not there)))
        whole = [r for r in wanted if not _lacks(r, values, fixed)]
        if role == "mx" and lacks:
            whole = []  # half of the hosts would be none of the provider's sets
        made[role] = there or tuple(chain.from_iterable(_record(r, domain, {**fixed, **values}) for r in whole))
        lacking |= {role: lacks} if lacks else {}
    open_terms = tuple(dict.fromkeys(k for t in entry.spf for k in PLACEHOLDER.findall(t) if k not in values))
    there_too = _planned_terms(domain, planned) if open_terms else ()
    lacking |= {"spf": open_terms} if open_terms and not there_too else {}
    terms = there_too if open_terms else tuple(_filled(t, values) for t in entry.spf)
    absent = dict.fromkeys(chain.from_iterable(lacking.values()))
    missing = tuple(
        Missing(key=k, what=v.what, where=v.where, example=v.example) for k, v in known.items() if k in absent
    )
    return Goal(
        id=entry.id,
        name=name_of(entry),
        mx=made["mx"],
        keys=made["dkim"],
        clients=made["clients"],
        verification=made["verification"],
        terms=terms,
        missing=missing,
        lacking=tuple(lacking.items()),
        notes=entry.notes,
        dane=entry.dane,
    )


def _lacks(record: MigrationRecord, values: Mapping[str, str], fixed: Mapping[str, str]) -> tuple[str, ...]:
    used = PLACEHOLDER.findall(record.name + record.value)
    return tuple(k for k in used if k not in values and k not in fixed)


def _filled(text: str, values: Mapping[str, str]) -> str:
    return PLACEHOLDER.sub(lambda found: values[found[1]], text)


def _record(record: MigrationRecord, domain: str, values: Mapping[str, str]) -> Iterator[PlannedRecord]:
    name = _filled(record.name, values)
    value = _filled(record.value, values)
    owner = f"{name}.{domain}" if name else domain
    several = value.split("\n")
    for each in several:
        yield PlannedRecord(name=owner, ttl=TTL, type=record.type, value=_data(record.type, each))


def _data(rdtype: str, value: str) -> str:
    return zonefile.text_data(value) if rdtype == "TXT" else value.lower()


def _planned(role: str, entry: Migration, domain: str, planned: Iterable[PlannedRecord]) -> tuple[PlannedRecord, ...]:
    """The records of a planned zone that are of a role."""
    names = {f"{r.name}.{domain}" for r in entry.records if r.role == role and r.name}
    if role == "mx":
        return tuple(r for r in planned if (r.name, r.type) == (domain, "MX"))
    if role == "dkim":
        keys = [r for r in planned if r.name.endswith(f"{KEYS}{domain}") and r.type in ("CNAME", "TXT")]
        named = tuple(r for r in keys if r.name in names)
        return named or tuple(keys)
    if role == "clients":
        return tuple(r for r in planned if r.name in names and r.type in ("CNAME", "SRV"))
    return ()


def _planned_terms(domain: str, planned: Iterable[PlannedRecord]) -> tuple[str, ...]:
    """The terms of a planned SPF record, but for its end."""
    texts = [txt.joined(r.value) for r in planned if (r.name, r.type) == (domain, "TXT")]
    records = [spf.parse(text) for text in texts if spf.is_spf(text)]
    if len(records) != 1 or records[0].problems:
        return ()
    return tuple(t.text for t in records[0].terms if t.name != "all")


def _shaped(value: MigrationValue, text: str) -> str:
    """A value in the form in which it stands in records.

    Raises:
        GoalFault: it has another form.
    """
    if not text or len(text) > MAX_VALUE or not text.isascii() or not text.isprintable():
        raise GoalFault(f"{value.key} is no {value.kind} of printable ASCII: {value.what}, such as {value.example}.")
    shaped = SHAPES[value.kind](text)
    if shaped is None:
        raise GoalFault(f"{value.key} has not the form of {value.what}, such as {value.example}.")
    return shaped


def _host(text: str) -> str | None:
    name = domain_name(text.removesuffix("."))
    return f"{name.ascii}." if isinstance(name, DomainName) and "." in name.ascii else None


def _hosts(text: str) -> str | None:
    found = [EXCHANGE.fullmatch(part) for part in text.split(",")[: MAX_HOSTS + 1]]
    hosts = [_host(m[2]) if m and int(m[1]) < 65536 else None for m in found]
    if len(found) > MAX_HOSTS or None in hosts:
        return None
    return "\n".join(f"{int(m[1])} {host}" for m, host in zip(found, hosts, strict=True) if m)


def _word(text: str) -> str | None:
    return text.lower() if WORD.fullmatch(text.lower()) and ".." not in text else None


def _term(text: str) -> str | None:
    try:
        return term(text).text
    except PlanFault:
        return None


def _text(text: str) -> str | None:
    return text


SHAPES: Mapping[str, Callable[[str], str | None]] = MappingProxyType(
    {"host": _host, "hosts": _hosts, "word": _word, "term": _term, "text": _text}
)
