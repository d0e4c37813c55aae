"""What the embedded lab signs is what unbound believes: it forwards to the lab's resolver, and validates."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import dns.asyncquery
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import pytest

from audit.lab.lab import Lab, zones
from audit.lab.signing import SignedZones, State
from audit.lab.stories import STORIES
from audit.lab.zone import labels
from tests.real.daemons import Daemons
from tests.real.internet import UNBOUND, required
from tests.real.place import claimed

pytestmark = pytest.mark.real

ASKED = ("{} SOA", "{} MX", "{} AAAA", "{} DS", "no.{} TXT", "_domainkey.{} TXT", "mx.{} A", "a.b.mx.{} A")
BROKEN = {"servfail.example", "silent.example"}
HELD = {State.SECURE: "ad", State.INSECURE: "said", State.BOGUS: "withheld"}


def configured(lab: Lab, address: str, directory: Path) -> Path:
    """A validating unbound that asks the lab's resolver."""
    (directory / "root.key").write_text("".join(f"{anchor}\n" for anchor in lab.trust_anchors))
    (directory / "hints").write_text(". 300 NS ns.root-lab.\nns.root-lab. 300 A 127.0.0.1\n")
    host, port = lab.nameserver
    text = UNBOUND.format(address=address, directory=directory)
    text += f'forward-zone:\n  name: "."\n  forward-addr: {host}@{port}\n'
    (directory / "unbound.conf").write_text(text)
    return directory / "unbound.conf"


def started(log: Path) -> bool:
    return "start of service" in log.read_text(errors="replace")


async def verdict(server: str, question: str) -> str:
    name, kind = question.split()
    reply = await dns.asyncquery.tcp(dns.message.make_query(name, kind, want_dnssec=True), server, timeout=10)
    if reply.rcode() == dns.rcode.SERVFAIL:
        return "withheld"
    return "ad" if reply.flags & dns.flags.AD else "said"


def expected(signed: SignedZones, question: str) -> str:
    """By the zone that holds the name; the end of an alias is not asked for here."""
    name, kind = question.split()
    return HELD[signed.state(signed.zones.home(labels(dns.name.from_text(name)), dns.rdatatype.from_text(kind)))]


def test_unbound_believes_what_is_secure_and_withholds_what_is_bogus(tmp_path: Path) -> None:
    required()
    now = datetime.now(UTC)
    signed = SignedZones(zones(), now)
    questions = [q.format(s.domain) for s in STORIES if s.domain not in BROKEN for q in ASKED]
    questions += [". SOA", "example DNSKEY", "nope.com A", "nope.example A", "servfail.example DS", "silent.example DS"]

    async def main() -> dict[str, str]:
        daemons = Daemons(tmp_path)
        with claimed() as place:
            async with Lab(now) as lab:
                command = ("unbound", "-d", "-c", str(configured(lab, place.resolver, tmp_path)))
                process = daemons.spawn("unbound", command, talks=False)
                try:
                    daemons.wait("unbound", process, lambda: started(tmp_path / "unbound.log"))
                    return {question: await verdict(place.resolver, question) for question in questions}
                finally:
                    daemons.stop()

    found = asyncio.run(main())
    assert found == {question: expected(signed, question) for question in questions}
    assert set(found.values()) == set(HELD.values())
