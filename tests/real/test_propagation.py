"""Real servers and real resolvers, a change on its way: each cause is told by its name."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from audit import contract
from tests.cli.command import Done, mxaudit
from tests.real.internet import required
from tests.real.place import claimed
from tests.real.propagation_servers import DIVIDED, FORMER, HIJACKER, HONEST, ODD, STALE, Change, serving

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def change(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Change]:
    required()
    with claimed() as place, serving(tmp_path_factory.mktemp("change"), place) as servers:
        yield servers


def spread(change: Change, name: str, rdtype: str, *resolvers: str, more: tuple[str, ...] = ()) -> Done:
    named = [word for which in resolvers for word in ("--resolver", change.at(which))]
    return mxaudit(
        *("propagation", name, rdtype, "--nameserver", f"{change.place.resolver}:53", "--allow-net", "127.0.0.0/8"),
        *("--allow-net", "192.0.2.0/24", "--dns-timeout", "5", "--json", *named, *more),
    )


def told(done: Done) -> Any:
    contract.check("propagation", done.out)
    return json.loads(done.out)["found"]


@pytest.mark.parametrize(
    ("name", "rdtype", "resolver", "state", "outcome"),
    [
        ("same.test", "MX", HONEST, "current", "everywhere"),
        ("lag.test", "MX", ODD, "lag", "not_yet"),
        ("denied.test", "MX", ODD, "negative_cache", "not_yet"),
        ("stale.test", "MX", STALE, "stale", "not_yet"),
        (DIVIDED, "MX", ODD, "inconsistent_zone", "not_yet"),
        ("filtered.test", "MX", ODD, "filtered", "not_yet"),
        ("same.test", "A", HIJACKER, "rewritten", "not_yet"),
        ("other.test", "MX", ODD, "split", "unknown"),
    ],
)
def test_each_cause_is_told_by_its_name(
    change: Change, name: str, rdtype: str, resolver: str, state: str, outcome: str
) -> None:
    found = told(spread(change, name, rdtype, resolver))
    assert ([c["state"] for c in found["copies"]], found["outcome"]) == ([state], outcome)


def test_two_servers_in_disagreement_are_each_told(change: Change) -> None:
    found = told(spread(change, DIVIDED, "MX", HONEST, ODD))
    assert [(s["host"], s["state"], s["serial"]) for s in found["servers"]] == [
        (f"a.{DIVIDED}", "current", 2),
        (f"b.{DIVIDED}", "behind", 1),
    ]
    assert found["servers"][1]["address"] == change.at(FORMER)
    assert (found["safe_after"], found["doubts"]) == (None, ["inconsistent"])


@pytest.mark.parametrize(("name", "doubts"), [("lag.test", []), ("denied.test", [])])
def test_the_time_is_that_of_the_copy(change: Change, name: str, doubts: list[str]) -> None:
    found = told(spread(change, name, "MX", HONEST, ODD))
    (old,) = (c for c in found["copies"] if c["state"] != "current")
    assert (found["safe_after"], found["doubts"]) == (old["until"], doubts)
    assert 0 < old["ttl"] <= 300


def test_a_resolver_that_makes_a_lifetime_longer_is_noticed(change: Change) -> None:
    (copy,) = told(spread(change, "lag.test", "MX", HIJACKER))["copies"]
    assert copy["state"] == "current"
    assert "ttl_raised" in copy["notes"]
    assert 300 < copy["ttl"] <= 3600


def test_it_watches_a_change_until_it_is_everywhere(change: Change) -> None:
    assert told(spread(change, "moving.test", "MX", HONEST))["outcome"] == "everywhere"
    change.move()
    done = spread(
        change,
        "moving.test",
        "MX",
        HONEST,
        more=("--expect", "10 new.test", "--watch", "--every", "1", "--watch-for", "60"),
    )
    assert done.code == 0, done.err
    assert told(done)["truth"] == [["10 new.test."]]
    assert done.sentences[-1].endswith("2 of 2 servers, 1 of 1 resolver")
