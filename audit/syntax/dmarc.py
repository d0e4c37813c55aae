"""DMARC records (RFC 9989 sections 4.7 and 4.8): a list of `tag=value`, separated by semicolons.

Receivers ignore tags that they don't know and use the default for values that they cannot read; one bad address for
reports does not void the policy. Only `p`, `sp` and `np` have a rule of their own (section 4.10.1).
"""

from __future__ import annotations

import re
from enum import StrEnum
from functools import lru_cache

from audit.model.value import dataclass
from audit.syntax.escape import octet_text
from audit.syntax.spf import SyntaxProblem

MAX_TAGS = 100
MAX_URIS = 20
TAG = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
# The characters of RFC 3986 appendix A, without the comma and the exclamation mark, which must be percent-encoded.
MAILTO = re.compile(
    r"mailto:[A-Za-z0-9._~%$&'()*+;=:/?-]{1,320}@[A-Za-z0-9._-]{1,253}(\?[A-Za-z0-9._~%$&'()*+;=:@/?-]{0,500})?"
    r"(![0-9]{1,20}[kmgt]?)?",
    re.IGNORECASE,
)
URI = re.compile(
    r"[A-Za-z][A-Za-z0-9+.-]{0,30}:[A-Za-z0-9._~:/?#\[\]@$&'()*+;=%-]{1,2000}(![0-9]{1,20}[kmgt]?)?", re.IGNORECASE
)
BLANK = " \t"
VERSION = "DMARC1"
FAILURE_OPTIONS = ("0", "1", "d", "s", "d:s", "s:d")  # section 4.8; RFC 7489 took any of them together


class Policy(StrEnum):
    """What receivers are asked to do with mail that fails; from the weakest."""

    NONE = "none"
    QUARANTINE = "quarantine"
    REJECT = "reject"


@dataclass(frozen=True, slots=True)
class DmarcRecord:
    """A record as receivers read it. `p`, `sp` and `np` are None when absent or invalid; `rua` holds the valid URIs."""

    text: str
    tags: tuple[tuple[str, str], ...]
    problems: tuple[SyntaxProblem, ...]
    p: Policy | None
    p_invalid: bool
    sp: Policy | None
    sp_invalid: bool
    np: Policy | None
    np_invalid: bool
    psd: str  # "y", "n" or "u"
    t: bool
    rua: tuple[str, ...]
    rua_invalid: tuple[str, ...]
    ruf: tuple[str, ...]
    ruf_invalid: tuple[str, ...]
    adkim: str  # "r" or "s"
    aspf: str
    fo: str  # "0", "1", "d", "s", "d:s" or "s:d"
    pct: int | None

    def value(self, name: str) -> str | None:
        """The value of a tag as written; None when the record has no such tag."""
        return dict(self.tags).get(name)

    @property
    def valid(self) -> bool:
        """Whether the policies can be read; else the record counts as one that asks for nothing (section 4.10.1)."""
        return self.p is not None and not (self.sp_invalid or self.np_invalid)

    @property
    def effective(self) -> Policy | None:
        """The policy for the record's own domain; None when the record is void (section 4.10.1)."""
        if self.p is None or not self.valid:
            return Policy.NONE if self.rua else None
        return self.softened(self.p)

    def softened(self, policy: Policy) -> Policy:
        """`t=y` asks for one level less (section 4.7)."""
        if not self.t:
            return policy
        return Policy.QUARANTINE if policy is Policy.REJECT else Policy.NONE


def is_dmarc(text: str) -> bool:
    """Whether a TXT record is a DMARC record: its first tag is `v`, in either case, and its value exactly `DMARC1`."""
    name, sign, value = text.split(";", 1)[0].partition("=")
    return bool(sign) and name.rstrip(BLANK) in ("v", "V") and value.strip(BLANK) == VERSION


@lru_cache(maxsize=64)  # many protocols and rules read the records of one domain
def parse(text: str) -> DmarcRecord:
    """Read a record that `is_dmarc`."""
    tags, problems = _tags(text)
    value = dict(tags)  # of a tag that comes twice, the first is kept
    p, p_bad = _policy(value.get("p"))
    sp, sp_bad = _policy(value.get("sp"))
    np, np_bad = _policy(value.get("np"))
    rua, rua_bad = _uris(value.get("rua"))
    ruf, ruf_bad = _uris(value.get("ruf"))
    fo = value.get("fo", "0").lower()
    return DmarcRecord(
        text=text,
        tags=tags,
        problems=problems,
        p=p,
        p_invalid=p_bad,
        sp=sp,
        sp_invalid=sp_bad,
        np=np,
        np_invalid=np_bad,
        psd=_one_of(value.get("psd"), "yn", "u"),
        t=_one_of(value.get("t"), "yn", "n") == "y",
        rua=rua,
        rua_invalid=rua_bad,
        ruf=ruf,
        ruf_invalid=ruf_bad,
        adkim=_one_of(value.get("adkim"), "rs", "r"),
        aspf=_one_of(value.get("aspf"), "rs", "r"),
        fo=fo if fo in FAILURE_OPTIONS else "0",
        pct=_percent(value.get("pct")),
    )


def _tags(text: str) -> tuple[tuple[tuple[str, str], ...], tuple[SyntaxProblem, ...]]:
    tags: list[tuple[str, str]] = []
    problems: list[SyntaxProblem] = []
    at = 0
    parts = text.split(";")
    for index, part in enumerate(parts[:MAX_TAGS]):
        name, sign, value = part.partition("=")
        name = name.strip(BLANK).lower()
        if part.strip(BLANK):
            if not sign or not TAG.fullmatch(name):
                problems.append(SyntaxProblem("not a tag", octet_text(part.strip(BLANK), 100), at))
            elif any(name == seen for seen, _ in tags):
                problems.append(SyntaxProblem("second time", octet_text(part.strip(BLANK), 100), at))
            else:
                tags.append((name, value.strip(BLANK)))
        elif index < len(parts) - 1:
            problems.append(SyntaxProblem("empty tag", ";", at))
        at += len(part) + 1
    return tuple(tags), tuple(problems)


def _policy(value: str | None) -> tuple[Policy | None, bool]:
    if value is None:
        return None, False
    try:
        return Policy(value.lower()), False
    except ValueError:
        return None, True


def _uris(value: str | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The URIs of a list that are valid, and what is not: of an empty place between commas, an empty text."""
    good: list[str] = []
    bad: list[str] = []
    items = (value or "").split(",")[:MAX_URIS]
    if any(items) and not all(item.strip(BLANK) for item in items):
        bad.append("")
    for item in items:
        uri = item.strip(BLANK)
        pattern = MAILTO if uri.lower().startswith("mailto:") else URI
        if uri:
            (good if pattern.fullmatch(uri) else bad).append(octet_text(uri, 500))
    return tuple(good), tuple(bad)


def _one_of(value: str | None, allowed: str, default: str) -> str:
    lowered = (value or "").lower()
    return lowered if len(lowered) == 1 and lowered in allowed else default


def _percent(value: str | None) -> int | None:
    return int(value) if value and re.fullmatch(r"[0-9]{1,3}", value) and int(value) <= 100 else None
