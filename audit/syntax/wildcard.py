"""Patterns of names as a shell has them: `*` stands for any characters, `?` for one; all else for itself.

Brackets mean nothing, since addresses and labels have them. Letters are compared without case. The time is bounded by
the product of both lengths, however many stars there are: a regular expression would go back and forth between them.
"""

from __future__ import annotations


def matches(pattern: str, name: str) -> bool:
    """Whether a pattern takes in a name."""
    pattern, name = pattern.casefold(), name.casefold()
    at = star = 0
    after = -1  # where the pattern goes on behind its last star
    place = 0
    while place < len(name):
        if at < len(pattern) and pattern[at] == "*":
            at += 1
            after, star = at, place
        elif at < len(pattern) and pattern[at] in ("?", name[place]):
            at += 1
            place += 1
        elif after >= 0:  # the last star takes one more
            star += 1
            at, place = after, star
        else:
            return False
    return not pattern[at:].strip("*")
