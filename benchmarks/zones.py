"""A mail world of any size, as zone files: the same seed gives the same bytes.

Each domain has a zone of its own (RFC 1035 section 5): two of 200 shared mail hosts, an SPF record whose two includes
nest, a DMARC record and two DKIM keys; one in twenty has MTA-STS and TLS-RPT. Reverse names, a few blocklists, the root
and `test.` are served as well, so that every question of an audit finds somebody who can answer it. Nothing is signed.
"""

from __future__ import annotations

import base64
import random
from collections.abc import Iterator
from dataclasses import dataclass
from math import gcd, prod
from pathlib import Path

SEED = 1
HOSTS = 200
LISTS = tuple(f"bl{number}.test" for number in range(4))
SELECTORS = ("s1", "s2")
RARE = 20  # one domain in so many has MTA-STS and TLS-RPT

PARENT_SERVER = "127.55.1.1"
NAME_SERVERS = {"ns1.mxhost.test": "127.53.1.1", "ns2.mxhost.test": "127.54.1.1"}
PARENTS = (".", "test.")  # the zones that the parents' server has

_SMALL = prod(n for n in range(3, 1000, 2) if all(n % m for m in range(3, int(n**0.5) + 1, 2)))
_RSA_2048 = bytes.fromhex("30820122300d06092a864886f70d01010105000382010f003082010a0282010100")
_EXPONENT = bytes.fromhex("0203010001")
_START = (
    "$TTL 3600\n"
    "@ IN SOA ns1.mxhost.test. hostmaster.mxhost.test. 2026010101 7200 3600 1209600 300\n"
    "@ IN NS ns1.mxhost.test.\n"
    "@ IN NS ns2.mxhost.test.\n"
)
_PARENT_START = (
    "$TTL 86400\n"
    "@ IN SOA a.parents.test. hostmaster.mxhost.test. 2026010101 7200 3600 1209600 300\n"
    "@ IN NS a.parents.test.\n"
)
_TEST_POINTS = ("2.0.0.127", "2.0.0.0.0.0.f.7.f.f.f.f" + ".0" * 20)  # RFC 5782 section 5
_SERVERS = "".join(f"{name}. IN A {address}\n" for name, address in NAME_SERVERS.items())
_DELEGATED = "{0}. IN NS ns1.mxhost.test.\n{0}. IN NS ns2.mxhost.test.\n"
_SHARED = ("mxhost.test", "spfshared.test", *LISTS)
_REVERSE = ("127.in-addr.arpa", "0.0.d.f.ip6.arpa")


@dataclass(frozen=True, slots=True)
class Zone:
    """A zone: its name with the final dot, and the text of its file."""

    name: str
    text: str

    @property
    def file(self) -> str:
        return self.name.rstrip(".") or "root"


def domain(number: int) -> str:
    """The domain of a number; six digits, so that a million sort as they are numbered."""
    return f"d{number:06d}.test"


def hosts_of(number: int) -> tuple[int, int]:
    """The two mail hosts of a domain."""
    first = number * 7 % HOSTS
    return first, (first + 1 + number % (HOSTS - 1)) % HOSTS


def world(domains: int, seed: int = SEED) -> Iterator[Zone]:
    """All zones of a world; the parents come first."""
    yield Zone(".", f"$ORIGIN .\n{_PARENT_START}test. IN NS a.parents.test.\n{_root()}")
    yield Zone("test.", f"$ORIGIN test.\n{_PARENT_START}{_servers()}{_delegations(domains)}")
    yield from _shared()
    chance = random.Random(seed)  # noqa: S311 -- it has to be the same each time
    for number in range(domains):
        yield Zone(f"{domain(number)}.", _of_domain(number, chance))


def write(domains: int, directory: Path, seed: int = SEED) -> tuple[str, ...]:
    """Write the zone files into a directory; their zones, in the order of `world`."""
    names = []
    for zone in world(domains, seed):
        (directory / zone.file).write_text(zone.text)
        names.append(zone.name)
    return tuple(names)


def questions(number: int) -> tuple[tuple[str, str], ...]:
    """What an audit asks of a domain alone, more or less: the load that a bare client is given (name and type)."""
    name = domain(number)
    return (
        *((name, kind) for kind in ("MX", "TXT", "NS", "SOA", "A", "AAAA", "CAA", "DS", "DNSKEY")),
        *((f"{label}.{name}", "TXT") for label in ("_dmarc", "_mta-sts", "_smtp._tls", "default._bimi")),
        *(
            (f"{selector}._domainkey.{name}", "TXT")
            for selector in (*SELECTORS, "default", "google", "selector1", "k1")
        ),
    )


