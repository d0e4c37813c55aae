"""A zone file as BIND reads it (RFC 1035 section 5): records, `$ORIGIN` and `$TTL`, parentheses, comments.

An owner that is left out is that of the record before, as a TTL is (RFC 2308 section 4: `$TTL` comes first). `$INCLUDE`
would read another file, and `$GENERATE` makes records without end, so neither is read.
"""

from __future__ import annotations

import io

import dns.exception
import dns.name
import dns.tokenizer

from audit.model.migration import PlannedRecord
from audit.syntax.escape import visible
from audit.syntax.planned.record import (
    MAX_RECORDS,
    UNJUDGED,
    Place,
    Planned,
    PlannedFault,
    below,
    read_name,
    read_ttl,
    read_type,
    read_value,
    shown,
    told,
)

REFUSED = {
    "$INCLUDE": "$INCLUDE is not read: put the records of the other file here",
    "$GENERATE": "$GENERATE is not read: write the records out, as `named-compilezone` does",
}
TTL = 3600  # seconds, where the file says nothing and there is no SOA before


class ZoneFile:
    """One reading of one zone file."""

    def __init__(self, text: str, domain: str, *, whole: bool | None) -> None:
        self._text = text.replace("\r\n", "\n").replace("\r", "\n")
        self._file = io.StringIO(self._text)
        self._tokens = dns.tokenizer.Tokenizer(self._file)
        self._zone = self._origin = dns.name.from_text(domain + ".")
        self._default: int | None = None
        self._last: tuple[dns.name.Name | None, int | None] = (None, None)
        self._whole, self._unjudged = whole, 0
        self.records: list[PlannedRecord] = []

    def read(self) -> Planned:
        """All records.

        Raises:
            PlannedFault: the file cannot be read.
        """
        while self._line():
            if len(self.records) > MAX_RECORDS:
                raise PlannedFault(self._place(), f"there are more than {MAX_RECORDS} records.")
        origin = shown(self._zone)
        whole = any(r.type == "SOA" for r in self.records) if self._whole is None else self._whole
        return Planned(origin, tuple(self.records), (), whole, self._unjudged)

    def _line(self) -> bool:
        """Read one line, which parentheses may make long; whether there was one."""
        first = self._get(leading=True)
        if first.is_eof():
            return False
        if first.is_eol():
            return True
        if first.is_identifier() and first.value.startswith("$"):
            self._directive(first.value)
            return True
        owner = self._last[0]
        if first.is_whitespace():
            first = self._get()
            if first.is_eol_or_eof():
                return not first.is_eof()
            self._tokens.unget(first)
            if owner is None:
                raise PlannedFault(self._place(), "the first record has no name before it.")
        else:
            owner = read_name(first.value, self._origin, self._place())
            below(owner, self._zone, self._place())
        self._record(owner)
        return True

    def _directive(self, name: str) -> None:
        place = self._place()
        if why := REFUSED.get(name.upper()):
            raise PlannedFault(place, f"{why}.")
        argument = self._get()
        if argument.is_eol_or_eof():
            raise PlannedFault(place, f"{visible(name, 40)} says nothing.")
        if name.upper() == "$TTL":
            self._default = read_ttl(argument.value, self._place())
        elif name.upper() == "$ORIGIN":
            self._origin = read_name(argument.value, self._origin, self._place())
        else:
            raise PlannedFault(place, f"“{visible(name, 40)}” is no directive that is known here.")
        if not self._get().is_eol_or_eof():
            raise PlannedFault(self._place(), f"there is more than one word after {visible(name, 40)}.")

    def _record(self, owner: dns.name.Name) -> None:
        """What comes after the owner: TTL and class in either order, type and data."""
        ttl: int | None = None
        while True:
            token = self._get()
            place = self._place()
            if token.is_eol_or_eof():
                raise PlannedFault(place, "the record has no type.")
            if ttl is None and token.value[:1].isdigit():
                ttl = read_ttl(token.value, place)
            elif token.value.upper() in {"CH", "HS", "CS", "ANY"}:
                raise PlannedFault(place, "only records of class IN can be planned.")
            elif token.value.upper() != "IN":
                break
        rdtype = read_type(token.value, place)
        value = read_value(rdtype, self._tokens, self._origin, place)
        known = (ttl, self._default, self._last[1])
        used = next((t for t in known if t is not None), _minimum(value) if rdtype == "SOA" else TTL)
        self._last = owner, used
        name = shown(owner)
        if rdtype in UNJUDGED:
            self._unjudged += 1
        else:
            self.records.append(PlannedRecord(name=name, ttl=used, type=rdtype, value=value))

    def _get(self, *, leading: bool = False) -> dns.tokenizer.Token:
        try:
            token: dns.tokenizer.Token = self._tokens.get(leading).unescape()
        except (dns.exception.DNSException, UnicodeError, ValueError) as error:
            raise PlannedFault(self._place(), f"this is not a zone file: {told(error)}.") from None
        return token

    def _place(self) -> Place:
        """Where the word stands that was read last: the tokenizer tells how many lines it read, its file how far."""
        read = self._file.tell()
        at = read
        while at > 0 and self._text[at - 1].isspace():
            at -= 1
        while at > 0 and not self._text[at - 1].isspace():
            at -= 1
        passed = self._text.count("\n", at, read)
        return Place(self._tokens.line_number - passed, at - self._text.rfind("\n", 0, at))


def _minimum(soa: str) -> int:
    return int(soa.rsplit(maxsplit=1)[-1])
