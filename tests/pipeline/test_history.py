"""Earlier runs tell since when a key has stood at a selector, in whatever order they are given."""

from __future__ import annotations

import pickle
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from audit.model.evidence import Asked, DomainEvidence, Fetched, Sighting
from audit.model.probe import Answer, DnsStatus, FetchOutcome, HttpsFetch, HttpsGet, Question
from audit.pipeline.ending import EVIDENCE
from audit.pipeline.history import History, read_history
from audit.pipeline.journal import Journal
from audit.pipeline.store import EvidenceError
from audit.protocol.mta_sts.history import of_id, of_policy
from audit.syntax.dkim import parse
from tests.records import DOMAIN, NOW, RUN, VISITED

NAME = "s1._domainkey.d.example"
OLD, NEW = "v=DKIM1; p=QUJD", "v=DKIM1; p=QUJE"


def day(number: int) -> datetime:
    return NOW + timedelta(days=number)


def sighting(text: str, first: int, name: str = NAME) -> Sighting:
    digest = parse(text).digest
    assert digest
    return Sighting(name=name, digest=digest, first_seen=day(first))


def seen(text: str | None, number: int, *before: Sighting) -> DomainEvidence:
    records = (f'"{text}"',) if text else ()
    got = Answer(status=DnsStatus.NOERROR if text else DnsStatus.TIMEOUT, records=records)
    asked = Asked(question=Question(name=NAME, rdtype="TXT"), answer=got)
    return replace(
        DOMAIN,
        domain="d.example",
        unicode="d.example",
        observed_at=day(number),
        sightings=before,
        answers=(asked,),
        visits=(),
        fetches=(),
    )


def runs(directory: Path, *days: tuple[int, DomainEvidence]) -> list[Path]:
    """The directories of runs, each with what it saw."""
    made = []
    for number, record in days:
        place = directory / str(number)
        with Journal(place) as writer:
            writer.write(replace(RUN, observed_at=day(number), visits=()))
            writer.write(record)
        made.append(place)
    return made


@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize(
    ("days", "known"),
    [
        (((0, seen(OLD, 0)), (9, seen(OLD, 9))), (sighting(OLD, 0),)),
        (((0, seen(OLD, 0)), (9, seen(NEW, 9))), (sighting(NEW, 9),)),
        (((0, seen(OLD, 0)), (9, seen(None, 9))), (sighting(OLD, 0),)),  # no answer is no change
        (((0, seen(OLD, 0)), (5, seen(NEW, 5)), (9, seen(OLD, 9))), (sighting(OLD, 9),)),  # it begins anew
        (((9, seen(OLD, 9, sighting(OLD, -90))),), (sighting(OLD, -90),)),  # what a run knew of runs before it
        (((9, seen(NEW, 9, sighting(OLD, -90))),), (sighting(NEW, 9),)),
        (((0, seen(OLD, 0)), (9, seen(NEW, 9, sighting(NEW, 4)))), (sighting(NEW, 4),)),
        (((0, seen(OLD, 0)), (9, seen(OLD, 9, sighting(OLD, 4)))), (sighting(OLD, 0),)),
        (((9, seen(None, 9)),), ()),
    ],
)
def test_since_when_a_key_stands(
    tmp_path: Path, days: tuple[tuple[int, DomainEvidence], ...], known: tuple[Sighting, ...], order: int
) -> None:
    history = read_history(runs(tmp_path, *days)[::order])
    assert history.of("d.example") == known
    assert history.of("other.example") == ()


def test_a_file_serves_as_well_as_its_directory(tmp_path: Path) -> None:
    (place,) = runs(tmp_path, (0, seen(OLD, 0)))
    assert read_history([place / EVIDENCE]).of("d.example") == (sighting(OLD, 0),)


@pytest.mark.parametrize("text", ["", "{}\n", "not json\n"])
def test_what_is_no_evidence_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / EVIDENCE).write_text(text, "utf-8")
    with pytest.raises(EvidenceError, match=EVIDENCE if text else str(tmp_path)):
        read_history([tmp_path])


