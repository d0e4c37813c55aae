"""`mxaudit migrate rehearse`, on the lab's company: its first plan has four faults, and the mended one none of them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from audit import contract
from audit.lab.lab import Lab
from audit.lab.moving.company import DOMAIN, START, State, story
from audit.lab.moving.planted import MENDED, PLANNED, zone_file
from audit.model.rehearsal import Fate, Rehearsal, Stand
from tests.cli.command import Done, beside, lab_options, mxaudit

FAULTS = {"MIG-SPF-LOOKUPS", "MIG-MTASTS", "MIG-DKIM-NEW", "MIG-AUTODISCOVER"}
NEW_SENDER = "203.0.113.131"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("rehearsal")
    (made / "planted.zone").write_text(zone_file(PLANNED))
    (made / "mended.zone").write_text(zone_file(MENDED))
    return made


@pytest.fixture(scope="module")
def options(place: Path) -> Iterator[list[str]]:
    """The lab as it is before the move, and evidence of it."""

    @asynccontextmanager
    async def opened() -> AsyncIterator[list[str]]:
        async with Lab(START, (story(State()),)) as lab:
            yield lab_options(lab, place / "root.pem")

    with beside(opened()) as words:
        (place / "domains.txt").write_text(f"{DOMAIN} selectors=news,shop\n")
        done = mxaudit("gather", place / "domains.txt", "--out-dir", place / "run", "--no-progress", *words)
        assert done.code == 0, done.err
        yield words


def rehearsed(place: Path, zone: str, *more: str, columns: int | None = None) -> Done:
    arguments = ("--zone", place / zone, "--evidence", place / "run")
    return mxaudit("migrate", "rehearse", DOMAIN, *arguments, *more, columns=columns)


def told(place: Path, zone: str, *more: str) -> Rehearsal:
    done = rehearsed(place, zone, "--json", *more)
    assert done.out, done.err
    contract.check("rehearsal", done.out)
    return contract.load(done.out, Rehearsal)


def new(found: Rehearsal) -> set[str]:
    """The rules that newly fail, but for what is only told."""
    return {f.rule for f in found.findings if f.turn is Fate.NEW and f.severity_then != "info"}


def test_the_four_faults_of_the_plan_are_found_and_no_other(place: Path, options: list[str]) -> None:
    found = told(place, "planted.zone", "--live", *options)
    assert new(found) == FAULTS
    assert (found.former, found.goal) == (("microsoft-365",), "google")
    assert (found.spf_now.lookups, found.spf_then.lookups, found.spf_then.unknown) == (7, 11, None)
    assert found.binding.safe_from is not None
    assert (found.binding.safe_from - found.observed_at).days == 28
    assert [(h.host, h.covered) for h in found.binding.hosts] == [("smtp.google.com", Stand.NO)]


def test_what_json_tells_keeps_to_its_contract(place: Path, options: list[str]) -> None:
    del options
    (place / "rehearsal.json").write_bytes(rehearsed(place, "planted.zone", "--json").out)
    assert mxaudit("validate", place / "rehearsal.json").code == 0


def test_what_is_mended_is_not_found(place: Path, options: list[str]) -> None:
    """The policy is a file on a web server, which no zone changes: it is found as long as it is served."""
    found = told(place, "mended.zone", "--live", *options)
    assert {rule for rule in new(found) if rule.startswith("MIG-")} == {"MIG-MTASTS"}
    assert found.spf_then.lookups == 9


def test_what_the_evidence_does_not_answer_is_not_known(place: Path, options: list[str]) -> None:
    del options
    found = told(place, "planted.zone")
    assert "dns smtp.google.com A" in found.planned.unseen
    assert "MIG-SPF-LOOKUPS" in {f.rule for f in found.findings if f.turn is Fate.UNKNOWN}
    assert new(found) == FAULTS - {"MIG-SPF-LOOKUPS"}
    assert (found.spf_then.lookups, found.spf_then.unknown) == (8, "not_gathered")
    assert not found.asked_live


def test_senders_are_looked_at_before_and_after(place: Path, options: list[str]) -> None:
    found = told(place, "mended.zone", "--live", "--source", f"{NEW_SENDER},{DOMAIN},google", *options)
    (source,) = found.sources
    assert (source.now.dmarc, source.then.dmarc) == (Stand.NO, Stand.YES)
    spf = [next(c for c in passing.checks if c.name == "SPF passes") for passing in (source.now, source.then)]
    assert [c.state for c in spf] == [Stand.NO, Stand.YES]
    keys = [next(c for c in passing.checks if "DKIM" in c.name) for passing in (source.now, source.then)]
    assert [c.state for c in keys] == [Stand.NO, Stand.YES]


def test_a_sender_whose_selectors_are_not_named_may_pass_by_its_signature(place: Path, options: list[str]) -> None:
    found = told(place, "mended.zone", "--live", "--source", "198.51.100.99", *options)
    assert found.sources[0].then.dmarc is Stand.UNKNOWN


@pytest.mark.parametrize("columns", [40, 80, 140])
def test_text_for_a_person(place: Path, options: list[str], columns: int) -> None:
    del options
    done = rehearsed(place, "planted.zone", "--source", NEW_SENDER, columns=columns)
    shown = done.out.decode()
    assert done.code == 1
    assert all(len(line) <= columns for line in shown.splitlines())
    text = " ".join(shown.split())
    for said in ("New with the planned records", "critical MIG-MTASTS", "--live asks for it", "DMARC passes"):
        assert said in text
    assert "22 December 2026" in text


def test_a_page(place: Path, options: list[str]) -> None:
    del options
    done = rehearsed(place, "planted.zone", "--format", "html")
    page = done.out.decode()
    assert page.startswith("<!doctype html>")
    assert "MIG-MTASTS" in page
    assert "<script" not in page


def test_a_part_of_a_zone_changes_nothing_else(place: Path, options: list[str]) -> None:
    del options
    (place / "part.txt").write_text(f"{DOMAIN} 300 MX 1 smtp.google.com\n- autodiscover.{DOMAIN} CNAME\n")
    found = told(place, "part.txt")
    assert (found.planned.form, found.planned.whole, found.planned.removed) == ("lines", False, 1)
    assert found.planned.sets == (f"{DOMAIN} MX", f"autodiscover.{DOMAIN} CNAME")
    assert "MIG-AUTODISCOVER" not in new(found)
    assert {"MIG-SPF-NEW", "MIG-DKIM-NEW", "MIG-MTASTS"} <= new(found)


def test_what_is_there_already_is_no_change(place: Path, options: list[str]) -> None:
    del options
    (place / "same.zone").write_text(zone_file(State()))
    found = told(place, "same.zone", "--to", "microsoft-365")
    assert found.planned.sets == ()
    assert {f.turn for f in found.findings if not f.rule.startswith("MIG-")} <= {Fate.STAYS}


@pytest.mark.parametrize(
    ("text", "more", "said"),
    [
        ("@ 300 MX ten x.\n", (), "line 1, column 7: the data of this MX record cannot be read"),
        ("$INCLUDE x\n", (), "$INCLUDE is not read"),
        ("@ 300 MX 1 smtp.google.com.\n", ("--to", "nobody"), "What nobody expects is not known."),
        ("@ 300 MX 1 smtp.google.com.\n", ("--set", "x=y"), "x is no value of"),
        ("@ 300 MX 1 smtp.google.com.\n", ("--source", "here"), "--source begins with an address"),
        ("@ 300 MX 1 smtp.google.com.\n", ("--source", "192.0.2.1,a@b@"), "is no mailbox or domain"),
    ],
)
def test_what_cannot_be_understood(
    place: Path, options: list[str], text: str, more: tuple[str, ...], said: str
) -> None:
    del options
    (place / "bad.zone").write_text(text)
    done = rehearsed(place, "bad.zone", *more)
    assert done.code == 2
    assert said in " ".join(done.err.split())


def test_evidence_of_other_domains_is_no_help(place: Path, options: list[str]) -> None:
    del options
    (place / "bad.zone").write_text("@ 300 MX 1 smtp.google.com.\n")
    done = mxaudit("migrate", "rehearse", "other.example", "--zone", place / "bad.zone", "--evidence", place / "run")
    assert done.code == 2
    assert "holds nothing of other.example" in done.err
