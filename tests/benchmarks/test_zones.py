"""The world of the benchmark: the same each time, and sound for a server."""

from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path

import dns.zone
import pytest

from benchmarks import zones
from benchmarks.servers import program
from benchmarks.signing import sign_root


def test_the_same_seed_gives_the_same_bytes() -> None:
    def digest(seed: int) -> str:
        text = "".join(zone.text for zone in zones.world(30, seed))
        return hashlib.sha256(text.encode()).hexdigest()

    assert digest(1) == digest(1)
    assert digest(1) != digest(2)


def test_a_larger_world_holds_the_smaller() -> None:
    small, large = (
        {zone.name: zone.text for zone in zones.world(size) if zone.name not in zones.PARENTS} for size in (5, 9)
    )
    assert small.items() <= large.items()


def test_each_domain_has_two_mail_hosts_and_all_are_used() -> None:
    pairs = [zones.hosts_of(number) for number in range(2000)]
    assert all(first != second for first, second in pairs)
    assert {host for pair in pairs for host in pair} == set(range(zones.HOSTS))


def test_every_zone_is_read_without_complaint(tmp_path: Path) -> None:
    names = zones.write(21, tmp_path)
    sign_root(tmp_path / "root", tmp_path / "anchor")
    checker = program("nsd-checkzone")
    for name in names:
        file = tmp_path / (name.rstrip(".") or "root")
        assert dns.zone.from_file(str(file), origin=name, relativize=False).get_soa().minimum == 300
        if checker:
            done = subprocess.run([checker, name, str(file)], capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stdout


def test_the_root_is_signed_and_its_child_is_not(tmp_path: Path) -> None:
    zones.write(1, tmp_path)
    sign_root(tmp_path / "root", tmp_path / "anchor")
    root = dns.zone.from_file(str(tmp_path / "root"), origin=".", relativize=False)
    assert root.get_rdataset("test.", "NSEC") is not None
    assert root.get_rdataset("test.", "DS") is None
    assert (tmp_path / "anchor").read_text().split()[3] == "DNSKEY"


@pytest.mark.parametrize("number", [0, 1, 20])
def test_what_is_asked_is_partly_there_and_partly_not(number: int) -> None:
    """As with real domains: an answer that is there costs more to read than one that is not."""
    name = f"{zones.domain(number)}."
    (text,) = (zone.text for zone in zones.world(21) if zone.name == name)
    zone = dns.zone.from_text(text, origin=name, relativize=False)
    there = [zone.get_rdataset(f"{asked}.", rdtype) is not None for asked, rdtype in zones.questions(number)]
    assert 8 <= sum(there) < len(there)