def test_a_run_record_alone_is_not_enough_to_know_a_domain(tmp_path: Path) -> None:
    with Journal(tmp_path) as writer:
        writer.write(DOMAIN)
    with pytest.raises(EvidenceError, match="opens with a run record"):
        read_history([tmp_path])


def policy_run(directory: Path, number: int, id_: str, *bodies: bytes) -> Path:
    """A run that saw an MTA-STS record with an id, and a policy at each address of its host."""
    fetched = [
        Fetched(
            get=HttpsGet(url="https://mta-sts.d.example/.well-known/mta-sts.txt", address=f"192.0.2.{at}"),
            fetch=HttpsFetch(outcome=FetchOutcome.OK, status=200, body=body),
        )
        for at, body in enumerate(bodies, 80)
    ]
    answer = Answer(status=DnsStatus.NOERROR, records=(f'"v=STSv1; id={id_}"',))
    asked = Asked(question=Question(name="_mta-sts.d.example", rdtype="TXT"), answer=answer)
    record = replace(seen(None, number), answers=(asked,), fetches=tuple(f.get for f in fetched))
    place = directory / str(number)
    with Journal(place) as writer:
        writer.write(replace(RUN, observed_at=day(number), visits=()))
        writer.write(record, (VISITED, *fetched))
    return place


def test_a_policy_and_its_id_are_remembered_apart(tmp_path: Path) -> None:
    places = [
        policy_run(tmp_path, 1, "a", b"mode: none\r\n"),
        policy_run(tmp_path, 2, "b", b"mode: none\n"),
        policy_run(tmp_path, 3, "b", b"mode: testing\n"),
    ]
    assert read_history(places).of("d.example") == (
        Sighting(name="_mta-sts.d.example", digest=of_id("b"), first_seen=day(2)),
        Sighting(name="mta-sts.d.example", digest=of_policy(b"mode: testing\r\n"), first_seen=day(3)),
    )
    assert read_history(places[:2]).of("d.example")[1].first_seen == day(1)


def test_of_addresses_that_give_different_policies_none_is_remembered(tmp_path: Path) -> None:
    same = policy_run(tmp_path, 1, "a", b"mode: none\n", b"mode: none\r\n")
    assert [s.name for s in read_history([same]).of("d.example")] == ["_mta-sts.d.example", "mta-sts.d.example"]
    differing = policy_run(tmp_path, 2, "a", b"mode: none\n", b"mode: testing\n")
    assert [s.name for s in read_history([differing]).of("d.example")] == ["_mta-sts.d.example"]


def test_what_is_known_is_found_by_domain_and_goes_to_workers() -> None:
    history = History()
    for number in range(300):
        history.put(f"d{number}.example", (sighting(OLD, number),))
    history.put("d7.example", (sighting(NEW, 1), sighting(OLD, 1, "s2._domainkey.d.example")))
    for held in (history, pickle.loads(pickle.dumps(history))):
        assert held.of("d7.example") == (sighting(NEW, 1), sighting(OLD, 1, "s2._domainkey.d.example"))
        assert held.of("d299.example") == (sighting(OLD, 299),)
        assert held.of("d300.example") == ()


def test_a_domain_is_not_taken_for_another_whose_number_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("audit.pipeline.history.number_of", lambda _: 1)
    history = History()
    history.put("a.example", (sighting(OLD, 1),))
    history.put("b.example", (sighting(NEW, 2),))
    assert [history.of(f"{name}.example") for name in "abc"] == [(sighting(OLD, 1),), (sighting(NEW, 2),), ()]


def test_what_does_not_change_is_not_written_again() -> None:
    history = History()
    for _ in range(100):
        history.put("a.example", (sighting(OLD, 1),))
    assert len(history.__reduce__()[1][0]) == 1
