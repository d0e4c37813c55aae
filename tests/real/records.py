"""Domains with planted faults, served by NSD and asked for through unbound.

Every name is below `test.`, one zone; `com.` is there for what nobody has registered and for two providers. The reverse
zones belong to the documentation ranges that the domains' addresses are from.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

from tests.real.daemons import Daemons, answers
from tests.real.faults import A_NAMES, DKIM, DMARC, FAULTS, HELO, MX, PTR, SOUND, SPF, TLSRPT, Fault, sound_key
from tests.real.internet import NSD, UNBOUND
from tests.real.place import Place

LIST = "bl.lists.test"
REVERSE = "2.0.192.in-addr.arpa"
REVERSE6 = "8.b.d.0.1.0.0.2.ip6.arpa"
ZONES = ("test", "com", REVERSE, REVERSE6)
HOSTS = {  # below ok.test: the last octet of its IPv4 address, the last group of its IPv6 address
    "mx1": (10, "10"),
    "mx2": (11, "11"),
    "mx3": (12, "12"),
    "mx_3": (13, "13"),
    "twin": (10, "10"),
    "v4a": (14, None),
    "v4b": (15, None),
    "out": (25, "25"),
    "helo": (26, "26"),
    **{f"l{i}": (25, "25") for i in range(1, 12)},
    **{f"x{i}.many": (100 + i, f"{100 + i}") for i in range(1, 12)},
}
OK = r"""
    ok.test. A 192.0.2.10
    ok.test. MX 10 mx1.ok.test.
    *._report._dmarc.ok.test. TXT "v=DMARC1;"
    _spf.ok.test. TXT "v=spf1 ip4:192.0.2.25 -all"
    six.ok.test. TXT "v=spf1 a:l1.ok.test a:l2.ok.test a:l3.ok.test a:l4.ok.test a:l5.ok.test -all"
    _six.ok.test. TXT "v=spf1 a:l6.ok.test a:l7.ok.test a:l8.ok.test a:l9.ok.test a:l10.ok.test -all"
    broken.ok.test. TXT "v=spf1 ip4:192.0.2.999 -all"
    double.ok.test. TXT "v=spf1 -all"
    double.ok.test. TXT "v=spf1 ip4:192.0.2.25 -all"
    policy.ok.test. TXT "v=DMARC1; p=reject; rua=mailto:dmarc@ok.test"
    helo.ok.test. TXT "v=spf1 a -all"
    alias.ok.test. CNAME mx3.ok.test.
    empty.ok.test. TXT "nothing else"
    private.ok.test. A 10.0.0.1
    lost.ok.test. A 192.0.2.99
    host-192-0-2-42.pool.ok.test. A 192.0.2.42
    one.ok.test. A 192.0.2.43
    two.ok.test. A 192.0.2.43
    classless.ok.test. A 192.0.2.44
    listed.ok.test. A 192.0.2.66
    quiet.test. MX 10 mx1.ok.test.
"""
POINTERS = {
    "41": ("PTR lost.ok.test.",),
    "42": ("PTR host-192-0-2-42.pool.ok.test.",),
    "43": ("PTR one.ok.test.", "PTR two.ok.test."),
    "44": (f"CNAME 44.0-63.{REVERSE}.",),
    "44.0-63": ("PTR classless.ok.test.",),
    "66": ("PTR listed.ok.test.",),
}
LISTED = f"""
    2.0.0.127.{LIST}. A 127.0.0.2
    2.0.0.0.0.0.f.7.f.f.f.f.{"0." * 20}{LIST}. A 127.0.0.2
    66.2.0.192.{LIST}. A 127.0.0.2
"""
COM = """
    _spf.google.com. TXT "v=spf1 ip4:192.0.2.128/28 ~all"
    aspmx.l.google.com. A 192.0.2.129
    aspmx.l.google.com. AAAA 2001:db8::129
    x.mail.protection.outlook.com. A 192.0.2.130
    x.mail.protection.outlook.com. AAAA 2001:db8::130
