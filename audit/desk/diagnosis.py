"""What a reply means, and what to do about it (RFC 5321 section 4.2.1, RFC 3463 section 3).

The text decides before the enhanced code, that before the code: providers use codes of the registry for something else
(Google 5.7.27, 5.7.29 and 5.7.30, Exchange Online 5.7.30), and many a 550 is no unknown mailbox. Whether it lasts is
told by the first digit alone: 4 asks to come again, 5 does not. What decided, and how sure that is, is part of the
answer.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from audit.catalog.replies import (
    Confidence,
    EnhancedCode,
    Replies,
    ReplyClass,
    ReplyPattern,
    Side,
    holding,
    load_replies,
)
from audit.desk.listing import listing
from audit.desk.reading import Heard, read
from audit.desk.retry import Retry, retry
from audit.syntax.escape import visible

SHOWN = 600  # characters of what was said
EXCERPT = 80
LOWER: dict[Confidence, Confidence] = {"high": "medium", "medium": "low", "low": "low"}
ADDRESSES = re.compile(r"[^\s<>\"'@:(]{1,64}@[\w.-]{1,255}")
FIRST_PRIVATE = 100
VAGUE_REFUSALS = frozenset({550, 553, 554})  # behind the mail itself, these are no word on the recipient


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """A reply, explained. `basis` is what decided: the text (`pattern` is its id in the catalogue, `excerpt` what was
    found), the enhanced code, the code, or nothing. `permanent` is null where nothing failed, or it cannot be told.
    `text` is escaped."""

    text: str
    code: int | None
    enhanced_code: str | None
    host: str
    speaker: str  # "" when it is not known whose reply it is
    stage: str
    kind: ReplyClass
    cause: str
    permanent: bool | None
    side: Side
    retry: Retry
    suppress: bool
    rules: tuple[str, ...]
    basis: Literal["text", "enhanced_code", "code", "nothing"]
    pattern: str | None
    excerpt: str | None
    confidence: Confidence
    advice: tuple[str, ...]
    blocklist: str | None  # the list that is named, by its name for people
    cut: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ground:
    """What decided, and what it says."""

    basis: Literal["text", "enhanced_code", "code", "nothing"]
    means: str
    cause: str
    confidence: Confidence
    side: str = ""
    pattern: ReplyPattern | None = None
    excerpt: str | None = None


def diagnose(text: str, *, host: str = "") -> Diagnosis:
    """Explain one reply. `host` is the server that said it, where that is known and the text does not tell."""
    known, heard = load_replies(), read(text)
    speakers = known.speakers_of(host or heard.host, heard.whole)
    ground = _ground(known, heard, speakers)
    kind = known[ground.means]
    permanent = _permanent(heard, ground, kind)
    pattern = ground.pattern
    remedy = known.remedy(pattern.remedy) if pattern else None
    listed = listing(heard.whole) if kind.id == "reputation-block" else None
    advice = (pattern and pattern.advice) or (remedy and remedy.advice) or kind.advice
    return Diagnosis(
        text=visible(heard.whole, SHOWN),
        code=heard.code,
        enhanced_code=heard.enhanced,
        host=visible(host or heard.host, 253),
        speaker=known.speaker(speakers[0]).name if speakers else "",
        stage=heard.stage,
        kind=kind,
        cause=ground.cause,
        permanent=permanent,
        side=_side(ground, kind),
        retry=retry(kind, permanent=permanent),
        suppress=kind.suppress and permanent is True and ground.confidence != "low",
        rules=(pattern and pattern.rules) or (remedy and remedy.rules) or kind.rules,
        basis=ground.basis,
        pattern=pattern.id if pattern else None,
        excerpt=ground.excerpt,
        confidence=ground.confidence,
        advice=(listed.advice, *advice) if listed else advice,
        blocklist=listed.name if listed else None,
        cut=heard.cut,
    )


def _ground(known: Replies, heard: Heard, speakers: tuple[str, ...]) -> _Ground:
    """What decides: the text, the enhanced code, the code."""
    if heard.code is not None and heard.code < 400:  # what agrees is no fault, whatever its words
        return _by_code(known, heard)
    registered = known.enhanced_code(_detail(heard.enhanced)) if heard.enhanced else None
    for text in dict.fromkeys((heard.text, heard.whole)):  # some say the cause before the code
        plain = ADDRESSES.sub("<>", text)  # spam@ is somebody's name, no word on the mail
        for pattern in known.patterns:
            ground = _by_text(pattern, heard, text if pattern.provider else plain, speakers, registered)
            if ground is not None:
                return ground
    coded = known.code(heard.code) if heard.code is not None else None
    if heard.enhanced and not (registered and registered.vague and coded and coded.confidence != "low"):
        return _by_enhanced(known, heard, heard.enhanced, registered)
    return _by_code(known, heard)


def _by_text(
    pattern: ReplyPattern, heard: Heard, text: str, speakers: tuple[str, ...], registered: EnhancedCode | None
) -> _Ground | None:
    """What a pattern says of a reply, or None when it does not fit.

    Where nobody knows who speaks, the words of a provider still count, though less; of its codes alone those whose
    detail has three digits do, as the registry has none.
    """
    told = not pattern.provider or pattern.provider in speakers
    if not told and (speakers or not (pattern.says or _private(heard.enhanced))):
        return None
    if pattern.codes and heard.code is not None and heard.code not in pattern.codes:
        return None
    if pattern.enhanced and not _listed(heard.enhanced, pattern.enhanced):
        return None
    if pattern.yields and registered is not None and not registered.vague:
        return None
    found = holding(pattern.says, text) if pattern.says else None
    if pattern.says and found is None:
        return None
    return _Ground(
        basis="text" if found else "enhanced_code",
        means=pattern.means,
        cause=pattern.cause,
        confidence=pattern.confidence if told else LOWER[pattern.confidence],
        side=pattern.side,
        pattern=pattern,
        excerpt=visible(found[0], EXCERPT) if found else None,
    )


def _by_enhanced(known: Replies, heard: Heard, enhanced: str, registered: EnhancedCode | None) -> _Ground:
    """By the registry; a detail that is not registered stands for its subject (RFC 3463 section 2)."""
    entry = registered or known.enhanced_code(f"{_detail(enhanced).partition('.')[0]}.0")
    if entry is None:
        return _by_code(known, heard)
    agrees = heard.code is None or enhanced[0] == str(heard.code)[0]
    temporary = heard.code // 100 == 4 if heard.code is not None else enhanced[0] == "4"
    sure = entry.confidence if registered else "low"
    return _Ground(
        basis="enhanced_code",
        means=(entry.if_temporary if temporary else "") or entry.means,
        cause=entry.meaning,
        confidence=sure if agrees else LOWER[sure],
    )


def _by_code(known: Replies, heard: Heard) -> _Ground:
    if heard.code is None:
        return _Ground(
            basis="nothing", means="unknown", cause="No code and no known words are in it.", confidence="low"
        )
    entry = known.code(heard.code)
    if entry is None:
        means = {2: "ok", 3: "ok", 4: "soft-system"}.get(heard.code // 100, "unknown")
        return _Ground(basis="code", means=means, cause="No standard knows this code.", confidence="low")
    if heard.code in VAGUE_REFUSALS and heard.stage == "data":
        cause = "The server refused the mail when it had seen all of it."
        return _Ground(basis="code", means="policy-block", cause=cause, confidence="low")
    return _Ground(basis="code", means=entry.means, cause=entry.meaning, confidence=entry.confidence, side=entry.side)


def _detail(enhanced: str) -> str:
    return enhanced.partition(".")[2]


def _private(enhanced: str | None) -> bool:
    """Whether an enhanced code has a detail beyond all that are registered: somebody's own."""
    return enhanced is not None and int(enhanced.rpartition(".")[2]) >= FIRST_PRIVATE


