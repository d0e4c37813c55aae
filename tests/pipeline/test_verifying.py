"""What was altered in the files of a run is found and named; what agrees without a digest is vouched for by nobody."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from audit import contract
from audit.model.evidence import RunEnd
from audit.pipeline import rejudging
from audit.pipeline.digests import DIGESTS, digest_in, manifest_of
from audit.pipeline.flow import Output, publish
from audit.pipeline.journal import Journal
from audit.pipeline.verifying import Outcome, Verified, verify, wanted
from tests.cli.command import mxaudit
from tests.pipeline.test_judging import HEAD, domain, row
from tests.records import VISITED

NAMES = ("evidence.jsonl", "hosts.jsonl", "index.html", "report.csv", "report.json")
ALL = (*NAMES, DIGESTS)
KINDS = {"json": "report.json", "html": "index.html", "csv": "report.csv"}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory of a run: two domains, a line that is none, a session."""
    directory = tmp_path_factory.mktemp("run")
    with Journal(directory) as journal:
        journal.write(HEAD)
        journal.write(domain("one.example", 1), (VISITED,))
        journal.write(domain("two.example", 2))
        journal.write(row(3))
        journal.write(RunEnd(rows=3, done=3, outcome="complete"))
    publish(directory, [Output(kind, directory / name) for kind, name in KINDS.items()], told=directory)
    return directory


@pytest.fixture
def run(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "run"))


def rewrite(run: Path) -> None:
    """Write all digests anew, as somebody may who alters a file."""
    names = [file["path"] for file in json.loads((run / DIGESTS).read_bytes())["files"]]
    (run / DIGESTS).write_bytes(contract.pretty(manifest_of({name: run / name for name in names})))


def reseal(run: Path, old: bytes, new: bytes) -> None:
    """Alter evidence, and give each line the checksum that it then has."""
    path = run / "evidence.jsonl"
    lines = []
    for line in path.read_bytes().splitlines():
        value = json.loads(line.replace(old, new))
        del value["crc"]
        lines.append(contract.line(value))
    path.write_bytes(b"".join(lines))


def test_what_is_as_it_was_written_is_unaltered(run: Path) -> None:
    found = verify(run, digest_in(run))
    assert found == Verified(
        Outcome.UNALTERED, (), (f"{len(NAMES)} files held to their digests in {DIGESTS}",), (), digest_in(run)
    )


def test_without_a_digest_it_is_consistent(run: Path) -> None:
    found = verify(run, None)
    assert (found.outcome, found.altered, found.unchecked) == (Outcome.CONSISTENT, (), ())
    assert found.held == (
        f"{len(NAMES)} files held to their digests in {DIGESTS}",
        "evidence.jsonl judged again: it gives report.json",
        "index.html rendered again: it is what report.json gives",
    )


def test_the_digest_can_be_had_without_us(run: Path) -> None:
    told = subprocess.run(["sha256sum", *NAMES], cwd=run, capture_output=True, check=True).stdout
    whole = subprocess.run(["sha256sum"], input=told, capture_output=True, check=True).stdout
    assert whole.split()[0].decode() == digest_in(run)


