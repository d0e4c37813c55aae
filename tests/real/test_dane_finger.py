"""TLSA records and chains as Postfix finds them: `posttls-finger -l dane` against servers of OpenSSL, in a signed zone.

It asks the resolver of /etc/resolv.conf, and so runs in a mount namespace of its own, where that file is ours. NSD has
the zone, unbound validates it. It tells “Verified” where a record fits, and names each record that it cannot use: where
that is all of them, it delivers over TLS, whoever it is with. On each pair ours finds the same.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from audit.lab.pki import Credentials
from audit.syntax.dane import Dane, judged, read
from tests.real.daemons import Daemons, answers
from tests.real.internet import NSD, required
from tests.real.mailhost import Addresses, MailHost
from tests.real.place import Place, claimed
from tests.syntax.pki import NOW, Signer, ec_key, issue
from tests.syntax.test_dane import tlsa

pytestmark = pytest.mark.real

ZONE = "dane.test"
STARTED = datetime.now(UTC)
TODAY = (STARTED - NOW).days  # certificates of these tests count their days from another one


def certificate(name: str, by: Signer | None, *, days: tuple[int, int] = (-30, 60), **rest: object) -> Signer:
    since, until = days
    return issue(name, by, days=(TODAY + since, TODAY + until), **rest)  # type: ignore[arg-type]


def leaf(kind: str, by: Signer | None, *, days: tuple[int, int] = (-30, 60), named: str = "", key: str = "") -> Signer:
    """The certificate of all hosts of a kind, by a wildcard in the place of their own label."""
    covered = f"*.{named or kind}.{ZONE}"
    return certificate(covered[:60], by, days=days, dns=(covered,), key=ec_key(key or f"{kind} of {ZONE}"))


ROOT = certificate("Finger Root", None, ca=True, days=(-1000, 3000))
CA = certificate("Finger CA", ROOT, ca=True, days=(-900, 1800))
OLD_CA = certificate("Finger CA", ROOT, ca=True, days=(-900, -5))
NO_CA = certificate("Finger No CA", ROOT)
STRANGER = certificate("Finger Stranger", None, ca=True, days=(-900, 1800))
GOOD = leaf("good", CA)
COMMON = certificate(f"*.common.{ZONE}", CA, key=ec_key("common"))

CHAINS: dict[str, tuple[Signer, ...]] = {
    "good": (GOOD, CA),
    "whole": (leaf("whole", CA), CA, ROOT),
    "alone": (leaf("alone", CA),),
    "expired": (leaf("expired", CA, days=(-90, -1)), CA),
    "early": (leaf("early", CA, days=(5, 90)), CA),
    "other": (leaf("other", CA, named="elsewhere"), CA),
    "common": (COMMON, CA),
    "self": (leaf("self", None),),
    "oldca": (leaf("oldca", CA), OLD_CA),
    "noca": (leaf("noca", NO_CA), NO_CA, ROOT),
    "stranger": (leaf("stranger", CA), CA, STRANGER),
}


@dataclass(frozen=True, slots=True)
class Pair:
    """A host of its own, with records and one of the chains."""

    kind: str
    number: int
    records: tuple[str, ...]

    @property
    def host(self) -> str:
        return f"r{self.number}.{self.kind}.{ZONE}"

    @property
    def verdict(self) -> Dane:
        parsed = [r for r in map(read, self.records) if r]
        chain = tuple(signer.der for signer in CHAINS[self.kind])
        return judged(parsed, chain, (self.host,), STARTED).state


def published(chain: tuple[Signer, ...]) -> Iterator[tuple[str, ...]]:
    """What may stand beside a chain."""
    yield (tlsa(3, 1, 1, chain[0]),)
    yield (tlsa(3, 0, 2, chain[0]),)
    yield (tlsa(2, 1, 1, CA),)
    yield (tlsa(2, 0, 1, ROOT),)
    yield (tlsa(3, 1, 1, STRANGER), tlsa(2, 0, 1, chain[-1]))


MORE = (
    (tlsa(3, 1, 1, STRANGER),),
    (tlsa(3, 1, 2, STRANGER), tlsa(3, 1, 1, GOOD)),  # the strongest digest counts alone
    (tlsa(3, 1, 1, STRANGER), tlsa(3, 1, 1, GOOD)),
    (tlsa(3, 0, 0, GOOD),),
    (tlsa(3, 1, 0, GOOD),),
    (tlsa(2, 0, 0, CA),),
    (tlsa(2, 0, 0, ROOT),),
    (tlsa(2, 1, 1, GOOD),),
    (tlsa(1, 1, 1, GOOD),),  # not for mail
    (tlsa(0, 0, 1, CA),),
    (tlsa(1, 1, 1, GOOD), tlsa(3, 1, 1, STRANGER)),
    (tlsa(3, 1, 1, GOOD).replace("3 1 1", "3 2 1", 1),),
    (tlsa(3, 1, 1, GOOD).replace("3 1 1", "3 1 3", 1),),
)
PAIRS = tuple(
    Pair(kind, number, records)
    for kind, chain in CHAINS.items()
    for number, records in enumerate((*published(chain), *(MORE if kind == "good" else ())))
)


def zone_text(place: Place) -> str:
    lines = [
        f"$ORIGIN {ZONE}.",
        "$TTL 60",
        "@ SOA ns hostmaster 1 3600 600 86400 60",
        "@ NS ns",
        f"ns A {place.domains}",
    ]
    for pair in PAIRS:
        lines.append(f"{pair.host}. A {place.mail(20 + list(CHAINS).index(pair.kind))}")
        lines += [f"_25._tcp.{pair.host}. TLSA {record}" for record in pair.records]
    return "\n".join((*lines, ""))


UNBOUND = """server:
  directory: "{directory}"
  chroot: ""
  username: ""
  pidfile: "{directory}/unbound.pid"
  use-syslog: no
  num-threads: 1
  interface: {address}
  port: 53
  outgoing-interface: {address}
  access-control: 127.0.0.0/8 allow
  do-not-query-localhost: no
  do-ip6: no
  trust-anchor-file: "{directory}/anchor"
  local-zone: "test." nodefault
