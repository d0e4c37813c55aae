"""Changing a DMARC record (RFC 9989 section 4.8) without touching what its owner did not get wrong.

Tags keep their order and their spelling, and what receivers don't know stays. A new `p` goes right behind `v`, where
receivers that follow RFC 7489 want it, `sp` and `np` behind it, anything else to the end.
"""

from __future__ import annotations

import difflib
import re

from audit.model.value import dataclass
from audit.syntax.dmarc import BLANK, MAILTO, TAG, URI, VERSION, Policy, is_dmarc, parse

MAX_EDITED = 2000  # octets: who publishes more has other troubles than a record to paste
PLACES = {"p": ("v",), "sp": ("p", "v"), "np": ("sp", "p", "v")}  # behind which tag a new one goes
SIZE = re.compile(r"![0-9]{1,20}[kmgtKMGT]?")
KNOWN_TAGS = "p|sp|np|rua|ruf|adkim|aspf|fo|pct|psd|t|rf|ri"
GAP = re.compile(rf"(?<![\s,;])[\s,]{{1,20}}(?=(?:{KNOWN_TAGS})[ \t]{{0,5}}=)", re.IGNORECASE)
COLON = re.compile(r"^([ \t]{0,20}(?:rua|ruf))[ \t]{0,20}:[ \t]{0,20}(?=\S)", re.IGNORECASE)
VERSION_LIKE = re.compile(r"(?:v[ \t]{0,5}[=:]?[ \t]{0,5})?v?dmarc[ \t]{0,5}v?1?(?:\.0)?", re.IGNORECASE)
POLICY_LIKE = re.compile(r"(?:sp|np|p)[ \t]{0,5}=[ \t]{0,5}(?:none|quarantine|reject)", re.IGNORECASE)
REPORT_TAGS = ("rua", "ruf")
SCHEMES = ("mailto:", "http:", "https:")
OTHERS = ("v=spf1", "v=dkim1", "v=stsv1", "v=tlsrptv1", "v=bimi1")
AROUND = " \t\r\n\"'\\\xa0\xef\xbb\xbf"  # what slips in around a record: blanks, quotes, a byte order mark


@dataclass(frozen=True, slots=True)
class Meant:
    """A text that was meant to be a DMARC record, what is wrong with it, and the record that it was meant to be."""

    fault: str
    repaired: str | None


def with_tags(text: str, /, **changes: str | None) -> str:
    """The record with other values of some tags, which are added where missing; without a tag whose value is None."""
    kept: list[str] = []
    left = dict(changes)
    for part in text.split(";"):
        name = _name(part)
        if name not in changes:
            kept.append(part)
        elif (value := left.pop(name, None)) is not None:
            kept.append(f"{part[: len(part) - len(part.lstrip(BLANK))]}{name}={value}")
    for name in (*(n for n in PLACES if n in left), *(n for n in left if n not in PLACES)):
        if (value := left[name]) is not None:
            _added(kept, name, value)
    return ";".join(kept).rstrip(BLANK)


def without_faults(text: str) -> str:
    """The record without what is no tag, and without tags that come a second time. One that is too long stays.
    Addresses for reports that a semicolon cut off go back to their list."""
    if len(text) > MAX_EDITED:
        return text
    kept: dict[str, str] = {}
    for part in relisted(text).split(";"):
        bare = part if TAG.fullmatch(_name(part)) else f" {part.strip(AROUND)}"
        name = _name(bare)
        if TAG.fullmatch(name):
            kept.setdefault(name, bare)
    return ";".join(kept.values()).rstrip(BLANK)


def unglued(text: str) -> str:
    """The record with semicolons where they were forgotten between two tags."""
    return GAP.sub("; ", text) if len(text) <= MAX_EDITED else text


def relisted(text: str) -> str:
    """The record with commas where semicolons stand between addresses for reports, `rua=mailto:a@b; mailto:c@d`; with
    `rua=` where it was written `rua:`, or left out before the first of them."""
    if len(text) > MAX_EDITED:
        return text
    parts: list[str] = []
    listing = None
    given = [COLON.sub(r"\1=", part) for part in text.split(";")]
    told = any(_name(part) == "rua" for part in given)
    for part in given:
        name = _name(part)
        if listing is not None and not TAG.fullmatch(name) and (more := _addresses(part)):
            parts[listing] = f"{parts[listing].rstrip(BLANK)},{more}"
            continue
        if not told and not TAG.fullmatch(name) and (more := _addresses(part)):
            parts.append(f" rua={more}")
            listing, told = len(parts) - 1, True
            continue
        parts.append(part)
        if part.strip(BLANK):
            listing = len(parts) - 1 if name in REPORT_TAGS else None
    return ";".join(parts)


