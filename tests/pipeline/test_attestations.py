"""The file of attestations: what it says, and what is wrong with it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from audit.model.attestation import Attestation, AttestationState
from audit.pipeline.attestations import on_day, read_attestations
from audit.pipeline.handwritten import HandwrittenError

CONTROLS = ("bulk/align", "bulk/spam-rate", "gov/tls-out")
HEAD = "[[attestations]]\n"
FIELDS = {
    "controls": '["bulk/align"]',
    "statement": '"All senders sign with the From domain."',
    "owner": '"Mail team"',
    "evidence": '"https://wiki.example/align?a=1#b"',
    "date": "2026-01-31",
    "expires": '"2026-12-31"',
}


def entry(**changed: str) -> str:
    """An entry; what is empty is left out."""
    return HEAD + "".join(f"{key} = {value}\n" for key, value in (FIELDS | changed).items() if value)


def read(tmp_path: Path, text: str) -> tuple[Attestation, ...]:
    file = tmp_path / "a.toml"
    file.write_text(text)
    return read_attestations(file, CONTROLS)


def test_an_entry_is_read_as_it_is_written(tmp_path: Path) -> None:
    (found,) = read(tmp_path, entry(domains='["*.example.org", "example.net"]', units='["Sales*"]'))
    assert found == Attestation(
        controls=("bulk/align",),
        domains=("*.example.org", "example.net"),
        units=("Sales*",),
        statement="All senders sign with the From domain.",
        owner="Mail team",
        evidence="https://wiki.example/align?a=1#b",
        date="2026-01-31",
        expires="2026-12-31",
        state=AttestationState.LIVE,
    )


@pytest.mark.parametrize("text", ["", "# nothing\n", "attestations = []\n"])
def test_a_file_may_hold_none(tmp_path: Path, text: str) -> None:
    assert read(tmp_path, text) == ()


def test_entries_keep_their_order(tmp_path: Path) -> None:
    text = entry() + entry(controls='["gov/tls-out", "bulk/spam-rate"]')
    assert [each.controls for each in read(tmp_path, text)] == [("bulk/align",), ("gov/tls-out", "bulk/spam-rate")]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        *((entry(**{key: ""}), f"1:1: “{key}” is missing") for key in FIELDS),
        (entry(controls='["bulk/aling"]'), "2:1: there is no control bulk/aling. Did you mean bulk/align?"),
        (entry(controls='["bulk/zzzzzzzzzz"]'), "2:1: there is no control bulk/zzzzzzzzzz. bulk has align, spam-rate."),
        (entry(controls='["qqqqqqqqqqqqqq/1"]'), "There are the profiles bulk, gov."),
        (entry(controls='["align"]'), "2:1: controls cannot be “align”. A control, as profile/control."),
        (entry(controls="[]"), "2:1: controls cannot be []."),
        (entry(controls='["bulk/align", "bulk/align"]'), "2:1: controls cannot be"),
        (entry(statement='"  "'), "3:1: “statement” is empty: say what is attested."),
        (entry(owner='" "'), "4:1: “owner” is empty: say who answers for it."),
        (entry(evidence='"javascript:alert(1)"'), "5:1: evidence cannot be “javascript:alert(1)”. A link to what"),
        (entry(evidence='"https://a b"'), "5:1: evidence cannot be “https://a b”."),
        (entry(evidence='"https://a\\n"'), "5:1: evidence cannot be"),
        (entry(evidence='"https://a/\\">x"'), "5:1: evidence cannot be"),
        (entry(date='"2026-02-30"'), "6:1: 2026-02-30 is no day of the calendar."),
        (entry(expires="31-12-2026"), "7:13: expected newline or end of document"),
        (entry(expires='"31.12.2026"'), "7:1: expires cannot be “31.12.2026”. The last day on which it holds"),
        (entry(expires="2026-01-30"), "7:1: it ends on 2026-01-30, before its date."),
        (entry(owners='"x"'), "8:1: there is no key “owners”. Did you mean owner?"),
        (entry(units='[""]'), "8:1: units cannot be “”. A unit of the list."),
        (entry(domains="[]"), "8:1: domains cannot be []."),
        ("[[attestation]]\n", "1:1: there is no key “attestation”. Did you mean attestations?"),
        ("[attestations]\nx = 1\n", "1:1: attestations cannot be"),
        ("a = " + "[" * 5000, "1:1: this is nested too deeply"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(HandwrittenError) as caught:
        read(tmp_path, text)
    assert f"a.toml:{said}" in str(caught.value) or said in str(caught.value)


@pytest.mark.parametrize(("day", "state"), [("2026-12-30", "live"), ("2026-12-31", "live"), ("2027-01-01", "expired")])
def test_one_holds_to_the_end_of_its_last_day(tmp_path: Path, day: str, state: str) -> None:
    (found,) = on_day(read(tmp_path, entry()), date.fromisoformat(day))
    assert found.state == state


def test_a_file_that_is_too_large_is_refused(tmp_path: Path) -> None:
    with pytest.raises(HandwrittenError, match="larger than 4 MiB"):
        read(tmp_path, "#" * (4 * 1024 * 1024 + 1))
