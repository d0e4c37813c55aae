"""What SMTP replies mean: codes, enhanced codes, and the texts of those who send them.

A reply opens with a code of three digits (RFC 5321 section 4.2): the first tells whether trying again may help. An
enhanced code (RFC 3463) tells the cause as class, subject and detail; its registry is IANA's. Providers use codes of
their own, and some of the registry for something else, so the text decides first. All lead to a class: what to do.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import field
from datetime import date
from functools import cache
from typing import Literal

from audit.catalog import tables
from audit.model.value import dataclass

Side = Literal["ours", "theirs", "recipient", "network", "none", "unknown"]
SideOr = Literal["", "ours", "theirs", "recipient", "network", "none", "unknown"]
Confidence = Literal["high", "medium", "low"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Backoff:
    """When to try again: after `first_s` seconds, then each time `factor` as long, never longer than `cap_s`, for
    `give_up_s` in all. Each wait is up to `jitter` (a share of it) longer or shorter, so that senders do not come in
    step."""

    first_s: int
    factor: float
    cap_s: int
    jitter: float
    give_up_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyClass:
    """What a reply comes to, for whoever sends.

    `permanent`: taken for so where no code tells. `after_permanent`: when to try again although the reply is permanent.
    `suppress`: a permanent reply means that the address should get no more mail. `rules`: those of the audit that show
    the cause. `advice`: what to do, in order.
    """

    id: str
    meaning: str
    side: Side
    permanent: bool
    after_permanent: Literal["later", "after_change", "never", "none"]
    backoff: Backoff
    suppress: bool
    rules: tuple[str, ...]
    advice: tuple[str, ...]
    source: str
    checked: date


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplySpeaker:
    """Somebody whose replies are known: told by suffixes of the host, or by marks (regular expressions) in the text."""

    id: str
    name: str
    hosts: tuple[str, ...]
    marks: tuple[str, ...]
    source: str
    checked: date


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyCode:
    """A code of three digits. `means` is a class; `side` is "" for that of the class."""

    code: int
    meaning: str
    means: str
    side: SideOr
    confidence: Confidence
    source: str
    checked: date


@dataclass(frozen=True, slots=True, kw_only=True)
class EnhancedCode:
    """Subject and detail of an enhanced code, without its class: `1.1`.

    `if_temporary` is the class of replies of class 4, "" for the same. `vague`: it says little more than that something
    is wrong.
    """

    code: str
    meaning: str
    means: str
    if_temporary: str
    vague: bool
    confidence: Confidence
    source: str
    checked: date


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyRemedy:
    """What mends a cause that several texts name."""

    id: str
    rules: tuple[str, ...]
    advice: tuple[str, ...]
    source: str
    checked: date


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyPattern:
    """A text by which a reply is known. All that is given must hold: one of `codes`, one of `enhanced`, one of `says`.

    `enhanced` are subject and detail, or a range of details (`7.606-649`). `provider` is who says so, "" for anybody.
    `uncoded`: what it is where no code tells. `yields`: an enhanced code that is not vague wins. `rules` and `advice`
    come before those of the remedy, these before those of the class.
    """

    id: str
    provider: str
    codes: tuple[int, ...]
    enhanced: tuple[str, ...]
    says: tuple[str, ...]
    cause: str
    means: str
    remedy: str
    side: SideOr
    rules: tuple[str, ...]
    advice: tuple[str, ...]
    yields: bool
    uncoded: Literal["", "permanent", "temporary"]
    confidence: Confidence
    source: str
    checked: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Replies:
    """All that is known of replies."""

    classes: tuple[ReplyClass, ...]
    speakers: tuple[ReplySpeaker, ...]
    codes: tuple[ReplyCode, ...]
    enhanced: tuple[EnhancedCode, ...]
    remedies: tuple[ReplyRemedy, ...]
    patterns: tuple[ReplyPattern, ...]
    _classes: Mapping[str, ReplyClass] = field(init=False, repr=False, compare=False)
    _codes: Mapping[int, ReplyCode] = field(init=False, repr=False, compare=False)
    _enhanced: Mapping[str, EnhancedCode] = field(init=False, repr=False, compare=False)
    _remedies: Mapping[str, ReplyRemedy] = field(init=False, repr=False, compare=False)
    _hosts: Mapping[str, str] = field(init=False, repr=False, compare=False)  # a suffix, and whose it is

    def __post_init__(self) -> None:
        object.__setattr__(self, "_classes", {c.id: c for c in self.classes})
        object.__setattr__(self, "_codes", {c.code: c for c in self.codes})
        object.__setattr__(self, "_enhanced", {e.code: e for e in self.enhanced})
        object.__setattr__(self, "_remedies", {r.id: r for r in self.remedies})
        object.__setattr__(self, "_hosts", {host: s.id for s in self.speakers for host in s.hosts})

    def __getitem__(self, id: str) -> ReplyClass:
        return self._classes[id]

    def code(self, code: int) -> ReplyCode | None:
        """What a code means, or None where it is not known."""
        return self._codes.get(code)

    def enhanced_code(self, subject_detail: str) -> EnhancedCode | None:
        """What `1.1` means, or None where it is not registered."""
        return self._enhanced.get(subject_detail)

    def remedy(self, id: str) -> ReplyRemedy | None:
        return self._remedies.get(id)

    def speaker(self, id: str) -> ReplySpeaker:
        return next(s for s in self.speakers if s.id == id)

    def speakers_of(self, host: str, text: str) -> tuple[str, ...]:
        """Who may have said a text: by the host, whole labels from the right, then by marks in the text."""
        found = {self._hosts[suffix]: None for suffix in _suffixes(host) if suffix in self._hosts}
        found |= {s.id: None for s in self.speakers if s.marks and holding(s.marks, text)}
        return tuple(found)


def _suffixes(host: str) -> Iterable[str]:
    labels = host.lower().removesuffix(".").split(".")
    return (".".join(labels[i:]) for i in range(len(labels)))


def holding(expressions: tuple[str, ...], text: str) -> re.Match[str] | None:
    """Where the first of some expressions that the text holds is found in it."""
    return next((found for e in expressions if (found := _compiled(e).search(text))), None)


@cache
def _compiled(expression: str) -> re.Pattern[str]:
    return re.compile(expression, re.IGNORECASE)


@cache
def load_replies() -> Replies:
    """The replies that are shipped.

    Raises:
        CatalogError: the catalogue is broken.
    """
    return Replies(
        classes=tables.section("reply_classes", tuple[ReplyClass, ...]),
        speakers=tables.section("reply_speakers", tuple[ReplySpeaker, ...]),
        codes=tables.section("reply_codes", tuple[ReplyCode, ...]),
        enhanced=tables.section("enhanced_codes", tuple[EnhancedCode, ...]),
        remedies=tables.section("reply_remedies", tuple[ReplyRemedy, ...]),
        patterns=tables.section("reply_patterns", tuple[ReplyPattern, ...]),
    )
