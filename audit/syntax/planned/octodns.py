"""octoDNS YAML: a mapping of names, relative to the zone, to one record set or a list of them.

    '':                          # the zone itself
      - {type: MX, ttl: 300, values: [{exchange: mx.new.example., preference: 10}]}
      - {type: TXT, value: v=spf1 include:new.example -all}
    autodiscover: {type: CNAME, value: autodiscover.outlook.com.}

In texts a semicolon is written `\\;`. ALIAS is no record of the DNS: the provider answers with addresses of its own,
which nobody can tell beforehand.
"""

from __future__ import annotations

from collections.abc import Iterator

import dns.name

from audit.model.migration import PlannedRecord
from audit.syntax import zonefile
from audit.syntax.escape import visible
from audit.syntax.planned.record import (
    MAX_RECORDS,
    Place,
    Planned,
    PlannedFault,
    below,
    read_name,
    read_ttl,
    read_type,
    read_value,
)
from audit.syntax.planned.yaml import Items, Pairs, Scalar, Tree, read

TTL = 3600  # seconds: octoDNS's own default
MADE_BY_PROVIDER = "ALIAS"
ABOUT = frozenset({"octodns", "type", "ttl", "value", "values"})
HOSTS = frozenset({"CNAME", "DNAME", "NS", "PTR"})
FIELDS: dict[str, tuple[tuple[str, ...], ...]] = {  # in the order of the rdata; each by any of its names
    "MX": (("preference", "priority"), ("exchange", "value")),
    "SRV": (("priority",), ("weight",), ("port",), ("target",)),
    "CAA": (("flags",), ("tag",), ("value",)),
    "TLSA": (
        ("certificate_usage",),
        ("selector",),
        ("matching_type",),
        ("certificate_association_data",),
    ),
    "DS": (("key_tag",), ("algorithm",), ("digest_type",), ("digest",)),
    "SSHFP": (("algorithm",), ("fingerprint_type",), ("fingerprint",)),
    "NAPTR": (("order",), ("preference",), ("flags",), ("service",), ("regexp",), ("replacement",)),
}
QUOTED = frozenset({("CAA", "value"), ("NAPTR", "flags"), ("NAPTR", "service"), ("NAPTR", "regexp")})
TARGETS = frozenset({"exchange", "target", "replacement"})
DEFAULTS = {"flags": "0"}


def read_octodns(text: str, domain: str, *, whole: bool | None) -> Planned:
    """The records of an octoDNS file.

    Raises:
        PlannedFault: it cannot be read.
    """
    tree = read(text)
    if not isinstance(tree, Pairs):
        raise PlannedFault(tree.place, "an octoDNS file is a mapping of names to records.")
    origin = dns.name.from_text(domain + ".")
    records: list[PlannedRecord] = []
    opaque: list[str] = []
    for key, value in tree.pairs:
        owner = below(read_name(key.text, origin, key.place) if key.text else origin, origin, key.place)
        for each in value.items if isinstance(value, Items) else (value,):
            told = _mapping(each)
            rdtype, ttl = _type(told, each.place), _ttl(told)
            if rdtype == MADE_BY_PROVIDER:
                opaque.append(owner)
                continue
            values = _values(told, each.place)
            records += (PlannedRecord(name=owner, ttl=ttl, type=rdtype, value=_value(rdtype, v)) for v in values)
            if len(records) > MAX_RECORDS:
                raise PlannedFault(each.place, f"there are more than {MAX_RECORDS} records.")
    apex = {r.type for r in records if r.name == domain}
    found = bool(apex & {"SOA", "NS"}) if whole is None else whole
    return Planned(domain, tuple(records), (), found, 0, tuple(dict.fromkeys(opaque)))


def _mapping(tree: Tree) -> dict[str, Tree]:
    if not isinstance(tree, Pairs):
        raise PlannedFault(tree.place, "a record set is a mapping with type, ttl and value or values.")
    told = {key.text: value for key, value in tree.pairs}
    strange = next((key for key, _ in tree.pairs if key.text not in ABOUT), None)
    if strange is not None:
        raise PlannedFault(strange.place, f"“{visible(strange.text, 40)}” is no field of a record set.")
    return told


def _type(told: dict[str, Tree], place: Place) -> str:
    given = told.get("type")
    if not isinstance(given, Scalar):
        raise PlannedFault(given.place if given else place, "the record set has no type.")
    name = given.text.upper()
    return name if name == MADE_BY_PROVIDER else read_type(name, given.place)


def _ttl(told: dict[str, Tree]) -> int:
    given = told.get("ttl")
    if given is None:
        return TTL
    return read_ttl(given.text if isinstance(given, Scalar) else "", given.place)


def _values(told: dict[str, Tree], place: Place) -> tuple[Tree, ...]:
    given = [told[key] for key in ("value", "values") if key in told]
    if len(given) != 1:
        raise PlannedFault(place, "a record set has either value or values.")
    found = given[0].items if isinstance(given[0], Items) else (given[0],)
    if not found:
        raise PlannedFault(given[0].place, "there is no value.")
    return found


def _value(rdtype: str, tree: Tree) -> str:
    """The data of one record."""
    if isinstance(tree, Items):
        raise PlannedFault(tree.place, "a value is no list.")
    fields = FIELDS.get(rdtype)
    if isinstance(tree, Pairs):
        if fields is None:
            raise PlannedFault(tree.place, f"the value of a record of type {rdtype} is a text.")
        data = " ".join(_fields(rdtype, fields, tree))
    elif rdtype in {"TXT", "SPF"}:
        data = _text(tree)
    else:
        data = _target(tree) if rdtype in HOSTS else tree.text
    return read_value(rdtype, data, dns.name.root, tree.place)


def _fields(rdtype: str, fields: tuple[tuple[str, ...], ...], tree: Pairs) -> Iterator[str]:
    told = {key.text: value for key, value in tree.pairs}
    for names in fields:
        given = next((told[n] for n in names if n in told), None)
        if given is None and rdtype == "CAA" and names[0] in DEFAULTS:
            yield DEFAULTS[names[0]]
            continue
        if not isinstance(given, Scalar):
            raise PlannedFault(given.place if given else tree.place, f"the {rdtype} record has no {names[0]}.")
        if (rdtype, names[0]) in QUOTED:
            yield zonefile.text_data(given.text)
        else:
            yield _target(given) if names[0] in TARGETS else _word(given)


def _word(given: Scalar) -> str:
    if not given.text or any(c.isspace() or c in '();"' for c in given.text):
        raise PlannedFault(given.place, f"“{visible(given.text, 40)}” is not one word.")
    return given.text


def _target(given: Scalar) -> str:
    text = _word(given)
    if not text.endswith("."):
        raise PlannedFault(given.place, f"the name {visible(text, 120)} has no dot at its end, which octoDNS wants.")
    return text


def _text(given: Scalar) -> str:
    r"""A text as rdata; octoDNS wants each semicolon with a backslash, and quotes where it was cut into strings."""
    plain = given.text.replace("\\;", ";")
    if plain.startswith('"') and plain.endswith('"') and '" "' in plain:
        plain = "".join(plain[1:-1].split('" "'))
    return zonefile.text_data(plain.encode("utf-8").decode("latin-1"))
