"""What each format makes of each sample is accepted by others' parsers; and each of these refuses what is damaged."""

from __future__ import annotations

import pytest

from audit.model.report import RunReport
from audit.report import FORMATS
from tests.report.golden import EVIL
from tests.report.sample import REPORTS, SAMPLE, poisoned
from tests.report.validators import VALIDATORS

DAMAGE: tuple[tuple[str, bytes, bytes], ...] = (
    ("json", b'"state": "bad"', b'"state": "worse"'),
    ("jsonl", b'"status":"audited"', b'"status":"audit"'),
    ("html", b"</main>", b""),
    ("html", b"</style>", b" </style>"),
    ("html", b'href="#d1"', b'href="#d1000"'),
    ("csv", b'","', b'",'),
    ("csv", b'"fail"', b'"=1+1"'),
    ("md", b"\n### Findings", b"\n<b>x</b>\n"),
    ("md", b"\n### Findings", b"\n[x](http://e.example)\n"),
    ("text", b"good.example\n", b"\x1b[1mgood.example\n"),
    ("sarif", b'"level":"error"', b'"level":"grave"'),
    ("junit", b"</testsuites>", b""),
    ("prometheus", b"mxaudit_", b'mxaudit_x{domain="} '),
    ("github", b"::", b" "),
)


@pytest.mark.parametrize("name", ["html", "csv", "md", "sarif", "junit", "github"])
def test_whatever_the_world_says_each_format_is_accepted(name: str) -> None:
    report = poisoned(SAMPLE, EVIL)
    VALIDATORS[name](FORMATS[name](report), report)


def accepted(name: str, octets: bytes) -> bool:
    try:
        VALIDATORS[name](octets, SAMPLE)
    except Exception:  # noqa: BLE001 -- each parser has errors of its own
        return False
    return True


def test_each_format_has_one() -> None:
    assert set(VALIDATORS) == set(FORMATS)


@pytest.mark.parametrize("report", REPORTS.values(), ids=REPORTS)
@pytest.mark.parametrize("name", FORMATS)
def test_each_format_is_accepted(name: str, report: RunReport) -> None:
    VALIDATORS[name](FORMATS[name](report), report)


@pytest.mark.parametrize(("name", "whole", "damaged"), DAMAGE)
def test_what_is_damaged_is_refused(name: str, whole: bytes, damaged: bytes) -> None:
    octets = FORMATS[name](SAMPLE)
    assert whole in octets
    assert accepted(name, octets)
    assert not accepted(name, octets.replace(whole, damaged, 1))
