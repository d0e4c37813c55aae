"""The text of a rule is written in a few signs of Markdown: paragraphs, `- ` items, and code between backticks."""

from __future__ import annotations

from dataclasses import dataclass

FENCE = "```"


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of text, code or not."""

    text: str
    code: bool


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, the items of a list, or the lines of a listing."""

    kind: str  # "p", "ul" or "pre"
    lines: tuple[tuple[Run, ...], ...]


def blocks(text: str) -> tuple[Block, ...]:
    """A rule's text has paragraphs, lists and listings."""
    found: list[Block] = []
    pending: list[str] = []
    listing: list[str] | None = None
    for line in (*text.splitlines(), ""):
        if line.strip().startswith(FENCE):
            if listing is None:
                found.extend(_flowing(pending))
                pending, listing = [], []
            else:
                found.append(_listing(listing))
                listing = None
        elif listing is not None:
            listing.append(line)
        elif line.strip():
            pending.append(line.strip())
        else:
            found.extend(_flowing(pending))
            pending = []
    if listing:
        found.append(_listing(listing))
    return tuple(found)


def runs(text: str) -> tuple[Run, ...]:
    """Code stands between backticks; a lone backtick is itself."""
    parts = text.split("`")
    if len(parts) % 2 == 0:
        parts[-2:] = ["`".join(parts[-2:])]
    return tuple(Run(part, bool(i % 2)) for i, part in enumerate(parts) if part)


def plain(text: str) -> str:
    """The same text without its signs."""
    return "".join(run.text for run in runs(text))


def _flowing(lines: list[str]) -> list[Block]:
    """Lines without an empty one between them: a paragraph, then perhaps a list."""
    paragraph: list[str] = []
    items: list[str] = []
    for line in lines:
        if line.startswith(("- ", "* ")):
            items.append(line[2:].strip())
        elif items:
            items[-1] += " " + line
        else:
            paragraph.append(line)
    found = [Block("p", (runs(" ".join(paragraph)),))] if paragraph else []
    return [*found, Block("ul", tuple(runs(item) for item in items))] if items else found


def _listing(lines: list[str]) -> Block:
    return Block("pre", tuple((Run(line, True),) for line in lines))