def _addresses(part: str) -> str:
    """The addresses that a part of a record consists of; empty when it is anything else."""
    words = part.replace(",", " ").split()
    alike = all(word.lower().startswith(SCHEMES) or "@" in word for word in words)
    return mended_uris(part) if alike else ""


def nearest_policy(value: str) -> Policy:
    """The policy that a value was meant to be; none where that cannot be told."""
    words = value.lower().split()
    near = difflib.get_close_matches(words[0][:20], [str(p) for p in Policy], n=1, cutoff=0.7) if words else []
    return Policy(near[0]) if near else Policy.NONE


def mended_uris(value: str) -> str:
    """A list of addresses for reports, with commas between them, `mailto:` before them, and without what is none."""
    uris = (_uri(word) for item in value.split(",") for word in item.split())
    return ",".join(dict.fromkeys(u for u in uris if u))


def without_sizes(value: str) -> str:
    """A list of addresses for reports without the sizes that RFC 7489 allowed behind them."""
    items = (item.strip(BLANK) for item in value.split(","))
    return ",".join(item[: found.start()] if (found := size(item)) else item for item in items if item)


def report_addresses(text: str) -> str:
    """The addresses that a record, or a text that was meant to be one, names for reports, as far as they can be read:
    those of `rua`, else those of `ruf`."""
    if len(text) > MAX_EDITED or not (is_dmarc(text) or meant(text)):
        return ""
    read = parse(relisted(unglued(text.strip(AROUND).replace("\\;", ";"))))
    return mended_uris(read.value("rua") or "") or ",".join(u for u in read.ruf if u.lower().startswith("mailto:"))


def size(uri: str) -> re.Match[str] | None:
    """The greatest size of a report, as RFC 7489 let it stand behind an address: `!10m`."""
    at = uri.rfind("!")
    return SIZE.fullmatch(uri, at) if at >= 0 else None


def meant(text: str) -> Meant | None:
    """What a text that is no DMARC record was meant to be; None when it was meant to be something else."""
    if is_dmarc(text):
        return None
    whole = len(text) <= MAX_EDITED
    bare = text[:MAX_EDITED].strip(AROUND)
    if bare.lower().replace(" ", "").startswith(OTHERS):
        return None
    if is_dmarc(bare):
        return Meant("something stands before v=DMARC1", bare if whole else None)
    if is_dmarc(plain := bare.replace("\\;", ";")):
        return Meant("backslashes stand before the semicolons", plain if whole else None)
    parts = [p.strip(BLANK) for p in GAP.sub("; ", bare).split(";") if p.strip(BLANK)]
    at = next((i for i, part in enumerate(parts) if VERSION_LIKE.match(part)), None)
    if not _asks(parts) and (at is None or not parts[at].lower().startswith("v")):
        return None
    if at is None:
        return Meant("v=DMARC1 is missing", _rebuilt(parts) if whole else None)
    rest = [*parts[:at], *parts[at + 1 :]]
    if at:
        fault = "v=DMARC1 is not the first tag"
    elif is_dmarc(parts[0]):
        fault = "no semicolon follows v=DMARC1"
    elif re.sub(r"\s", "", parts[0]).lower() == "v=dmarc1":
        fault = "DMARC1 must be in capitals, without a space in it"
    else:
        fault = "v=DMARC1 is misspelt"
    return Meant(fault, _rebuilt(rest) if whole else None)


def _asks(parts: list[str]) -> bool:
    return any(POLICY_LIKE.fullmatch(part) for part in parts)


def _rebuilt(parts: list[str]) -> str | None:
    """The record of these tags. One that asks for nothing that could be read is not worth publishing."""
    record = relisted("; ".join((f"v={VERSION}", *(part for part in parts if _name(part) != "v"))))
    return record if is_dmarc(record) and parse(record).valid else None


def _added(parts: list[str], name: str, value: str) -> None:
    names = [_name(part) for part in parts]
    tags = [part for part in parts[1:] if part]
    blank = " " if not tags or any(part[0] in BLANK for part in tags) else ""
    end = len(parts) - (not parts[-1].strip(BLANK))
    behind = next((names.index(n) + 1 for n in PLACES.get(name, ()) if n in names), end)
    parts.insert(behind, f"{blank}{name}={value}")


def _name(part: str) -> str:
    return part.partition("=")[0].strip(BLANK).lower() if "=" in part else ""


def _uri(item: str) -> str | None:
    bare = item.strip("<>\"'")
    lowered = bare.lower()
    if "@" in bare and not lowered.startswith(SCHEMES):
        bare = f"mailto:{bare}"
    elif lowered.startswith("mailto://"):
        bare = f"mailto:{bare[len('mailto://') :]}"
    pattern = MAILTO if bare.lower().startswith("mailto:") else URI
    return bare if pattern.fullmatch(bare) else None
