"""What a format made of the sample last time. Run with UPDATE_GOLDEN=1 to write it anew, then read the difference."""

from __future__ import annotations

import os
from pathlib import Path

GOLDEN = Path(__file__).with_name("golden")
EVIL = (
    "\"q\",'a'\r\n;\t=cmd|' /C calc'!A0 ]]> <![CDATA[ <!-- & &lt; {0} {x} [t](http://e.example) \x00\x1b[2J\x07\x85"
    "\u202e\u2028\ud800\ufffe\U000f0000 `x` \\ \\n %25 ##[error]b \n::set-output name=a::b\n::stop-commands::c\n"
)


def is_as_it_was(name: str, octets: bytes) -> bool:
    path = GOLDEN / name
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_bytes(octets)
    return path.read_bytes() == octets


def commands(octets: bytes) -> list[str]:
    """Lines that GitHub Actions takes for commands (`::` behind blanks, `##[` anywhere)."""
    lines = octets.decode().splitlines()
    return [line for line in lines if line.lstrip().startswith("::") or "##[" in line]
