"""A report read again: domain by domain where it has the form in which it was written, and not where it has another."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from audit.model.report import RunReport
from audit.pipeline.rereading import ReportError, Reread, by_domains
from audit.report import FORMATS, STREAMS
from tests.report import large
from tests.report.sample import SAMPLE

WRITTEN = FORMATS["json"](SAMPLE)
MOST, FEW, MANY = 12.0, 500, 3000  # MiB, domains
RENDER = """
import re, sys
from pathlib import Path
from audit.cli import main
sys.argv[1:] = ["render", sys.argv[1], "-o", f"csv={sys.argv[2]}"]
try:
    main()
finally:
    print(int(re.search(r"VmHWM:\\s+([0-9]+) kB", Path("/proc/self/status").read_text())[1]) / 1024)
"""


def reread(place: Path, text: bytes) -> RunReport | None:
    file = place / "report.json"
    file.write_bytes(text)
    return by_domains(file)


def test_what_was_written_comes_back_and_stays_on_disk(tmp_path: Path) -> None:
    found = reread(tmp_path, WRITTEN)
    assert found is not None
    assert isinstance(found.domains, Reread)
    assert tuple(found.domains) == tuple(SAMPLE.domains)
    assert tuple(found.domains) == tuple(found.domains)  # as often as somebody wants
    assert len(found.domains) == len(SAMPLE.domains)
    assert [g.domain for g in found.domains.glances()] == [d.domain for d in SAMPLE.domains]
    assert next(iter(SAMPLE.domains)) in found.domains


@pytest.mark.parametrize("format_", STREAMS)
def test_every_format_is_the_same_of_what_was_read_again(tmp_path: Path, format_: str) -> None:
    found = reread(tmp_path, WRITTEN)
    assert found is not None
    assert FORMATS[format_](found) == FORMATS[format_](SAMPLE)


def test_a_report_may_take_its_own_place(tmp_path: Path) -> None:
    found = reread(tmp_path, WRITTEN)
    assert found is not None
    (tmp_path / "new").write_bytes(b"{}")
    (tmp_path / "new").replace(tmp_path / "report.json")
    assert FORMATS["json"](found) == WRITTEN


OTHERS: dict[str, Callable[[bytes], bytes]] = {
    "compact": lambda text: json.dumps(json.loads(text)).encode(),
    "sorted": lambda text: json.dumps(json.loads(text), indent=1, sort_keys=True).encode(),
    "two blanks": lambda text: json.dumps(json.loads(text), indent=2).encode(),
    "line feeds of Windows": lambda text: text.replace(b"\n", b"\r\n"),
    "more behind it": lambda text: text + b"{}",
    "cut": lambda text: text[:-3],
    "cut in a domain": lambda text: text[: len(text) * 3 // 4],
    "no domain": lambda text: json.dumps({**json.loads(text), "domains": []}, indent=1).encode(),
    "another head": lambda text: text.replace(b'"insights"', b'"insight"', 1),
    "nothing": lambda _: b"",
}


@pytest.mark.parametrize("other", OTHERS.values(), ids=OTHERS)
def test_another_form_is_left_to_be_read_in_one_piece(tmp_path: Path, other: Callable[[bytes], bytes]) -> None:
    assert reread(tmp_path, other(WRITTEN)) is None


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'   "status": "audited"', b'   "status": "odd"'),
        (b'   "status": "audited"', b'   "status": audited'),
        (b'   "status": "audited"', b'   "more": 1, "status": "audited"'),
    ],
)
def test_a_domain_that_is_none_is_told_by_its_place(tmp_path: Path, old: bytes, new: bytes) -> None:
    assert old in WRITTEN
    with pytest.raises(ReportError, match=r"^/domains/\d: "):
        reread(tmp_path, WRITTEN.replace(old, new, 1))


def test_a_file_that_changes_meanwhile_is_no_report_any_more(tmp_path: Path) -> None:
    found = reread(tmp_path, WRITTEN)
    assert found is not None
    (tmp_path / "report.json").write_bytes(b" " * len(WRITTEN))
    with pytest.raises(ReportError, match="changed while it was read"):
        list(found.domains)


def test_what_a_stream_gives_once_is_left_to_be_read_in_one_piece() -> None:
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as cat:
        assert cat.stdin is not None
        assert cat.stdout is not None
        assert by_domains(Path(f"/proc/self/fd/{cat.stdout.fileno()}")) is None
        cat.stdin.close()


def resident(place: Path, rows: int) -> float:
    """The most that was resident while a report of so many domains was rendered, in MiB."""
    file = place / f"{rows}.json"
    with file.open("wb") as out:
        out.writelines(STREAMS["json"](large.report(rows)))
    done = subprocess.run(
        [sys.executable, "-c", RENDER, str(file), str(place / "out.csv")], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return float(done.stdout)


def test_rendering_a_longer_report_takes_no_more_memory(tmp_path: Path) -> None:
    few, many = resident(tmp_path, FEW), resident(tmp_path, MANY)
    assert many <= few + MOST, (few, many)
