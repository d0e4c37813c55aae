"""A signed tree of zones (RFC 4035): the root, test., domains below it, the reverse zone, and lists below invalid.

Keys and signatures are made by ldns. A bogus zone is one whose signatures have all expired; a zone without a DS record
in its parent is unsigned; a lame delegation leads to a server that knows nothing of the zone.
"""

from __future__ import annotations

import base64
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.real.place import Place

EXPIRED = ("-i", "20200101", "-e", "20200201")
ALGORITHM = "ECDSAP256SHA256"
LISTS = "ip.dnsbl.invalid", "refusing.dnsbl.invalid", "empty.dnsbl.invalid", "world.dnsbl.invalid"
LISTING, REFUSING, EMPTY, WORLD = LISTS
NAME_LISTS = "names.dnsbl.invalid", "all-names.dnsbl.invalid"
NAMES, ALL_NAMES = NAME_LISTS
SELECTOR = "s1"


class Signed(Enum):
    """How a zone is signed: the arguments of ldns-signzone."""

    NOT = None
    SOUND = ("-n", "-t", "0")  # not an empty tuple: Python 3.11.2 takes that for no value at all
    BOGUS = ("-n", "-t", "0", *EXPIRED)


@dataclass(frozen=True, slots=True)
class Zone:
    """A zone, its server, and what it holds besides SOA, NS and the delegations below it."""

    name: str  # without final dot; empty for the root
    server: str  # an address
    signed: Signed
    records: str
    below: tuple[Zone, ...] = ()
    lame: tuple[str, ...] = ()  # delegated to the server of the domains, which has no such zone
    glued: Mapping[str, str] = field(default_factory=dict)  # names of further delegations, and their servers

    @property
    def file(self) -> str:
        return f"{self.name or 'root'}.zone"

    @property
    def nameserver(self) -> str:
        return f"ns.{self.name}." if self.name else "ns.root-lab."


def tree(place: Place) -> Zone:
    """The whole tree, from the root."""
    domains = tuple(Zone(name, place.domains, signed, text) for name, signed, text in _domains(place))
    test = Zone("test", place.tld, Signed.SOUND, "", domains, lame=("lame.test",))
    reverse = Zone(place.reverse, place.tld, Signed.SOUND, _pointers())
    return Zone(
        "", place.root, Signed.SOUND, "", (test, reverse), glued=dict.fromkeys((*LISTS, *NAME_LISTS), place.lists)
    )


def write(zone: Zone, directory: Path, place: Place) -> str:
    """Write and sign a zone and all below it. Returns its DS record, empty when it is not signed.

    Raises:
        subprocess.CalledProcessError: ldns does not take the zone.
    """
    trust = "".join(write(child, directory, place) for child in zone.below)
    delegations = "".join(_delegation(child.name, child.nameserver, child.server) for child in zone.below)
    delegations += "".join(_delegation(name, f"ns.{name}.", place.domains) for name in zone.lame)
    delegations += "".join(_delegation(name, f"ns.{name}.", server) for name, server in zone.glued.items())
    origin = f"{zone.name}."
    text = f"$ORIGIN {origin}\n$TTL 300\n@ SOA {zone.nameserver} hostmaster.test. 1 3600 600 86400 60\n"
    text += f"@ NS {zone.nameserver}\n{zone.nameserver} A {zone.server}\n{zone.records}\n{delegations}{trust}"
    file = directory / zone.file
    file.write_text(text)
    return "" if zone.signed.value is None else _sign(origin, file, zone.signed.value)


def all_zones(zone: Zone) -> tuple[Zone, ...]:
    return (zone, *(each for child in zone.below for each in all_zones(child)))


def trust_anchor(directory: Path) -> str:
    """The key of the root that signs keys (flags 257), as the zone has it."""
    lines = (directory / "root.zone").read_text().splitlines()
    return "".join(f"{line}\n" for line in lines if line.split()[3:5] == ["DNSKEY", "257"])


