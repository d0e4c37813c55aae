"""Domain names as people write them, settled once: UTS-46 (non-transitional) to A-labels in lower case (RFC 5890).

What cannot be a domain is told apart by reason, with the place of the fault and a suggestion where one can be guessed.
Names of the DNS itself can hold any octet; they are compared in canonical presentation form.
"""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from functools import lru_cache

import idna

from audit.model.value import dataclass
from audit.syntax.escape import visible

MAX_LABEL, MAX_NAME = 63, 253
URL = re.compile(r"([a-z][a-z0-9+.-]{0,30})://([^/?#]*)", re.IGNORECASE)
NUMERIC = re.compile(r"[0-9]+|0x[0-9a-f]*")
LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?")
HOST_CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-")
DOTS = "\u3002\uff0e\uff61"  # UTS-46: these become a full stop


@dataclass(frozen=True, slots=True)
class DomainName:
    """A domain: `ascii` for the DNS, `unicode` for people."""

    ascii: str
    unicode: str


@dataclass(frozen=True, slots=True)
class NameFault:
    """Why a text is no domain. `offset` counts characters from its start; `message` is a sentence."""

    reason: str
    message: str
    suggestion: str | None = None
    offset: int = 0


@lru_cache(maxsize=64)
def domain_name(text: str) -> DomainName | NameFault:
    """The domain that a text names, or what is wrong with it."""
    return _not_a_name(text) or _character(text) or _settled(text)


def canonical(presentation: str) -> str:
    """A name of the DNS in canonical form: lower case, without the final dot; the root is `.`."""
    lowered = presentation.lower()
    if lowered == ".":
        return lowered
    return lowered[:-1] if lowered.endswith(".") and not lowered.endswith("\\.") else lowered


def as_address(text: str) -> str | None:
    """The IP address that a text is, also with a final dot; None when it is none."""
    bare = text.removesuffix(".").removeprefix("[").removesuffix("]")
    if ":" not in bare and not bare[-1:].isdigit():  # as of almost every name
        return None
    return _numeric(bare)


@lru_cache(maxsize=1024)  # addresses come again in every question about them
def _numeric(text: str) -> str | None:
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return None


@lru_cache(maxsize=256)  # domains share hosts, and rules read them again
def host_fault(name: str) -> str | None:
    """Why a name of the DNS, in canonical form, is no host name, in words; None when it is one.

    A host's labels hold letters, digits and hyphens (RFC 5321 section 2.3.5, RFC 1123 section 2.1); a last label of
    digits alone is taken for part of an address by whatever resolves it.
    """
    labels = name.split(".")
    if len(name) > MAX_NAME:
        return f"longer than {MAX_NAME} characters"
    if any(not label for label in labels):
        return "an empty label"
    if any(len(label) > MAX_LABEL for label in labels):
        return f"a label of more than {MAX_LABEL} characters"
    if not all(set(label) <= HOST_CHARACTERS for label in labels):
        return "an underscore" if set(name) <= {*HOST_CHARACTERS, ".", "_"} else "a character that hosts cannot have"
    if any(label.startswith("-") or label.endswith("-") for label in labels):
        return "a label that begins or ends with a hyphen"
    return "a number at the end" if NUMERIC.fullmatch(labels[-1]) else None


def _not_a_name(text: str) -> NameFault | None:
    """What people write instead of a domain."""
    if not text:
        return NameFault("input.empty", "There is no name.")
    if url := URL.match(text):
        host = url[2].rpartition("@")[2].partition(":")[0]
        return NameFault("input.url", "This is a URL, not a domain.", _suggested(host))
    if "@" in text:
        message = "This is a mail address, not a domain."
        return NameFault("input.email_address", message, _suggested(text.rpartition("@")[2]))
    if text.startswith("*."):
        return NameFault("input.wildcard", "A wildcard is not a domain.", _suggested(text[2:]))
    if as_address(unicodedata.normalize("NFKC", text)):
        return NameFault("input.ip_address", "This is an IP address, not a domain.")
    return None