@pytest.mark.parametrize("digest", ["given", None])
@pytest.mark.parametrize("name", ALL)
def test_an_octet_that_was_altered_anywhere_is_found(made: Path, run: Path, name: str, digest: str | None) -> None:
    kept = digest_in(made) if digest else None
    text = (run / name).read_bytes()
    places = sorted({0, 1, len(text) // 2, len(text) - 2, len(text) - 1, *range(7, len(text), max(len(text) // 4, 1))})
    for at in places:
        (run / name).write_bytes(text[:at] + bytes([text[at] ^ 1]) + text[at + 1 :])
        found = verify(run, kept)
        assert found.outcome is Outcome.ALTERED, at
        assert any(name in sentence for sentence in found.altered), at


@pytest.mark.parametrize("change", [lambda text: text[:-1], lambda text: text + b"\n", lambda text: b""])
@pytest.mark.parametrize("name", ALL)
def test_an_octet_more_or_less_is_found(run: Path, name: str, change: Callable[[bytes], bytes]) -> None:
    kept = digest_in(run)
    (run / name).write_bytes(change((run / name).read_bytes()))
    assert verify(run, kept).outcome is verify(run, None).outcome is Outcome.ALTERED


@pytest.mark.parametrize("name", NAMES)
def test_a_file_that_is_gone_is_named(run: Path, name: str) -> None:
    (run / name).unlink()
    assert f"{name} is missing." in verify(run, None).altered


def test_the_record_whose_checksum_does_not_fit_is_named(run: Path) -> None:
    path = run / "evidence.jsonl"
    path.write_bytes(path.read_bytes().replace(b"two.example", b"tvo.example"))
    found = verify(run, None)
    assert [s.partition(":")[0] for s in found.altered[:2]] == ["evidence.jsonl was altered", "evidence.jsonl, line 3"]
    assert "was damaged or changed" in found.altered[1]


def test_a_report_that_the_evidence_does_not_give_names_the_domain(run: Path) -> None:
    path = run / "report.json"
    path.write_bytes(path.read_bytes().replace(b'"high"', b'"info"'))
    rewrite(run)
    found = verify(run, None)
    assert found.outcome is Outcome.ALTERED
    assert "report.json is not what the evidence gives: one.example (line 1) differs." in found.altered
    assert "index.html is not what report.json gives." in found.altered


def test_evidence_that_was_written_anew_gives_another_report(run: Path) -> None:
    reseal(run, b"v=spf1 ~all", b"v=spf1 +all")
    rewrite(run)
    assert "report.json is not what the evidence gives: one.example (line 1) differs." in verify(run, None).altered


def test_who_writes_all_anew_is_found_by_the_digest_alone(run: Path) -> None:
    kept = digest_in(run)
    reseal(run, b"v=spf1 ~all", b"v=spf1 +all")
    publish(run, [Output(kind, run / name) for kind, name in KINDS.items()], told=run)
    assert verify(run, None).outcome is Outcome.CONSISTENT
    found = verify(run, kept)
    assert found.outcome is Outcome.ALTERED
    assert found.altered[0].startswith(f"{DIGESTS} was written anew: its files have the digest sha256:")


def test_another_version_judged_it(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rejudging, "__version__", "99.0")
    found = verify(run, None)
    assert found.outcome is Outcome.CONSISTENT
    assert "and this is 99.0: whether the evidence gives it, only that version can tell." in found.unchecked[0]


def test_without_digests_nothing_is_called_consistent(run: Path) -> None:
    (run / DIGESTS).unlink()
    found = verify(run, "0" * 64)
    assert (found.outcome, found.altered) == (Outcome.UNCHECKED, ())
    assert found.held == ("evidence.jsonl judged again: it gives report.json",)
    assert found.unchecked == (
        "There is no digests.json, which holds the digests of the files.",
        f"The digest that was kept, sha256:{'0' * 64}, cannot be compared.",
    )


def test_without_digests_what_is_broken_is_still_told(run: Path) -> None:
    (run / DIGESTS).unlink()
    path = run / "hosts.jsonl"
    path.write_bytes(path.read_bytes().replace(b'"port":25', b'"port":26', 1))
    assert verify(run, None).outcome is Outcome.ALTERED


def test_what_no_digest_covers_is_named(run: Path) -> None:
    (run / "notes.txt").touch()
    assert verify(run, digest_in(run)).unchecked == ("notes.txt stands in the directory, and no digest covers it.",)


@pytest.mark.parametrize("path", ["../x", "/etc/passwd", "a/../b", "a//b", "./a", "a\nb", "a\\b", DIGESTS])
def test_digests_that_name_what_we_would_not_are_refused(run: Path, path: str) -> None:
    manifest = json.loads((run / DIGESTS).read_bytes())
    manifest["files"][0]["path"] = path
    (run / DIGESTS).write_text(json.dumps(manifest))
    (sentence, *_) = verify(run, None).altered
    assert sentence.startswith(f"{DIGESTS} is not as it was written: ")


@pytest.mark.parametrize(
    ("text", "digest"),
    [("a" * 64, "a" * 64), ("sha256:" + "A1" * 32, "a1" * 32), ("a" * 63, None), ("x" * 64, None), ("", None)],
)
def test_a_digest_is_taken_as_it_is_printed(text: str, digest: str | None) -> None:
    assert wanted(text) == digest


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("--digest", "KEPT"), 0, "unaltered"),
        ((), 0, "consistent, not authenticated"),
        (("--digest", "0" * 64), 1, "altered:"),
    ],
)
def test_the_command_says_so(made: Path, arguments: tuple[str, ...], code: int, said: str) -> None:
    done = mxaudit("verify-report", made, *(a.replace("KEPT", f"sha256:{digest_in(made)}") for a in arguments))
    assert (done.code, done.err) == (code, "")
    assert done.out.decode().startswith(f"{made}: {said}")
    assert ("Digest" in done.out.decode()) is True


def test_a_digest_that_is_none_is_refused(made: Path) -> None:
    done = mxaudit("verify-report", made, "--digest", "abc")
    assert done.code == 2
    assert "--digest takes 64 hexadecimal digits" in done.err