def _of_domain(number: int, chance: random.Random) -> str:
    name = domain(number)
    first, second = hosts_of(number)
    keys = "".join(f"{selector}._domainkey IN TXT {_quoted(_key(chance))}\n" for selector in SELECTORS)
    rare = (
        f'_mta-sts IN TXT "v=STSv1; id={number:06d}"\n'
        f"mta-sts IN A 127.67.0.1\n"
        f'_smtp._tls IN TXT "v=TLSRPTv1; rua=mailto:tls@{name}"\n'
    )
    return (
        f"$ORIGIN {name}.\n{_START}"
        f"@ IN MX 10 mx{first:03d}.mxhost.test.\n"
        f"@ IN MX 20 mx{second:03d}.mxhost.test.\n"
        f"@ IN A 127.67.{number >> 8 & 255}.{number & 255}\n"
        f'@ IN TXT "v=spf1 include:_spf1.spfshared.test include:_spf2.spfshared.test mx -all"\n'
        f'@ IN TXT "verification={chance.getrandbits(128):032x}"\n'
        f'_dmarc IN TXT "v=DMARC1; p=reject; rua=mailto:dmarc@{name}"\n'
        f"{keys}{'' if number % RARE else rare}"
    )


def _key(chance: random.Random) -> str:
    """A DKIM key that nobody has the other half of: a modulus of 2048 bits without a small factor."""
    modulus = 3
    while gcd(modulus, _SMALL) > 1:
        modulus = chance.getrandbits(2048) | 1 << 2047 | 1
    der = _RSA_2048 + modulus.to_bytes(256, "big") + _EXPONENT
    return f"v=DKIM1; k=rsa; p={base64.b64encode(der).decode()}"


def _quoted(text: str) -> str:
    return " ".join(f'"{text[at : at + 255]}"' for at in range(0, len(text), 255))


def _root() -> str:
    return _servers() + "".join(_DELEGATED.format(name) for name in _REVERSE)


def _servers() -> str:
    return f"a.parents.test. IN A {PARENT_SERVER}\n{_SERVERS}"


def _delegations(domains: int) -> str:
    names = (*_SHARED, *(domain(number) for number in range(domains)))
    return "".join(_DELEGATED.format(name) for name in names)


def _shared() -> Iterator[Zone]:
    hosts = "".join(
        f"mx{host:03d} IN A 127.66.{host}.1\nmx{host:03d} IN AAAA fd00::{host + 1:x}\n" for host in range(HOSTS)
    )
    yield Zone("mxhost.test.", f"$ORIGIN mxhost.test.\n{_START}{_SERVERS}{hosts}")
    includes = "".join(
        f'_spf{k} IN TXT "v=spf1 ip4:127.66.0.0/16 ip4:127.68.{k}.0/24 include:_spf{k}b.spfshared.test ~all"\n'
        f'_spf{k}b IN TXT "v=spf1 ip4:127.69.{k}.0/24 ip6:fd00::/112 -all"\n'
        for k in (1, 2)
    )
    yield Zone("spfshared.test.", f"$ORIGIN spfshared.test.\n{_START}{includes}")
    for listed in LISTS:
        entries = "".join(f"{point} IN A 127.0.0.2\n" for point in _TEST_POINTS)
        yield Zone(f"{listed}.", f"$ORIGIN {listed}.\n{_START}{entries}")
    pointers = "".join(f"1.{host}.66 IN PTR mx{host:03d}.mxhost.test.\n" for host in range(HOSTS))
    yield Zone("127.in-addr.arpa.", f"$ORIGIN 127.in-addr.arpa.\n{_START}{pointers}")
    nibbles = (".".join(f"{host + 1:028x}"[::-1]) for host in range(HOSTS))
    pointers = "".join(f"{name} IN PTR mx{host:03d}.mxhost.test.\n" for host, name in enumerate(nibbles))
    yield Zone("0.0.d.f.ip6.arpa.", f"$ORIGIN 0.0.d.f.ip6.arpa.\n{_START}{pointers}")