def _listed(enhanced: str | None, wanted: tuple[str, ...]) -> bool:
    """Whether an enhanced code is one of those, or within a range of details."""
    if enhanced is None:
        return False
    subject, _, detail = _detail(enhanced).partition(".")
    for entry in wanted:
        its_subject, _, span = entry.partition(".")
        low, _, high = span.partition("-")
        if subject == its_subject and int(low) <= int(detail) <= int(high or low):
            return True
    return False


def _permanent(heard: Heard, ground: _Ground, kind: ReplyClass) -> bool | None:
    """Whether it lasts. The first digit of the code tells, then that of the enhanced code, then log or bounce."""
    if kind.id == "ok":
        return None
    if heard.code is not None and heard.code >= 400:
        return heard.code >= 500
    if heard.enhanced and heard.enhanced[0] in "45":
        return heard.enhanced[0] == "5"
    if heard.failed is not None:
        return heard.failed
    if ground.pattern is None:
        return None
    return ground.pattern.uncoded == "permanent" if ground.pattern.uncoded else kind.permanent


def _side(ground: _Ground, kind: ReplyClass) -> Side:
    sides: tuple[Side, ...] = ("ours", "theirs", "recipient", "network", "none", "unknown")
    return next((side for side in sides if side == ground.side), kind.side)
