"""Compliance end to end on the lab: `run --profile`, `comply` on report and evidence, attestations and waivers."""

from __future__ import annotations

import json
import re
import shutil
import socket
from pathlib import Path
from typing import Any, NoReturn

import pytest

from audit import contract
from audit.catalog.compliance import compliance_names
from audit.lab.lab import Lab
from audit.model.compliance_report import ComplianceReport
from audit.pipeline.digests import DIGESTS, digest_in, manifest_of
from tests.cli.command import NOW, Done, beside, lab_options, mxaudit

LIST = b"good.example unit=shop\nnoptr.example unit=ops\nnullmx.example\nbad..example\n"
TLS_OUT = "bulk-google/G-ALL-3"
ATTESTED = """
[[attestations]]
controls = ["bulk-google/G-ALL-3"]
statement = "All our servers try STARTTLS."
owner = "Mail <b>team</b>"
evidence = "https://wiki.example/tls?a=1&b=2"
date = 2026-11-01
expires = {expires}
units = ["shop"]
"""
WAIVED = """
[[waivers]]
rule = "PTR-MISSING"
reason = "The provider renumbers."
owner = "Ops"
expires = 2027-01-31
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory of a run with --profile, beside the files that went in."""
    place = tmp_path_factory.mktemp("comply")
    (place / "list.txt").write_bytes(LIST)
    (place / "a.toml").write_text(ATTESTED.format(expires="2026-12-31"))
    (place / "old.toml").write_text(ATTESTED.format(expires="2026-11-23"))
    (place / "w.toml").write_text(WAIVED)
    with beside(Lab(NOW)) as lab:
        options = lab_options(lab, place / "ca.pem")
        words = ("--profile", "bulk-google,uk-government", "--attestations", place / "a.toml")
        done = mxaudit("run", place / "list.txt", "--out-dir", place / "run", *words, *options)
    assert done.out == b""
    assert f"Compliance: {place / 'run' / 'compliance.html'}" in done.err
    assert f"Digest of evidence and reports: sha256:{digest_in(place / 'run')}" in done.err
    return place / "run"


def comply(place: Path, *words: str | Path, profile: str = "bulk-google") -> tuple[Done, ComplianceReport]:
    """What `comply` writes as JSON, held to its schema."""
    done = mxaudit("comply", place, "--profile", profile, "-o", "json=-", *words)
    assert done.code in (0, 1, 3), done
    contract.check("compliance", done.out)
    return done, contract.load(done.out, ComplianceReport)


def state(report: ComplianceReport, domain: str, control: str, profile: int = 0) -> str:
    (standing,) = (d for d in report.profiles[profile].domains if d.domain == domain)
    if control in standing.met:
        return "met"
    if control in standing.not_applicable:
        return "not_applicable"
    return str(next(each.state for each in standing.others if each.control == control))


def test_a_run_writes_the_compliance_report_beside_the_others(run: Path) -> None:
    names = {"evidence.jsonl", "hosts.jsonl", "report.json", "index.html", "digests.json"}
    assert {p.name for p in run.iterdir()} == names | {"compliance.json", "compliance.html"}
    assert mxaudit("validate", run / "compliance.json").code == 0
    found = contract.load((run / "compliance.json").read_bytes(), ComplianceReport)
    assert [profile.id for profile in found.profiles] == ["bulk-google", "uk-government"]
    assert found.scope.judged_by == "baseline"
    assert found.scope.units == ("ops", "shop")
    assert found.unaudited == ("bad..example",)
    assert state(found, "good.example", "G-ALL-3") == "attested"
    assert state(found, "noptr.example", "G-ALL-3") == "needs_attestation"
    assert state(found, "noptr.example", "G-ALL-2") == "not_met"
    assert state(found, "good.example", "G-ALL-2") == "met"
    assert state(found, "nullmx.example", "G-ALL-2") == "not_applicable"