def _suggested(text: str) -> str | None:
    read = domain_name(text) if text and "@" not in text and "://" not in text and "*" not in text else None
    return read.ascii if isinstance(read, DomainName) else None


def _character(text: str) -> NameFault | None:
    """The first character that no name can hold."""
    for offset, character in enumerate(text):
        category = unicodedata.category(character)
        bad = category in {"Cc", "Cs", "Co", "Cn", "Zs", "Zl", "Zp"} or (
            category == "Cf" and character not in "\u200c\u200d\u00ad"
        )
        if bad or (character.isascii() and not (character.isalnum() or character in "-._")):
            name = unicodedata.name(character, "")
            shown = f"U+{ord(character):04X}{f' ({name})' if name else ''}"
            return NameFault("input.character", f"A domain cannot hold the character {shown}.", None, offset)
    return None


def _settled(text: str) -> DomainName | NameFault:
    stripped = text[:-1] if text.endswith((".", *DOTS)) else text
    if not stripped:
        return NameFault("input.empty_label", "The root is not a domain to audit.")
    mapped = _mapped(stripped)
    if isinstance(mapped, NameFault):
        return mapped
    fault = _shape(mapped)
    if fault:
        return fault
    encoded = [_encoded(label) for label in mapped.split(".")]
    for label in encoded:
        if isinstance(label, NameFault):
            return label
    name = ".".join(str(label) for label in encoded)
    return _lengths(name) or DomainName(name, _displayed(name))


def _mapped(text: str) -> str | NameFault:
    try:
        return idna.uts46_remap(text, std3_rules=False, transitional=False)
    except (idna.IDNAError, UnicodeError) as error:
        return NameFault("input.idna", f"The name cannot be internationalized: {visible(str(error), 120)}.")


def _shape(name: str) -> NameFault | None:
    labels = name.split(".")
    if any(not label for label in labels):
        return NameFault(
            "input.empty_label", "Two dots stand together: a label is empty.", None, max(name.find(".."), 0)
        )
    if as_address(name):
        return NameFault("input.ip_address", "This is an IP address, not a domain.")
    if NUMERIC.fullmatch(labels[-1]):
        return NameFault("input.numeric", "The name ends in a number; some systems take that for an IP address.")
    if len(labels) == 1:
        return NameFault("input.no_dot", "A domain has at least two labels, such as example.org.")
    return None


def _encoded(label: str) -> str | NameFault:
    """A label as an A-label. Names of the DNS may hold underscores, which IDNA does not know."""
    if label.isascii() and not label.startswith("xn--"):
        if len(label) > MAX_LABEL:
            return _too_long(label)
        if label.startswith("-") or label.endswith("-"):
            return NameFault("input.hyphen", f"“{visible(label, 70)}” begins or ends with a hyphen.")
        if not LABEL.fullmatch(label):
            return NameFault("input.character", f"“{visible(label, 70)}” holds a character that no domain can hold.")
        return label
    try:
        return idna.alabel(idna.ulabel(label)).decode("ascii")
    except (idna.IDNAError, UnicodeError) as error:
        if "too long" in str(error).lower() or len(label) > MAX_LABEL:
            return _too_long(label)
        return NameFault("input.idna", f"“{visible(label, 70)}” is no valid label: {visible(str(error), 120)}.")


def _too_long(label: str) -> NameFault:
    return NameFault("input.label_too_long", f"“{visible(label, 30)}” is longer than {MAX_LABEL} characters.")


def _lengths(name: str) -> NameFault | None:
    if any(len(label) > MAX_LABEL for label in name.split(".")):
        return _too_long(max(name.split("."), key=len))
    if len(name) > MAX_NAME:
        return NameFault("input.name_too_long", f"The name is longer than {MAX_NAME} characters.")
    return None


def _displayed(name: str) -> str:
    """The form with Unicode labels, where it leads back to the same name."""
    labels = []
    for label in name.split("."):
        try:
            labels.append(idna.ulabel(label) if label.startswith("xn--") else label)
        except (idna.IDNAError, UnicodeError):
            labels.append(label)
    return visible(".".join(labels), MAX_NAME)
