"""A signed tree with all that DNSSEC can come to: root, `test.` and zones below it, by ldns, NSD and Knot.

Each zone is one of a kind (RFC 4035 section 4.3): signed well and in old ways, with signatures that have run out, with
a DS record that fits nothing or that nobody can read, with none at all. One is signed live by Knot, whose keys roll.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dns.dnssec
import dns.message
import dns.query
import dns.rdatatype

from tests.real.daemons import Daemons, answers
from tests.real.internet import NSD, UNBOUND
from tests.real.place import Place

NSEC, NSEC3 = (), ("-n", "-t", "0")
LIVE, ABOVE_LIVE = "live.knot.test", "knot.test"
KNOT, PLAIN = 6, 54  # the last octets of their addresses


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone:
    """A zone and how it is signed. `ds` is the option of ldns-key2ds, `none`, or the DS records as they are."""

    name: str  # without final dot; empty for the root
    records: str = ""
    algorithm: str = "ECDSAP256SHA256"
    bits: tuple[str, ...] = ()  # of the key that signs the zone
    signed: tuple[str, ...] | None = NSEC  # the arguments of ldns-signzone; None: not at all
    ds: str = "-2"
    altered: tuple[str, str] | None = None  # behind the back of its signer: a text, and what stands there instead
    bare: str = ""  # the name whose TXT records lose their signatures
    server: str = "domains"
    below: tuple[Zone, ...] = ()

    @property
    def origin(self) -> str:
        return f"{self.name}."

    @property
    def file(self) -> str:
        return f"{self.name or 'root'}.zone"


def day(moment: timedelta) -> str:
    """A time from now, as ldns-signzone takes it."""
    return f"{datetime.now(UTC) + moment:%Y%m%d%H%M%S}"


def domains() -> tuple[Zone, ...]:
    """The zones below `test.`, each with a host and an MX."""
    soon = ("-i", day(-timedelta(days=5)), "-e", day(timedelta(hours=30)))
    aliases = (
        "out CNAME www.unsigned.test.\nbad CNAME www.bogus.test.\nin CNAME www.hashed.test.\nlost CNAME no.hashed.test."
    )
    unsigned = Zone(name="child.optout.test", signed=None)
    return (
        Zone(name="good.test", records=f"a.deep TXT x\n{aliases}"),
        Zone(name="hashed.test", signed=NSEC3, records="a.deep TXT x"),
        Zone(name="wild.test", records='* MX 10 www.good.test.\n*.deep TXT "x"'),
        Zone(name="wildhashed.test", signed=NSEC3, records="* MX 10 www.good.test."),
        Zone(name="bogus.test", signed=("-i", "20200101", "-e", "20200201")),
        Zone(name="future.test", signed=("-i", day(timedelta(days=5)), "-e", day(timedelta(days=30)))),
        Zone(name="soon.test", signed=soon),
        Zone(name="unsigned.test", signed=None),
        Zone(name="island.test", ds="none"),
        Zone(name="strange.test", ds="1 13 99 00"),
        Zone(name="wrong.test", ds=f"1 13 2 {'00' * 32}"),
        Zone(name="stripped.test", signed=None, ds=f"1 13 2 {'00' * 32}"),
        Zone(name="altered.test", altered=("v=spf1 -all", "v=spf1 ~all")),
        Zone(name="bare.test", records='_dmarc TXT "v=DMARC1; p=reject"', bare="_dmarc.bare.test."),
        Zone(name="olddigest.test", ds="-1"),
        Zone(name="rounds.test", signed=("-n", "-t", "10", "-s", "abcd")),
        Zone(name="manyrounds.test", signed=("-n", "-t", "200")),
        Zone(name="sha1.test", algorithm="RSASHA1", bits=("-b", "2048")),
        Zone(name="sha1hashed.test", algorithm="RSASHA1-NSEC3-SHA1", bits=("-b", "2048"), signed=NSEC3),
        Zone(name="weak.test", algorithm="RSASHA256", bits=("-b", "1024")),
        Zone(name="sha512.test", algorithm="RSASHA512", bits=("-b", "2048")),
        Zone(name="p384.test", algorithm="ECDSAP384SHA384"),
        Zone(name="ed25519.test", algorithm="ED25519"),
        Zone(name="ed448.test", algorithm="ED448"),
        Zone(name="optout.test", signed=(*NSEC3, "-p"), below=(unsigned,)),
    )


@dataclass(frozen=True, slots=True)
class Tree:
    """What runs: the trust anchor, two resolvers and the server whose keys roll."""

    anchor: str
    anchor_file: Path
    validating: str
    plain: str
    authority: str
    knot: Path  # its configuration


@contextmanager
def growing(directory: Path, place: Place) -> Iterator[Tree]:
    """Sign the tree and serve it.

    Raises:
        NotReady: a server did not come up.
    """
    daemons = Daemons(directory)
    try:
        knot = _knot(daemons, directory, place)
        live = Zone(name=ABOVE_LIVE, ds=_digests(ABOVE_LIVE, _address(place, KNOT)), server="knot")
        test = Zone(name="test", server="tld", below=(*domains(), live))
        root = Zone(name="", server="root", below=(test,))
        _write(root, directory, place)
        for level, address in (("domains", place.domains), ("tld", place.tld), ("root", place.root)):
            served = [zone for zone in _all(root) if zone.server == level]
            configuration = directory / f"nsd-{level}.conf"
            zones = "".join(f'zone:\n  name: "{z.name or "."}"\n  zonefile: "{z.file}"\n' for z in served)
            configuration.write_text(NSD.format(address=address, level=level, directory=directory) + zones)
            ready = answers(address, served[-1].name or ".", "SOA")
            daemons.start(f"nsd-{level}", ("nsd", "-d", "-c", str(configuration)), ready)
        lines = [line.split() for line in (directory / "root.zone").read_text().splitlines()]
        anchor = next(" ".join(words) for words in lines if words[3:5] == ["DNSKEY", "257"])
        plain = _address(place, PLAIN)
        _unbound(daemons, directory, place, place.resolver, anchor)
        _unbound(daemons, directory, place, plain, None)
        anchor_file = directory / "anchor"
        anchor_file.write_text(f"{anchor}\n")
        yield Tree(anchor, anchor_file, place.resolver, plain, _address(place, KNOT), knot)
    finally:
        daemons.stop()


def _address(place: Place, number: int) -> str:
    return f"127.{place.net}.0.{number}"


def _all(zone: Zone) -> tuple[Zone, ...]:
    return (zone, *(each for below in zone.below for each in _all(below)))


def _write(zone: Zone, directory: Path, place: Place) -> str:
    """Write and sign a zone and all below it. Returns its DS records, as the zone above has them."""
    if zone.server == "knot":
        return _delegation(zone, _address(place, KNOT), zone.ds)
    server: str = getattr(place, zone.server)
    inside = "".join(_write(below, directory, place) for below in zone.below)
    hosts = "" if zone.server != "domains" else f'@ MX 10 www\n@ TXT "v=spf1 -all"\nwww A {place.mail(1)}\n'
    text = f"$ORIGIN {zone.origin}\n$TTL 60\n@ SOA ns.nic.test. hostmaster.test. 1 3600 600 86400 60\n"
    text += f"@ NS {_nameserver(zone)}\n{_nameserver(zone)} A {server}\n{hosts}{zone.records}\n{inside}"
    file = directory / zone.file
    file.write_text(text)
    digests = "" if zone.signed is None else _sign(zone, file)
    given = zone.ds if zone.ds[:1].isdigit() else digests
    return _delegation(zone, server, "" if zone.ds == "none" else given)


def _nameserver(zone: Zone) -> str:
    return f"ns.{zone.origin}" if zone.name else "ns.root-lab."


def _delegation(zone: Zone, server: str, digests: str) -> str:
    ds = "".join(f"{zone.origin} DS {digest}\n" for digest in digests.splitlines())
    return f"{zone.origin} NS {_nameserver(zone)}\n{_nameserver(zone)} A {server}\n{ds}"


def _sign(zone: Zone, file: Path) -> str:
    """Sign a zone in place. Returns the digest of its key."""
    strong = ("-b", "2048") if zone.bits else ()
    whole = _run(file.parent, "ldns-keygen", "-k", "-a", zone.algorithm, *strong, "-r", "/dev/urandom", zone.origin)
    part = _run(file.parent, "ldns-keygen", "-a", zone.algorithm, *zone.bits, "-r", "/dev/urandom", zone.origin)
    _run(file.parent, "ldns-signzone", *(zone.signed or ()), "-f", f"{file.name}.signed", file.name, part, whole)
    Path(f"{file}.signed").replace(file)
    _spoil(zone, file)
    option = zone.ds if zone.ds.startswith("-") else "-2"
    return _run(file.parent, "ldns-key2ds", "-n", option, f"{whole}.key").split("DS", 1)[1].strip()


def _spoil(zone: Zone, file: Path) -> None:
    """Do to a signed zone what its signer does not know of."""
    lines = [line.split("\t") for line in file.read_text().splitlines()]
    kept = [line for line in lines if (line[0], line[3:4], line[4][:4]) != (zone.bare, ["RRSIG"], "TXT ")]
    text = "".join("\t".join(line) + "\n" for line in kept)
    file.write_text(text.replace(*zone.altered) if zone.altered else text)


def _run(directory: Path, *command: str) -> str:
    done = subprocess.run(command, cwd=directory, check=True, capture_output=True, text=True, timeout=60)
    return done.stdout.strip()


def _digests(zone: str, server: str) -> str:
    """Of the keys that a live zone is entered by."""
    came = dns.query.tcp(dns.message.make_query(zone, "DNSKEY"), server, timeout=5)
    keys = [key for key in came.answer[0] if key.flags & 1]
    return "\n".join(dns.dnssec.make_ds(f"{zone}.", key, "SHA256").to_text() for key in keys)


def _knot(daemons: Daemons, directory: Path, place: Place) -> Path:
    """One zone whose keys roll, and the zone above it, which it tells of its new keys (RFC 2136)."""
    home, address = directory / "knot", _address(place, KNOT)
    for each in ("zones", "db"):
        (home / each).mkdir(parents=True)
    head = "$TTL 1\n@ SOA ns hostmaster.test. 1 3600 600 86400 1\n@ NS ns\nns A {}\n"
    texts = {ABOVE_LIVE: "live NS ns.live\nns.live A {}\n", LIVE: "@ MX 10 www\nwww A {}\n"}
    for zone, records in texts.items():
        text = f"$ORIGIN {zone}.\n{head}{records}".replace("{}", address)
        (home / "zones" / f"{zone}.zone").write_text(text)
    configuration = home / "knot.conf"
    configuration.write_text(KNOT_CONF.format(address=address, home=home, above=ABOVE_LIVE, live=LIVE))
    daemons.start("knot", ("knotd", "-c", str(configuration)), lambda: _pushed(address))
    return configuration


def _pushed(server: str) -> bool:
    """Whether both zones are signed, and the one above knows the key of the other."""
    return answers(server, ABOVE_LIVE, "DNSKEY")() and answers(server, LIVE, "DS")()


def _unbound(daemons: Daemons, directory: Path, place: Place, address: str, anchor: str | None) -> None:
    """With an anchor it validates."""
    own = directory / address
    own.mkdir()
    (own / "hints").write_text(f". 300 NS ns.root-lab.\nns.root-lab. 300 A {place.root}\n")
    text = UNBOUND.format(address=address, directory=own)
    if anchor is None:
        kept = [line for line in text.splitlines(keepends=True) if "trust-anchor" not in line]
        text = "".join(kept).replace("validator iterator", "iterator")
    else:
        (own / "root.key").write_text(f"{anchor}\n")
    configuration = own / "unbound.conf"
    configuration.write_text(text)
    ready = answers(address, "good.test", "MX")
    daemons.start(f"unbound-{address}", ("unbound", "-d", "-c", str(configuration)), ready)


KNOT_CONF = """server:
  listen: {address}@53
  rundir: "{home}"
  udp-workers: 1
  tcp-workers: 1
  background-workers: 1
control:
  listen: "{home}/knot.sock"
log:
  - target: stderr
    any: info
database:
  storage: "{home}/db"
remote:
  - id: self
    address: {address}@53
acl:
  - id: told
    address: 127.0.0.0/8
    action: update
submission:
  - id: above
    parent: self
    check-interval: 1
policy:
  - id: plain
    algorithm: ecdsap256sha256
    ksk-lifetime: 0
    zsk-lifetime: 0
    dnskey-ttl: 1
    zone-max-ttl: 1
    propagation-delay: 1
    nsec3: off
  - id: rolling
    algorithm: ecdsap256sha256
    ksk-lifetime: 0
    zsk-lifetime: 0
    dnskey-ttl: 1
    zone-max-ttl: 1
    propagation-delay: 1
    nsec3: off
    ksk-submission: above
    ds-push: self
template:
  - id: default
    storage: "{home}/zones"
    file: "%s.zone"
    zonefile-sync: -1
    zonefile-load: difference-no-serial
    journal-content: all
    dnssec-signing: on
zone:
  - domain: {above}
    acl: told
    dnssec-policy: plain
  - domain: {live}
    dnssec-policy: rolling
"""