def test_what_a_run_wrote_is_unaltered_until_somebody_alters_it(run: Path, tmp_path: Path) -> None:
    kept = digest_in(run)
    assert mxaudit("verify-report", run, "--digest", kept).code == 0
    assert mxaudit("verify-report", run).code == 0
    copy = Path(shutil.copytree(run, tmp_path / "copy"))
    for name in ("compliance.json", "compliance.html"):
        text = (copy / name).read_bytes()
        (copy / name).write_bytes(text.replace(b"not", b"nor", 1))
        done = mxaudit("verify-report", copy, "--digest", kept)
        assert (done.code, name in done.out.decode()) == (1, True)
        (copy / name).write_bytes(text)


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        (
            "compliance.json",
            b'"state": "not_met"',
            b'"state": "attested"',
            "compliance.json is not what report.json gives.",
        ),
        (
            "compliance.json",
            b"Mail <b>team</b>",
            b"Mail <i>team</i>",
            "compliance.html is not what compliance.json gives.",
        ),
        ("compliance.html", b"not met", b"met not", "compliance.html is not what compliance.json gives."),
    ],
)
def test_digests_that_were_written_anew_hide_no_part_that_was_altered(
    run: Path, tmp_path: Path, name: str, old: bytes, new: bytes, said: str
) -> None:
    copy = Path(shutil.copytree(run, tmp_path / "copy"))
    text = (copy / name).read_bytes()
    assert old in text
    (copy / name).write_bytes(text.replace(old, new))
    names = [file["path"] for file in json.loads((copy / DIGESTS).read_bytes())["files"]]
    (copy / DIGESTS).write_bytes(contract.pretty(manifest_of({each: copy / each for each in names})))
    done = mxaudit("verify-report", copy)
    assert (done.code, said in " ".join(done.out.decode().split())) == (1, True)


def test_report_and_evidence_come_to_the_same_without_a_packet(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: Any, **__: Any) -> NoReturn:
        raise AssertionError("a socket was used")

    for name in ("connect", "connect_ex", "sendto", "sendmsg", "bind"):
        monkeypatch.setattr(socket.socket, name, refused, raising=False)
    (_, by_report), (_, by_evidence) = comply(run / "report.json"), comply(run)
    assert by_report.profiles == by_evidence.profiles
    assert by_report.scope.digests.evidence is None
    assert by_evidence.scope.digests.whole == digest_in(run)
    assert re.fullmatch("[0-9a-f]{64}", by_evidence.scope.digests.evidence or "")


def test_an_attestation_that_has_expired_counts_for_nothing_and_is_named(run: Path) -> None:
    _, live = comply(run / "report.json", "--attestations", run.parent / "a.toml")
    assert [use.assessments for use in live.attestations] == [1]
    _, found = comply(run / "report.json", "--attestations", run.parent / "old.toml")
    assert [(use.assessments, str(use.attestation.state)) for use in found.attestations] == [(0, "expired")]
    assert state(found, "good.example", "G-ALL-3") == "needs_attestation"
    words = ("--profile", "bulk-google", "--attestations", run.parent / "old.toml")
    told = " ".join(mxaudit("comply", run / "report.json", *words).out.decode().split())
    assert "Attestation by Mail <b>team</b> on bulk-google/G-ALL-3, until 2026-11-23: it has expired." in told


def test_a_waived_failure_is_not_met_all_the_same(run: Path) -> None:
    done, found = comply(run / "report.json", "--waivers", run.parent / "w.toml")
    assert done.code == 1
    assert state(found, "noptr.example", "G-ALL-2") == "not_met"
    (standing,) = (d for d in found.profiles[0].domains if d.domain == "noptr.example")
    (each,) = (a for a in standing.others if a.control == "G-ALL-2")
    assert [f.waived_by for f in each.findings] == ["Ops"]
    assert any("waived by Ops until 2027-01-31" in sentence for sentence in each.because)
    assert [use.findings for use in found.waivers] == [1]