stub-zone:
  name: "{zone}"
  stub-addr: {authority}
"""


@pytest.fixture(scope="module")
def resolver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A resolv.conf that names a validating resolver of the zone, whose mail hosts listen."""
    required("posttls-finger", "unshare")
    if subprocess.run(["unshare", "-m", "true"], capture_output=True, check=False).returncode:
        unable = "no mount namespace can be made here"
        pytest.fail(unable, pytrace=False) if os.environ.get("REQUIRE_REAL") == "1" else pytest.skip(unable)
    directory = tmp_path_factory.mktemp("finger")
    with claimed() as place, ExitStack() as stack:
        daemons = Daemons(directory)
        stack.callback(daemons.stop)
        _serve_zone(daemons, directory, place)
        for index, (kind, chain) in enumerate(CHAINS.items(), 20):
            key = chain[0].key
            assert isinstance(key, ec.EllipticCurvePrivateKey)
            shown = Credentials(key, tuple(x509.load_der_x509_certificate(s.der) for s in chain))
            at = Addresses(place.mail(index), place.engine(index))
            stack.enter_context(MailHost(f"mx.{kind}.{ZONE}", at, shown, directory, daemons))
        conf = directory / "resolv.conf"
        conf.write_text(f"nameserver {place.resolver}\noptions timeout:2 attempts:2\n")
        yield conf


def _serve_zone(daemons: Daemons, directory: Path, place: Place) -> None:
    file = directory / "dane.zone"
    file.write_text(zone_text(place))

    def run(*command: str) -> str:
        done = subprocess.run(command, cwd=directory, check=True, capture_output=True, text=True, timeout=60)
        return done.stdout.strip()

    key = run("ldns-keygen", "-k", "-a", "ECDSAP256SHA256", "-r", "/dev/urandom", ZONE)
    run("ldns-signzone", "-f", "dane.zone.signed", "dane.zone", key)
    (directory / "anchor").write_text(run("ldns-key2ds", "-n", "-2", f"{key}.key") + "\n")
    nsd = directory / "nsd.conf"
    text = NSD.format(address=place.domains, level="dane", directory=directory)
    nsd.write_text(f'{text}zone:\n  name: "{ZONE}"\n  zonefile: "dane.zone.signed"\n')
    daemons.start("nsd", ("nsd", "-d", "-c", str(nsd)), answers(place.domains, ZONE, "SOA"))
    unbound = directory / "unbound.conf"
    unbound.write_text(UNBOUND.format(address=place.resolver, directory=directory, zone=ZONE, authority=place.domains))
    daemons.start("unbound", ("unbound", "-d", "-c", str(unbound)), answers(place.resolver, ZONE, "SOA"))


def of_postfix(pair: Pair, resolv: Path) -> Dane:
    """What Postfix makes of a host, were it to deliver there."""
    inside = f"mount --bind {resolv} /etc/resolv.conf && exec posttls-finger -c -l dane -t 20 -T 20 '[{pair.host}]:25'"
    done = subprocess.run(
        ["unshare", "-m", "sh", "-c", inside], capture_output=True, text=True, timeout=60, check=False
    )
    said = done.stdout + done.stderr
    assert "TLS connection established" in said, said
    if "Verified TLS connection established" in said:
        return Dane.MATCH
    passed_over = sum(said.count(f" {why} TLSA ") for why in ("unsupported", "unusable"))
    return Dane.UNUSABLE if passed_over == len(pair.records) else Dane.NO_MATCH


def test_there_are_forty() -> None:
    assert len(PAIRS) >= 40
    assert {pair.verdict for pair in PAIRS} == set(Dane)


@pytest.mark.parametrize("pair", PAIRS, ids=lambda p: p.host)
def test_postfix_finds_the_same(pair: Pair, resolver: Path) -> None:
    assert of_postfix(pair, resolver) is pair.verdict