"""


SILENT = {  # names below `test.` whose servers refuse to answer, and what is planted so that they are needed
    "include": '= @ TXT "v=spf1 ip4:192.0.2.25 include:spf.dead.test -all"',
    "policy": "- _dmarc TXT\n+ _dmarc NS ns.dead.test.",
    "selector": "- s1._domainkey TXT\n+ s1._domainkey NS ns.dead.test.",
    "both": f'= @ TXT "v=spf1 {A_NAMES} include:spf.dead.test -all"',
}


@dataclass(frozen=True, slots=True)
class Planted:
    """A domain, and the faults that are in it."""

    name: str
    faults: tuple[Fault, ...]

    @property
    def rules(self) -> set[str]:
        return {rule for fault in self.faults for rule in fault.rules}

    @property
    def line(self) -> str:
        """The domain as the list has it."""
        options = [o for fault in self.faults for o in fault.options.split() if o != "-"]
        keyless = any(fault.options == "-" for fault in self.faults)
        if not keyless and not any(o.startswith("selectors=") for o in options):
            options.append("selectors=s1")
        return " ".join((self.name, *options)).replace("{d}", self.name)


def planted() -> tuple[Planted, ...]:
    """A sound domain, every fault by itself, and faults of different topics together."""
    groups: list[tuple[Fault, ...]] = [(), *((fault,) for fault in FAULTS)]
    free = [[f for f in topic if not f.alone] for topic in (SPF, DMARC, DKIM, MX, TLSRPT, PTR, HELO)]
    spf, dmarc, dkim, mx, tlsrpt, ptr, helo = free
    groups += [_together(*each) for each in zip_longest(spf, dmarc)]
    groups += [_together(*each) for each in zip_longest(dkim, reversed(dmarc), mx)]
    groups += [_together(*each) for each in zip_longest(ptr, helo, tlsrpt, dmarc[5:11])]
    return tuple(Planted(f"d{number:03d}.test", faults) for number, faults in enumerate(groups))


def silent() -> dict[str, Planted]:
    """Domains of which a part cannot be asked."""
    return {
        name: Planted(f"silent-{name}.test", (Fault(name, "", change, frozenset()),)) for name, change in SILENT.items()
    }


def _together(*faults: Fault | None) -> tuple[Fault, ...]:
    return tuple(fault for fault in faults if fault is not None)


def records(domain: Planted, key: str) -> list[str]:
    """The lines of a domain in the zone `test.`."""
    lines: list[tuple[str, str, str]] = []
    for change in (SOUND, *(fault.change for fault in domain.faults)):
        for text in filter(None, map(str.strip, change.splitlines())):
            sign, owner, rest = text.split(None, 2)
            rest = rest.replace("{d}", domain.name).replace("{key}", key)
            rdtype = next(word for word in rest.split() if not word.isdigit())
            if sign in "-=":
                lines = [line for line in lines if line[:2] != (owner, rdtype)]
            if sign in "+=":
                lines.append((owner, rdtype, rest))
    return [f"{domain.name if owner == '@' else f'{owner}.{domain.name}'}. {rest}" for owner, _, rest in lines]


@contextmanager
def serving(directory: Path, place: Place, domains: tuple[Planted, ...]) -> Iterator[None]:
    """Serve all the domains.

    Raises:
        NotReady: a server did not come up.
    """
    key = sound_key()
    many = [f"many.ok.test. MX {i} x{i}.many.ok.test." for i in range(1, 12)]
    hosts = [line for name, (four, six) in HOSTS.items() for line in _host(f"{name}.ok.test.", four, six)]
    test = [line for domain in domains for line in records(domain, key)]
    dead = ["dead.test. NS ns.dead.test.", f"ns.dead.test. A {place.lists}"]  # where nobody listens
    _zone(directory, "test", place, [*dead, *_lines(OK), *_lines(LISTED), *many, *hosts, *test])
    _zone(directory, "com", place, _lines(COM))
    _zone(directory, REVERSE, place, [*_pointers(REVERSE), *_others(REVERSE)])
    _zone(directory, REVERSE6, place, _pointers6())
    root = [f"{zone}. NS ns.{zone}." for zone in ZONES] + [f"ns.{zone}. A {place.tld}" for zone in ZONES]
    _zone(directory, "", place, root)
    daemons = Daemons(directory)
    try:
        for address, level, zones in ((place.tld, "records", ZONES), (place.root, "above", ("",))):
            configuration = directory / f"nsd-{level}.conf"
            served = "".join(f'zone:\n  name: "{z or "."}"\n  zonefile: "{z or "root"}.zone"\n' for z in zones)
            configuration.write_text(NSD.format(address=address, level=level, directory=directory) + served)
            ready = answers(address, zones[0] or ".", "SOA")
            daemons.start(f"nsd-{level}", ("nsd", "-d", "-c", str(configuration)), ready)
        (directory / "hints").write_text(f". 300 NS ns.root-lab.\nns.root-lab. 300 A {place.root}\n")
        reversed_zones = "".join(f'  local-zone: "{zone}." nodefault\n' for zone in (REVERSE, REVERSE6))
        text = UNBOUND.format(address=place.resolver, directory=directory).replace("validator iterator", "iterator")
        text = "".join(line + "\n" for line in text.splitlines() if "trust-anchor" not in line)
        text = text.replace('  local-zone: "test." nodefault\n', f'  local-zone: "test." nodefault\n{reversed_zones}')
        configuration = directory / "unbound.conf"
        configuration.write_text(text)
        ready = answers(place.resolver, domains[0].name, "MX")
        daemons.start("unbound", ("unbound", "-d", "-c", str(configuration)), ready)
        yield
    finally:
        daemons.stop()


def _zone(directory: Path, name: str, place: Place, lines: list[str]) -> None:
    origin = f"{name}." if name else "."
    nameserver, address = (f"ns.{origin}", place.tld) if name else ("ns.root-lab.", place.root)
    head = f"$ORIGIN {origin}\n$TTL 3600\n@ SOA {nameserver} hostmaster.test. 1 3600 600 86400 60\n@ NS {nameserver}\n"
    text = f"{head}{nameserver} A {address}\n" + "".join(f"{line}\n" for line in lines)
    (directory / f"{name or 'root'}.zone").write_text(text)


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _host(name: str, four: int, six: str | None) -> list[str]:
    return [f"{name} A 192.0.2.{four}", *([f"{name} AAAA 2001:db8::{six}"] if six else [])]


def _pointers(zone: str) -> list[str]:
    """Each address leads back to the first host that has it."""
    first = {four: name for name, (four, _) in reversed(HOSTS.items())}
    return [f"{four}.{zone}. PTR {name}.ok.test." for four, name in first.items()]


def _others(zone: str) -> list[str]:
    google = [f"129.{zone}. PTR aspmx.l.google.com.", f"130.{zone}. PTR x.mail.protection.outlook.com."]
    return google + [f"{owner}.{zone}. {data}" for owner, each in POINTERS.items() for data in each]


def _pointers6() -> list[str]:
    first = {six: name for name, (_, six) in reversed(HOSTS.items()) if six}
    named = [(six, f"{name}.ok.test.") for six, name in first.items()]
    named += [("129", "aspmx.l.google.com."), ("130", "x.mail.protection.outlook.com.")]
    return [f"{'.'.join(reversed(six.rjust(24, '0')))}.{REVERSE6}. PTR {name}" for six, name in named]