def list_files(place: Place) -> dict[str, str]:
    """The data of the blocklists, as rbldnsd reads them: `:A:TXT` before entries, `$` for the address, `!` excludes."""
    head = "$SOA 300 ns.{zone} hostmaster.test. 0 600 300 86400 60\n$NS 300 ns.{zone}\n"
    points = "127.0.0.2\n!127.0.0.1\n"
    entries = {
        LISTING: f":127.0.0.2:Listed, see https://dnsbl.invalid/q?ip=$\n{points}{place.listed}\n",
        REFUSING: f":127.0.0.2:listed\n{points}:127.255.255.254:You are refused\n127.{place.net}.0.0/16\n",
        EMPTY: ":127.0.0.2:listed\n192.0.2.1\n",
        WORLD: ":127.0.0.2:listed\n0.0.0.0/0\n",
    }
    files = {f"{zone}.ip4": head.format(zone=zone) + text for zone, text in entries.items()}
    files[f"{NAMES}.dns"] = head.format(zone=NAMES) + ":127.0.0.2:Seen in spam: $\ntest\nlisted.test\n"
    files[f"{ALL_NAMES}.dns"] = head.format(zone=ALL_NAMES) + ":127.0.0.2:listed\n.test\n.invalid\n.example\n"
    files[f"{LISTING}.ip6"] = head.format(zone=LISTING) + ":127.0.0.2:Listed $\n::ffff:7f00:2\n"
    return files


def _domains(place: Place) -> tuple[tuple[str, Signed, str], ...]:
    """The domains, each sound but for one thing at most."""
    dmarc = '_dmarc TXT "v=DMARC1; p=reject; rua=mailto:dmarc@good.test"'
    rest = f'{dmarc}\n_smtp._tls TXT "v=TLSRPTv1; rua=mailto:tls@good.test"\n{_dkim()}'
    sends = f'@ TXT "v=spf1 mx -all"\n{rest}'
    one = f"@ MX 10 mx1\nmx1 A {{address}}\n{sends}"
    good = f'@ MX 20 mx2\nmx2 A {place.mail(2)}\n*._report._dmarc TXT "v=DMARC1;"\n'
    listed = f'@ MX 10 mx1.good.test.\nout A {place.listed}\n@ TXT "v=spf1 ip4:{place.listed} -all"\n{rest}'
    return (
        ("good.test", Signed.SOUND, f"{one.format(address=place.mail(1))}{good}"),
        ("bogus.test", Signed.BOGUS, one.format(address=place.mail(1))),
        ("unsigned.test", Signed.NOT, f"@ MX 10 mx1.good.test.\n{sends}"),
        ("expired.test", Signed.NOT, one.format(address=place.mail(3))),
        ("wrongname.test", Signed.NOT, one.format(address=place.mail(4))),
        ("listed.test", Signed.SOUND, listed),
    )


def _pointers() -> str:
    hosts = {1: "mx1.good", 2: "mx2.good", 3: "mx1.expired", 4: "mx1.wrongname", 7: "out.listed"}
    return "".join(f"{number}.1 PTR {host}.test.\n" for number, host in hosts.items())


def _dkim() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048).public_key()
    der = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    text = base64.b64encode(der).decode()
    return f'{SELECTOR}._domainkey TXT "v=DKIM1; k=rsa; p={text[:200]}" "{text[200:]}"\n'


def _delegation(name: str, nameserver: str, server: str) -> str:
    return f"{name}. NS {nameserver}\n{nameserver} A {server}\n"


def _sign(origin: str, file: Path, arguments: tuple[str, ...]) -> str:
    """Sign a zone in place (NSEC3, RFC 5155). Returns its DS record."""
    whole = _run(file.parent, "ldns-keygen", "-k", "-a", ALGORITHM, "-r", "/dev/urandom", origin)
    zone = _run(file.parent, "ldns-keygen", "-a", ALGORITHM, "-r", "/dev/urandom", origin)
    _run(file.parent, "ldns-signzone", *arguments, "-f", f"{file.name}.signed", file.name, zone, whole)
    Path(f"{file}.signed").replace(file)
    return _run(file.parent, "ldns-key2ds", "-n", "-2", f"{whole}.key") + "\n"


def _run(directory: Path, *command: str) -> str:
    done = subprocess.run(command, cwd=directory, check=True, capture_output=True, text=True, timeout=20)
    return done.stdout.strip()
