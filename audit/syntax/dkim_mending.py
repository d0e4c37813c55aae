"""What usually goes wrong when a DKIM key record is pasted, and the record as it was meant.

Only what follows from the record itself is mended: a backslash or a quotation mark that belongs to the zone file, PEM
armour, a tag in capitals or at the wrong place, a tag that RFC 6376 no longer knows or that keeps verifiers from using
the key. A key that is not whole cannot be guessed.
"""

from __future__ import annotations

import base64
import re

from audit.syntax import rsa
from audit.syntax.dkim import (
    ED25519,
    ED25519_OCTETS,
    FOR_MAIL,
    MAX_TAGS,
    RSA,
    SHA256,
    WHITE,
    DkimKey,
    decoded,
    parse,
)

MAX_TEXT = 8 * 1024  # longer records are not mended: no key in use needs so much
LEAST_BITS = 1024  # RFC 8301 section 3.2: verifiers refuse shorter keys, so none is published again
ARMOUR = re.compile(r"-----(?:BEGIN|END)(?: RSA)? PUBLIC KEY-----")
BETWEEN_STRINGS = re.compile(r'"[ \t]{0,20}"')
RUN_TOGETHER = re.compile(r"=[^;= \t]{1,20}[ \t]{1,20}[a-z]=")


def hint(key: DkimKey) -> str | None:
    """The likeliest cause of a record's problems, in words; None where it does not show."""
    text = key.text[:MAX_TEXT]
    names = [name for name, _ in key.tags]
    if "\\;" in text:
        return "the backslash before a semicolon belongs to the zone file, and was published as well"
    if '"' in text:
        return "quotation marks belong to the zone file, and were published as well"
    if ARMOUR.search(text):
        return "of the PEM file only what stands between its first and last line belongs into p="
    if "p" not in names and "P" in names:
        return "the names of tags are lower case"
    if RUN_TOGETHER.search(text):
        return "a semicolon between two tags was lost"
    if any(p.code.startswith("v must") for p in key.problems):
        return "v=DKIM1, in capitals, must be the first tag, or be left out"
    return _about(WHITE.sub("", key.tag("p") or ""))


def _about(text: str) -> str | None:
    """What is wrong with the key itself."""
    octets = decoded(padded(text))
    if not text:
        return None
    if not text.isascii():
        return "there are characters in p= that are no base64, such as a no-break space"
    if octets is None:
        return "p= is not whole, or holds characters that are no base64"
    if rsa.cut_off(octets):
        return "the end of the key is missing: of a record in several strings one was lost"
    if rsa.ed25519_of(octets):
        return "this is an Ed25519 key in a wrapping: k=ed25519 takes the 32 octets alone"
    if padded(text) != text:
        return "an equals sign at the end of p= was lost"
    if len(octets) == ED25519_OCTETS:
        return "this looks like an Ed25519 key, which needs k=ed25519"
    return None


def mended(text: str) -> str | None:
    """The record as it was meant, with nothing left that our rules object to but what only a new key changes; None
    where that cannot be told from the record."""
    if len(text) > MAX_TEXT or any(ord(c) > 0xFF for c in text):
        return None
    tags = _own_key(_tags(_unquoted(text)))
    record = "; ".join(f"{name}={value}" for name, value in tags)
    key = parse(record)
    good = key.usable and not key.weaknesses
    if key.key_type == RSA:
        good = good and key.bits is not None and key.bits >= LEAST_BITS
    elif key.key_type == ED25519:
        good = good and key.octets == ED25519_OCTETS
    else:
        good = False
    return record if good else None


def padded(key: str) -> str:
    """Base64 with the signs at its end that make its length a multiple of four; they carry nothing (RFC 4648)."""
    return key if len(key) % 4 == 1 else key + "=" * (-len(key) % 4)


def _unquoted(text: str) -> str:
    """Without what belongs to a zone file or to PEM."""
    bare = BETWEEN_STRINGS.sub("", text).replace('"', "").replace("\\;", ";")
    return ARMOUR.sub("", bare)


def _tags(text: str) -> tuple[tuple[str, str], ...]:
    """The tags with names in lower case, each once, the version first, and without what keeps a key from being used."""
    tags: dict[str, str] = {}
    for part in text.split(";")[: MAX_TAGS + 1]:
        name, sign, value = part.partition("=")
        name, value = name.strip().lower(), value.strip()
        if part.strip() and (not sign or tags.setdefault(name, value) != value):
            return ()  # no tag, or two values: what is meant is not to be told
    if tags.get("v", "").upper() == "DKIM1":
        tags = {"v": "DKIM1", **{n: v for n, v in tags.items() if n != "v"}}
    return tuple((n, kept) for n, v in tags.items() if (kept := _kept(n, v)) is not None)


def _kept(name: str, value: str) -> str | None:
    """The value that a tag should have; None where the record does better without it."""
    listed = [v.strip() for v in value.split(":")[:MAX_TAGS]]
    lower = [v.lower() for v in listed]
    if name == "p":
        return padded(WHITE.sub("", value))
    if name == "g" or (name == "h" and SHA256 not in lower):
        return None
    if name == "s" and not FOR_MAIL & set(lower):
        return None
    if name == "t":
        return ":".join(v for v in listed if v and v.lower() != "y") or None
    return value


def _own_key(tags: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    """An Ed25519 key without its wrapping, which says itself what it is."""
    octets = decoded(dict(tags).get("p", ""))
    bare = rsa.ed25519_of(octets) if octets else None
    if bare is None:
        return tags
    others = {name: value for name, value in tags if name not in ("v", "k", "p")}
    version = {name: value for name, value in tags if name == "v"}
    return tuple({**version, "k": ED25519, **others, "p": base64.b64encode(bare).decode("ascii")}.items())
