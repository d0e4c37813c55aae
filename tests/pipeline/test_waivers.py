"""The file of waivers: what it says, and what is wrong with it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from audit.model.report import Waiver
from audit.pipeline.handwritten import HandwrittenError
from audit.pipeline.waivers import add_waiver, is_day, read_waivers

WHOLE = Waiver(
    rule="PTR-MISSING",
    domain="*.example.org",
    subject="192.0.2.?",
    reason='A "test" machine\\: né\x7f',
    owner="Ops",
    expires="2026-12-31",
    expired=False,
)
BARE = Waiver(rule="SPF-LOOKUPS", domain=None, subject=None, reason="known", owner=None, expires=None, expired=False)
ENTRY = '[[waivers]]\nrule = "SPF-LOOKUPS"\nreason = "known"\n'


@pytest.mark.parametrize("waiver", [WHOLE, BARE])
def test_what_is_written_is_read_again(tmp_path: Path, waiver: Waiver) -> None:
    file = tmp_path / "w.toml"
    add_waiver(file, waiver)
    assert read_waivers(file) == (waiver,)


def test_an_entry_is_added_and_all_else_stays(tmp_path: Path) -> None:
    file = tmp_path / "w.toml"
    before = "# ours\n\n[[waivers]] # first\nreason = 'x' # why\nrule = \"PTR-MISSING\"\nexpires = 2020-01-01\n# end"
    file.write_text(before)
    add_waiver(file, BARE)
    assert file.read_text() == f"{before}\n\n{ENTRY}"
    assert [w.rule for w in read_waivers(file)] == ["PTR-MISSING", "SPF-LOOKUPS"]
    assert [p.name for p in tmp_path.iterdir()] == ["w.toml"]


def test_a_link_stays_one(tmp_path: Path) -> None:
    file, link = tmp_path / "w.toml", tmp_path / "link.toml"
    file.write_text("")
    link.symlink_to(file)
    add_waiver(link, BARE)
    assert link.is_symlink()
    assert read_waivers(file) == (BARE,)


@pytest.mark.parametrize(
    ("before", "said"),
    [
        (
            "waivers = []\n",
            "w.toml:3:10: an entry [[waivers]] cannot stand at the end of this: cannot mutate",
        ),
        ("waivers = \n", "w.toml:1:11: invalid value."),
        (f"\n{ENTRY}", "w.toml:2:1: SPF-LOOKUPS is waived here for the same: change this entry."),
        ("[other]\n", "there is no key “other”"),
    ],
)
def test_nothing_is_written_that_could_not_be_read(tmp_path: Path, before: str, said: str) -> None:
    file = tmp_path / "w.toml"
    file.write_text(before)
    with pytest.raises(HandwrittenError) as caught:
        add_waiver(file, BARE)
    assert said in str(caught.value)
    assert file.read_text() == before


def test_a_second_one_about_something_else_is_no_repetition(tmp_path: Path) -> None:
    file = tmp_path / "w.toml"
    for waiver in (BARE, replace(BARE, domain="example.org"), replace(BARE, subject="example.org")):
        add_waiver(file, waiver)
    assert len(read_waivers(file)) == 3


@pytest.mark.parametrize("text", ["", "# nothing\n", "waivers = []\n"])
def test_a_file_may_hold_none(tmp_path: Path, text: str) -> None:
    file = tmp_path / "w.toml"
    file.write_text(text)
    assert read_waivers(file) == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[[waivers]]\nrule = "A-B"\n', "1:1: “reason” is missing: a sentence: why the failure is accepted."),
        ('[[waivers]]\nreason = "x"\n', "1:1: “rule” is missing"),
        ('[[waivers]]\nrule = "PTR-MISSING"\nreason = ""\n', "3:1: reason cannot be “”."),
        ('[[waivers]]\nrule = "PTR-MISSING"\n  reason = " "\n', "3:3: “reason” is empty: say why"),
        (
            '[[waivers]]\nrule = "PTR-MISING"\nreason = "x"\n',
            "2:1: there is no rule PTR-MISING. Did you mean PTR-MI",
        ),
        (
            '[[waivers]]\nrule = "ptr"\nreason = "x"\n',
            "2:1: rule cannot be “ptr”. The id of the rule, such as",
        ),
        (f"{ENTRY}expires = 31-12-2026\n", "4:13: expected newline or end of document"),
        (f'{ENTRY}expires = "31.12.2026"\n', "4:1: expires cannot be “31.12.2026”. The last day on which it holds"),
        (f'{ENTRY}expires = "2026-02-30"\n', "4:1: 2026-02-30 is no day of the calendar."),
        (f"{ENTRY}expires = 2026-02-30\n", "4:"),
        (f"{ENTRY}expires = 2026-12-31T00:00:00\n", "4:1: expires cannot be “2026-12-31T00:00:00”."),
        (f"{ENTRY}reasn = 1\n", "4:1: there is no key “reasn”. Did you mean reason?"),
        (f"{ENTRY}owner = 1\n", "4:1: owner cannot be 1. Who answers for it."),
        (f"{ENTRY}owner = [true]\n", "4:1: owner cannot be [True]."),
        ('[[waiver]]\nrule = "A"\n', "1:1: there is no key “waiver”. Did you mean waivers?"),
        ('[waivers]\nrule = "A"\n', "1:1: waivers cannot be"),
        ("waivers = 1\n", "1:1: waivers cannot be 1. The waivers, in any order."),
        ('waivers = [{ rule = "A-B" }]\n', "1:1: “reason” is missing"),
        ("a = " + "[" * 5000, "1:1: this is nested too deeply"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "w.toml"
    file.write_text(text)
    with pytest.raises(HandwrittenError) as caught:
        read_waivers(file)
    assert f"{file}:{said}" in str(caught.value)


def test_all_that_is_wrong_is_told_at_once_up_to_a_limit(tmp_path: Path) -> None:
    file = tmp_path / "w.toml"
    file.write_text('[[waivers]]\nrule = "NO-SUCH"\nreason = "x"\n' * 25)
    with pytest.raises(HandwrittenError) as caught:
        read_waivers(file)
    lines = str(caught.value).splitlines()
    assert len(lines) == 21
    assert lines[0].startswith(f"{file}:2:1: ")
    assert lines[-1] == "… and 5 more"


def test_nothing_of_a_file_can_hide_or_make_lines(tmp_path: Path) -> None:
    file = tmp_path / "w.toml"
    file.write_text('"a\\nb\\u001b[2J" = 1\n')
    with pytest.raises(HandwrittenError) as caught:
        read_waivers(file)
    assert str(caught.value).isprintable()


def test_a_file_that_is_not_there_or_too_long(tmp_path: Path) -> None:
    with pytest.raises(HandwrittenError, match="cannot be read: No such file"):
        read_waivers(tmp_path / "none.toml")
    (tmp_path / "long.toml").write_bytes(b"#" * (4 * 1024 * 1024 + 1))
    with pytest.raises(HandwrittenError, match="is larger than 4 MiB"):
        read_waivers(tmp_path / "long.toml")


@pytest.mark.parametrize(
    ("text", "day"),
    [("2026-12-31", True), ("2026-02-30", False), ("20261231", False), ("2026-W01-1", False), ("", False)],
)
def test_a_day(text: str, day: bool) -> None:
    assert is_day(text) is day
