"""A compliance profile of the user's own: what is read, and what is wrong with it, with line and column."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from audit.catalog import tables
from audit.model.compliance import Absent, Applies, Condition
from audit.model.report import Severity
from audit.pipeline.handwritten import HandwrittenError
from audit.pipeline.own_profile import read_own_profile, wrong
from audit.syntax.toml import Toml, parse

HEAD = """\
id = "ours"
title = "Our own"
publisher = "Example Corporation"
version = "7"
as_of = 2026-11-01
source = "intranet, policy 7"
checked = 2026-11-24
scope = "All our domains."
draft = false

[[controls]]
id = "O-1"
title = "SPF"
meaning = "SPF is there."
criticality = "required"
applies = "all"
source = "7.1"
"""
WAYS = """
[[controls.ways]]
conditions = [
  { rules = ["SPF-MISSING"], at = "medium", absent = "not_met" },
  { measure = "spf.all", at_least = "~" },
]
"""


def read(tmp_path: Path, text: str) -> str:
    """What is wrong with a file; empty where it is taken."""
    file = tmp_path / "ours.toml"
    file.write_text(text)
    try:
        read_own_profile(file)
    except HandwrittenError as error:
        return str(error).replace(f"{tmp_path}/", "")
    return ""


def test_a_profile_is_read(tmp_path: Path) -> None:
    file = tmp_path / "ours.toml"
    file.write_text(HEAD + WAYS)
    profile = read_own_profile(file)
    (control,) = profile.controls
    assert (profile.id, profile.as_of.isoformat(), control.applies) == ("ours", "2026-11-01", Applies.ALL)
    assert control.ways[0].conditions == (
        Condition(rules=("SPF-MISSING",), at=Severity.MEDIUM, absent=Absent.NOT_MET),
        Condition(measure="spf.all", at_least="~"),
    )
    assert profile.digest == hashlib.sha256((HEAD + WAYS).encode()).hexdigest()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            HEAD + WAYS.replace("SPF-MISSING", "SPF-MISING"),
            "20:1: there is no rule SPF-MISING. Did you mean SPF-MISSING?",
        ),
        (HEAD + WAYS.replace("spf.all", "spf.al"), "20:1: measure is one of spf.all"),
        (HEAD + WAYS.replace('"~"', '"!"'), "20:1: spf.all is one of missing, broken, +, ?, ~, -, not “!”."),
        (
            HEAD + WAYS.replace('at_least = "~"', 'contains = ["~"]'),
            "spf.all takes “values” or “at_least”, and just one.",
        ),
        (HEAD + WAYS.replace(', at_least = "~"', ""), "20:1: spf.all takes “values” or “at_least”, and just one."),
        (HEAD + WAYS.replace('at_least = "~"', 'at_least = "~", at = "low"'), "20:1: “at” is for rules."),
        (HEAD + WAYS.replace('at = "medium"', 'over = ["domain"]'), "20:1: “over” is for a measure."),
        (HEAD + WAYS.replace('"~" }', '"~", over = ["subdomains"] }'), "spf.all is the same for all names"),
        (HEAD + WAYS.replace('"spf.all", at_least = "~"', '"dkim.keys", at_least = "~"'), "dkim.keys is a number"),
        (HEAD + WAYS.replace('"spf.all", at_least = "~"', '"dmarc.rua", at_least = 1'), "dmarc.rua takes “contains”"),
        (HEAD + WAYS.replace('measure = "spf.all", at_least = "~"', ""), "20:1: conditions cannot be {}. Either rules"),
        (HEAD + WAYS + HEAD[HEAD.index("[[") :] + WAYS, "12:1: there are 2 controls O-1."),
        (HEAD + WAYS.replace("rules", "rule"), "20:1: there is no key “rule”. Did you mean rules?"),
        (HEAD.replace("2026-11-01", '"2026-02-30"') + WAYS, "5:1: 2026-02-30 is no day of the calendar."),
        (HEAD.replace('id = "ours"', 'id = "nz-sge"') + WAYS, "1:1: nz-sge is a profile that is shipped"),
        (HEAD.replace('"required"', '"must"') + WAYS, "15:1: criticality is one of required, recommended, informative"),
        (HEAD.replace('title = "SPF"\n', "") + WAYS, "11:1: “title” is missing: a few words."),
        (HEAD, "11:1: controls cannot be "),  # neither a way nor an attestation
        (HEAD + "ways = [", "18:9: invalid value."),
    ],
)
def test_what_is_wrong_is_told_with_its_place(tmp_path: Path, text: str, said: str) -> None:
    assert said in read(tmp_path, text)


@pytest.mark.parametrize("text", ["\x1b[31m", "\u202e", "x" * 3000])
def test_what_is_hostile_is_told_harmlessly(tmp_path: Path, text: str) -> None:
    told = read(tmp_path, HEAD + WAYS.replace("SPF-MISSING", text.replace("\x1b", "\\u001b")))
    assert told
    assert "\x1b" not in told
    assert "\u202e" not in told
    assert len(told) < 3000


def test_nothing_is_wrong_with_what_is_shipped() -> None:
    for file in tables.shipped().joinpath("compliance").iterdir():
        found = parse(file.read_bytes())
        assert isinstance(found, Toml)
        assert list(wrong(found)) == [], file.name
