"""The list of domains: a domain a line, `#` comments, options as `key=value` beside the name.

Every line that is neither blank nor a comment becomes exactly one row: a domain to audit, or what is wrong with the
line. The list is read as a stream, each line bounded, and is never trusted: pull requests edit it.
"""

from __future__ import annotations

import difflib
import ipaddress
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import BinaryIO

from audit.catalog.profiles import profile_names
from audit.catalog.suffixes import has_known_suffix, is_registry_suffix
from audit.gather.domain import Target
from audit.model.evidence import DomainOptions, InputLine, Row
from audit.protocol.spf.subdomains import MAX_SUBDOMAINS
from audit.syntax.addresses import special_use
from audit.syntax.escape import visible
from audit.syntax.names import DomainName, NameFault, domain_name

MAX_LINE = 1024  # octets
MAX_SELECTORS = 20
MAX_ADDRESSES = 16
MAX_NAMES = 16
MAX_NAME = 253
MAX_UNIT = 64  # characters
WITHIN = frozenset({"private", "carrier-grade NAT", "link-local"})  # uses of addresses that stay within a network
TRUTH = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
ILL_ENCODED = re.compile("[\udc80-\udcff]")  # how Python decodes an octet that is no part of UTF-8
OPTIONS = ("selectors", "parked", "mail", "sending_ips", "helo", "subdomains", "profile", "unit")


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a line, and where: `offset` counts characters from the start of the word."""

    reason: str
    message: str
    offset: int = 0
    suggestion: str | None = None


def lines_of(stream: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """Lines with their numbers, each cut after the limit plus one, however long it is."""
    number = 0
    while chunk := stream.readline(MAX_LINE + 2):
        number += 1
        rest = chunk
        while not rest.endswith(b"\n") and len(rest) == MAX_LINE + 2:
            rest = stream.readline(MAX_LINE + 2)
        yield number, chunk


def read(lines: Iterable[tuple[int, bytes]], file: str) -> Iterator[Target | Row]:
    """The rows of a list, in order, each for itself: that a domain comes twice is seen by whoever has all of them."""
    for number, raw in lines:
        row = _read_line(_bare_line(raw, number), number, file)
        if row is not None:
            yield row


def _bare_line(raw: bytes, number: int) -> bytes:
    """A line without its end, and the first without a byte order mark."""
    if number == 1:
        raw = raw.removeprefix(b"\xef\xbb\xbf")
    return raw.removesuffix(b"\n").removesuffix(b"\r")


def _decoded(line: bytes) -> str:
    return line[:MAX_LINE].decode("utf-8", "surrogateescape")


def _read_line(line: bytes, number: int, file: str) -> Target | Row | None:
    text = _decoded(line)
    at = InputLine(file=file, line=number, column=1, text=_shown(text))
    if len(line) > MAX_LINE:
        message = f"The line is longer than {MAX_LINE} octets."
        return _row(at, Fault("input.line_too_long", message))
    words = [(m.start(), m.group()) for m in re.finditer(r"[^ \t]+", _without_comment(text))]
    if not words:
        return None
    start, name = words[0]
    if found := ILL_ENCODED.search(_without_comment(text)):
        message = f"The line holds the octet 0x{_octet(found):02X}, which is not UTF-8."
        return _row(replace(at, column=found.start() + 1), Fault("input.encoding", message))
    at = replace(at, column=start + 1)
    read_name = domain_name(name)
    if isinstance(read_name, NameFault):
        fault = Fault(read_name.reason, read_name.message, read_name.offset, read_name.suggestion)
        return _row(replace(at, column=start + 1 + fault.offset), fault)
    if is_registry_suffix(read_name.ascii):
        message = (
            f"{read_name.unicode} is a public suffix, under which others register domains; it is no domain to audit."
        )
        return _row(at, Fault("input.public_suffix", message), read_name.ascii)
    options = _options(words[1:], read_name)
    if isinstance(options, Fault):
        return _row(replace(at, column=options.offset + 1), options, read_name.ascii)
    return Target(input=at, domain=read_name.ascii, unicode=read_name.unicode, options=options)


def _octet(found: re.Match[str]) -> int:
    return ord(found[0]) - 0xDC00


def _shown(text: str) -> str:
    """A line for the report: an octet that is not UTF-8 is shown as `\\xNN`, like a control character."""
    return visible(ILL_ENCODED.sub(lambda found: f"\\x{_octet(found):02x}", text), 200)


def _without_comment(text: str) -> str:
    """A `#` begins a comment at the start of a line or after a blank."""
    found = re.search(r"(^|[ \t])#", text)
    return text[: found.start()] if found else text


def _options(words: list[tuple[int, str]], domain: DomainName) -> DomainOptions | Fault:
    """What is said beside a name. The offset of a fault counts from the start of the line."""
    options, said = DomainOptions(), set()
    for offset, word in words:
        key = word.partition("=")[0]
        given = _option(options, word, domain)
        if key in said:
            given = Fault("input.option_twice", f"{key}= comes twice; of values that are a list, all stand in one.")
        if isinstance(given, DomainOptions) and given.parked and (other := _against_parked(given)):
            message = f"parked=true says that the domain is to have no mail, and {other}."
            given = Fault("input.contradiction", message)
        if isinstance(given, Fault):
            return replace(given, offset=offset + given.offset)
        options = given
        said.add(key)
    return options


def _against_parked(options: DomainOptions) -> str | None:
    """What else is said of a domain that is to have no mail, and cannot be."""
    if options.mail:
        return "mail=true that it is to take some"
    return "sending_ips= names who sends it" if options.sending_ips else None


def _option(options: DomainOptions, word: str, domain: DomainName) -> DomainOptions | Fault:
    key, sign, value = word.partition("=")
    if not sign:
        message = f"“{visible(word, 60)}” is neither a comment nor an option; one line holds one domain."
        return Fault("input.extra_word", message)
    if key not in OPTIONS:
        near = difflib.get_close_matches(key, OPTIONS, n=1)
        message = f"There is no option “{visible(key, 40)}”; there are {', '.join(OPTIONS)}."
        return Fault("input.unknown_option", message, 0, near[0] if near else None)
    reads = _NAMES_BELOW.get(key)
    read_value = reads(options, value, domain) if reads else _VALUES[key](options, value)
    return replace(read_value, offset=read_value.offset + len(key) + 1) if isinstance(read_value, Fault) else read_value


def _selectors(options: DomainOptions, value: str, domain: DomainName) -> DomainOptions | Fault:
    """Selectors: alone, or as the name at which the key stands (RFC 6376 section 3.6.2.1)."""
    words = tuple(dict.fromkeys(v.lower() for v in value.split(",") if v))
    names = tuple(_selector(word, domain) for word in words)
    for word, name in zip(words, names, strict=True):
        labels = name.split(".")
        if not all(LABEL.fullmatch(label) for label in labels) or "_domainkey" in labels:
            message = f"“{visible(word, 60)}” cannot be a DKIM selector."
            if "_domainkey" in labels:
                message = f"“{visible(word, 60)}” is no selector of the domain: write what stands before ._domainkey."
            return Fault("input.selector", message, max(value.lower().find(word), 0))
    if not names or len(names) > MAX_SELECTORS:
        return Fault("input.selector", f"selectors= takes from 1 to {MAX_SELECTORS} names, with commas between them.")
    return replace(options, selectors=tuple(dict.fromkeys(names)))


def _selector(word: str, domain: DomainName) -> str:
    """The selector that a word means, which may be followed by `_domainkey`, and that by the domain."""
    name = word.removesuffix(".")
    for end in (f"._domainkey.{domain.ascii}", f"._domainkey.{domain.unicode.lower()}", "._domainkey"):
        if name.endswith(end):
            return name.removesuffix(end)
    return name


def _parked(options: DomainOptions, value: str) -> DomainOptions | Fault:
    if value.lower() not in TRUTH:
        return Fault("input.option_value", "parked= takes true or false.")
    return replace(options, parked=TRUTH[value.lower()])


def _mail(options: DomainOptions, value: str) -> DomainOptions | Fault:
    if value.lower() not in TRUTH:
        return Fault("input.option_value", "mail= takes true or false.")
    return replace(options, mail=TRUTH[value.lower()])


def _helo(options: DomainOptions, value: str) -> DomainOptions | Fault:
    """Any text that could have been sent: that it is no name is for a rule to say."""
    names = tuple(dict.fromkeys(v.lower() for v in value.split(",") if v))
    if not names or len(names) > MAX_NAMES or any(len(n) > MAX_NAME for n in names):
        return Fault("input.names", f"helo= takes from 1 to {MAX_NAMES} names, with commas between them.")
    return replace(options, helo=names)


def _subdomains(options: DomainOptions, value: str, domain: DomainName) -> DomainOptions | Fault:
    """Names below the domain: in full, or as one label. Any other could be meant for a place elsewhere."""
    words = tuple(dict.fromkeys(v.removesuffix(".") for v in value.split(",") if v))
    if not words or len(words) > MAX_SUBDOMAINS:
        message = f"subdomains= takes from 1 to {MAX_SUBDOMAINS} names, with commas between them."
        return Fault("input.names", message)
    names = []
    for word in words:
        name = _below(word, domain)
        if isinstance(name, Fault):
            return replace(name, offset=max(value.find(word), 0))
        names.append(name)
    return replace(options, subdomains=tuple(dict.fromkeys(names)))


def _below(word: str, domain: DomainName) -> str | Fault:
    """The name in full; what is wrong with it where it is none, or stands elsewhere."""
    name = domain_name(word if "." in word else f"{word}.{domain.ascii}")
    if isinstance(name, NameFault):
        return Fault("input.names", f"“{visible(word, 60)}” cannot be the name of a subdomain.")
    if name.ascii.endswith(f".{domain.ascii}"):
        return name.ascii
    if name.ascii == domain.ascii:
        return Fault("input.names", f"{domain.unicode} is the domain itself; subdomains= takes names below it.")
    meant = None if has_known_suffix(name.ascii) else domain_name(f"{word}.{domain.ascii}")
    message = f"“{visible(word, 60)}” is not below {domain.unicode}: write names in full, or as one label."
    return Fault("input.names", message, 0, meant.ascii if isinstance(meant, DomainName) else None)


def _sending_ips(options: DomainOptions, value: str) -> DomainOptions | Fault:
    found = []
    for text in value.split(","):
        try:
            found.append(str(ipaddress.ip_address(text)))
        except ValueError:
            message = f"“{visible(text, 60)}” is not an IP address."
            return Fault("input.address", message, max(value.find(text), 0))
        if (use := special_use(found[-1])) in WITHIN:
            message = f"{found[-1]} is a {use} address, which no receiver sees; sending_ips= takes those that they see."
            return Fault("input.address", message, max(value.find(text), 0))
    if len(found) > MAX_ADDRESSES:
        return Fault("input.address", f"sending_ips= takes {MAX_ADDRESSES} addresses at most.")
    return replace(options, sending_ips=tuple(dict.fromkeys(found)))


def _profile(options: DomainOptions, value: str) -> DomainOptions | Fault:
    if value not in profile_names():
        near = difflib.get_close_matches(value, profile_names(), n=1)
        message = f"There is no profile “{visible(value, 40)}”; there are {', '.join(profile_names())}."
        return Fault("input.profile", message, 0, near[0] if near else None)
    return replace(options, profile=value)


def _unit(options: DomainOptions, value: str) -> DomainOptions | Fault:
    """Any word: what parts an organization has, it alone knows."""
    if not 0 < len(value) <= MAX_UNIT or not value.isprintable():
        return Fault("input.option_value", f"unit= takes a word of up to {MAX_UNIT} characters, such as sales.")
    return replace(options, unit=value)


_NAMES_BELOW = {"selectors": _selectors, "subdomains": _subdomains}
_VALUES = {
    "parked": _parked,
    "mail": _mail,
    "sending_ips": _sending_ips,
    "helo": _helo,
    "profile": _profile,
    "unit": _unit,
}


def _row(at: InputLine, fault: Fault, domain: str | None = None) -> Row:
    return Row(
        input=at,
        status="invalid_input",
        domain=domain,
        reason=fault.reason,
        message=fault.message,
        suggestion=fault.suggestion,
    )
