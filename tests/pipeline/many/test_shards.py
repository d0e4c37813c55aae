"""Parts of a list: every domain in one of them, and no limit of politeness across two."""

from __future__ import annotations

import random
from itertools import combinations

import pytest

from audit.pipeline.many.shards import Server, Shard, parted

DOMAINS = [f"d{n}.example" for n in range(4000)]


@pytest.mark.parametrize("of", [1, 2, 3, 16])
def test_every_domain_is_in_exactly_one_part(of: int) -> None:
    shards = [Shard(number, of) for number in range(1, of + 1)]
    assert all(sum(shard.has(domain) for shard in shards) == 1 for domain in DOMAINS)


def test_parts_are_about_even() -> None:
    sizes = [sum(Shard(number, 4).has(domain) for domain in DOMAINS) for number in (1, 2, 3, 4)]
    assert max(sizes) < 1.2 * min(sizes)


def test_a_part_is_read_as_it_is_written() -> None:
    assert Shard.read("2/4") == Shard(2, 4)
    assert str(Shard(2, 4)) == "2/4"


@pytest.mark.parametrize(
    "text", ["", "2", "0/4", "5/4", "1/0", "-1/4", "1/2/3", "1/10001", " 1/2", "١/٢", "1/99999999999"]
)
def test_what_is_no_part_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="a part is written 2/4"):
        Shard.read(text)


GMAIL = Server("gmail-smtp-in.l.google.com", "192.0.2.1")
ALT = Server("alt1.gmail-smtp-in.l.google.com", "198.51.100.1")
NEIGHBOUR = Server("mx.neighbour.example", "192.0.2.77")
FARM = [Server(f"mail.customer{n}.example", "203.0.113.5") for n in range(6)]
ALONE = [Server(f"mx.alone{n}.example", f"10.{n}.0.1") for n in range(8)]


@pytest.mark.parametrize(
    "group",
    [
        pytest.param([GMAIL, ALT], id="one operator in two networks"),
        pytest.param([GMAIL, NEIGHBOUR], id="two operators in one network"),
        pytest.param([ALT, NEIGHBOUR, GMAIL], id="over a third"),
        pytest.param(FARM, id="one address under many names"),
        pytest.param([Server("a.one.example", "2001:db8:1::1"), Server("b.two.example", "2001:db8:1:9::1")], id="IPv6"),
    ],
)
def test_what_has_a_limit_in_common_stays_together(group: list[Server]) -> None:
    parts = parted([*group, *ALONE], 3)
    assert sum(bool(part & set(group)) for part in parts) == 1


def test_no_two_parts_share_an_operator_or_a_network() -> None:
    chance = random.Random(7)
    servers = [
        Server(f"mx{chance.randrange(4)}.operator{chance.randrange(200)}.example", f"10.0.{chance.randrange(200)}.1")
        for _ in range(400)
    ] + ALONE
    parts = parted(servers, 4)
    assert frozenset().union(*parts) == frozenset(servers)
    for one, other in combinations(parts, 2):
        assert not {tie for server in one for tie in server.ties} & {tie for server in other for tie in server.ties}


def test_groups_are_dealt_out_evenly_by_the_visits_that_wait_for_one_another() -> None:
    parts = parted([*FARM, *ALONE], 2)
    farm = next(part for part in parts if FARM[0] in part)
    assert len(farm) - len(FARM) < len(ALONE) / 2


def test_the_same_servers_give_the_same_parts_in_any_order() -> None:
    servers = [GMAIL, ALT, NEIGHBOUR, *FARM, *ALONE]
    assert parted(servers, 3) == parted(reversed(servers), 3)


def test_there_may_be_more_parts_than_servers() -> None:
    assert sorted(map(len, parted([GMAIL], 3))) == [0, 0, 1]