def test_figures_are_by_control_and_by_unit(run: Path) -> None:
    _, found = comply(run / "report.json")
    (of_all,) = (c for c in found.profiles[0].fleet.controls if c.control == "G-ALL-2")
    assert (of_all.met, of_all.not_met, of_all.not_applicable) == (1, 1, 1)
    by_unit = {c.unit: (c.met, c.not_met) for c in found.profiles[0].fleet.units if c.control == "G-ALL-2"}
    assert by_unit == {"ops": (0, 1), "shop": (1, 0)}


def test_evidence_is_judged_by_a_profile_of_ones_own_that_is_younger(run: Path, tmp_path: Path) -> None:
    shipped = Path(__file__).parents[2] / "audit" / "catalog" / "compliance" / "bulk-google.toml"
    own = tmp_path / "ours.toml"
    own.write_text(shipped.read_text().replace('id = "bulk-google"', 'id = "ours"').replace("2026-11-24", "2027-05-01"))
    _, found = comply(run, profile=str(own))
    assert [(p.id, p.checked) for p in found.profiles] == [("ours", "2027-05-01")]
    assert state(found, "noptr.example", "G-ALL-2") == "not_met"


def test_the_page_escapes_what_people_and_the_world_say(run: Path) -> None:
    page = (run / "compliance.html").read_text()
    assert "Mail &lt;b&gt;team&lt;/b&gt;" in page
    assert 'href="https://wiki.example/tls?a=1&amp;b=2"' in page
    assert "<script" not in page
    assert "default-src 'none'" in page


def test_nothing_that_is_written_says_the_word(run: Path) -> None:
    for name in ("compliance.json", "compliance.html"):
        assert "compliant" not in (run / name).read_text().lower()
    assert "compliant" not in mxaudit("comply", run, "--profile", ",".join(compliance_names())).out.decode().lower()


def test_each_format_goes_where_it_is_wanted(run: Path, tmp_path: Path) -> None:
    words = [f"{kind}={tmp_path / kind}" for kind in ("json", "html", "text")]
    done = mxaudit("comply", run, "--profile", "m3aawg", *(w for word in words for w in ("-o", word)))
    assert done.out == b""
    assert json.loads((tmp_path / "json").read_bytes())["profiles"][0]["id"] == "m3aawg"
    assert (tmp_path / "html").read_bytes().startswith(b"<!doctype html>")
    assert max(map(len, (tmp_path / "text").read_text().splitlines())) <= 100


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--profile", "bulk-goggle"), "There is no compliance profile “bulk-goggle”. Did you mean bulk-google?"),
        (("--profile", "baseline"), "baseline is a profile of rules; those of compliance are "),
        (("--profile", "bulk-google", "-o", "csv=-"), "There is no format “csv”."),
        (("--profile", "bulk-google", "-o", "json"), "-o takes FORMAT=PATH"),
        (("--profile", "bulk-google", "-o", "json=-", "-o", "html=-"), "Only one format can go to standard output."),
        (("--profile", "nowhere.toml"), "nowhere.toml cannot be read: No such file or directory."),
        (("--profile", ",".join(compliance_names()), "--attestations", "LIST"), "list.txt:1:"),
    ],
)
def test_what_cannot_be_understood_is_refused(run: Path, words: tuple[str, ...], said: str) -> None:
    given = [str(run.parent / "list.txt") if word == "LIST" else word for word in words]
    done = mxaudit("comply", run / "report.json", *given)
    assert done.code == 2
    assert said in done.err


@pytest.mark.parametrize(
    ("profile", "said"),
    [
        ("baseline,migration", "--profile takes one profile of rules, and baseline and migration are two."),
        ("bulk-gogle", "There is no profile 'bulk-gogle': did you mean 'bulk-google'?"),
    ],
)
def test_a_run_refuses_before_it_asks(tmp_path: Path, profile: str, said: str) -> None:
    (tmp_path / "l.txt").write_text("a.example\n")
    done = mxaudit("run", tmp_path / "l.txt", "--out-dir", tmp_path / "out", "--profile", profile)
    assert (done.code, said in done.err) == (2, True), done.err
    assert not (tmp_path / "out").exists()
