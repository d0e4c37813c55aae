"""Offers of TLS by hand to `openssl s_server`, a server that is none of ours, with `openssl s_client` as the judge.

What this machine's OpenSSL has given up (SSLv3, RC4, 3DES, EXPORT) no server here can show taken: of that the tests
with flights by octets are, in tests/syntax/tls and tests/network/test_hello.py.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import socket
import subprocess
import textwrap
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from audit.model.hello import Offer, TlsFlight, TlsHello
from audit.model.probe import Outcome
from audit.network.hello import offer as make_offer
from audit.network.options import SmtpLimits
from tests.real.command import audit, mxaudit
from tests.real.internet import Internet, required
from tests.syntax.pki import CA, HOST, Signer, issue

pytestmark = pytest.mark.real

LIMITS = SmtpLimits(connect=5, banner=5, ehlo=5, tls=5, quit=1, session=20, gap_between_visits=0)
ANY = "ALL:COMPLEMENTOFALL:@SECLEVEL=0"
OAKLEY = (  # of 1024 bits: RFC 2409 section 6.2
    "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DD"
    "EF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED"
    "EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE65381FFFFFFFFFFFFFFFF"
)
DH_PARAMETERS = bytes.fromhex(f"30818702818100{OAKLEY}020102")
EC = issue(HOST, CA, dns=(HOST,))
RSA = issue(HOST, CA, dns=(HOST,), key=rsa.generate_private_key(65537, 2048))
SERVERS: dict[str, tuple[str, ...]] = {
    "today": ("-cert", "ec", "-key", "ec.key"),
    "everything": ("-cert", "rsa", "-key", "rsa.key", "-cipher", ANY, "-dhparam", "dh1024"),
    "old": ("-cert", "rsa", "-key", "rsa.key", "-cipher", ANY, "-tls1"),
    "1.3 alone": ("-cert", "ec", "-key", "ec.key", "-tls1_3"),
    "static": ("-cert", "rsa", "-key", "rsa.key", "-cipher", "kRSA:@SECLEVEL=0", "-tls1_2"),
    "two keys": ("-cert", "ec", "-key", "ec.key", "-dcert", "rsa", "-dkey", "rsa.key"),
}


@pytest.fixture(scope="module")
def ports(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, int]]:
    required()
    folder = tmp_path_factory.mktemp("offers")
    for name, signer in (("ec", EC), ("rsa", RSA)):
        _write(folder, name, signer)
    lines = textwrap.wrap(base64.b64encode(DH_PARAMETERS).decode(), 64)
    (folder / "dh1024").write_text(
        "\n".join(("-----BEGIN DH PARAMETERS-----", *lines, "-----END DH PARAMETERS-----\n"))
    )
    with ExitStack() as stack:
        yield {name: stack.enter_context(_serving(folder, options)) for name, options in SERVERS.items()}


def _write(folder: Path, name: str, signer: Signer) -> None:
    octets = subprocess.run(
        ("openssl", "x509", "-inform", "DER"), input=signer.der, capture_output=True, check=True
    ).stdout
    (folder / name).write_bytes(octets)
    (folder / f"{name}.key").write_bytes(signer.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))


@contextmanager
def _serving(folder: Path, options: tuple[str, ...]) -> Iterator[int]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen(
        ("openssl", "s_server", "-quiet", "-accept", f"127.0.0.1:{port}", "-no_ticket", *options),
        cwd=folder,
        env=_plain(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait(port)
        yield port
    finally:
        server.terminate()
        server.wait(timeout=10)


def _plain() -> dict[str, str]:
    """Without the distribution's own ideas of what is good enough."""
    return {**os.environ, "OPENSSL_CONF": "/dev/null"}


def _wait(port: int) -> None:
    for _ in range(200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise TimeoutError(port)


def offered(port: int, offer: Offer) -> TlsFlight:
    hello = TlsHello(host=HOST, address="127.0.0.1", port=port, offer=offer, implicit_tls=True)
    return asyncio.run(make_offer(hello, ("127.0.0.1", port), "a.test", LIMITS, lambda _: None))


def taken(flight: TlsFlight) -> bool:
    last = flight.stages[-1]
    assert last.outcome in (Outcome.OK, Outcome.TLS_FAILED), flight
    assert (last.outcome is Outcome.OK) or last.detail == f"alert {flight.alert}"
    return last.outcome is Outcome.OK


def taken_by_openssl(port: int, *options: str) -> bool:
    command = ("openssl", "s_client", "-brief", "-connect", f"127.0.0.1:{port}", "-servername", HOST, *options)
    done = subprocess.run(
        command, env=_plain(), stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=20, check=False
    )
    return "CONNECTION ESTABLISHED" in done.stderr


ALIKE: dict[Offer, tuple[str, ...]] = {
    Offer.TLS13: ("-tls1_3",),
    Offer.TLS12: ("-no_tls1_3", "-cipher", "HIGH:!aNULL:!3DES:@SECLEVEL=0"),
    Offer.TLS11: ("-no_tls1_3", "-no_tls1_2", "-cipher", f"{ANY}:-aNULL"),
    Offer.TLS10: ("-tls1", "-cipher", f"{ANY}:-aNULL"),
    Offer.ANONYMOUS: ("-no_tls1_3", "-cipher", "aNULL:@SECLEVEL=0"),
    Offer.NULL: ("-no_tls1_3", "-cipher", "eNULL:-aNULL:@SECLEVEL=0"),
    Offer.STATIC: ("-no_tls1_3", "-cipher", "kRSA:!eNULL:@SECLEVEL=0"),
    Offer.DHE: ("-no_tls1_3", "-cipher", "kDHE:!aNULL:!eNULL:@SECLEVEL=0"),
    Offer.ECDSA: ("-no_tls1_3", "-cipher", "aECDSA:!eNULL:@SECLEVEL=0"),
    Offer.RSA: ("-no_tls1_3", "-cipher", "aRSA:!eNULL:@SECLEVEL=0"),
}


@pytest.mark.parametrize("offer", ALIKE)
@pytest.mark.parametrize("server", SERVERS)
def test_a_server_takes_what_it_takes_of_openssl(ports: dict[str, int], server: str, offer: Offer) -> None:
    assert taken(offered(ports[server], offer)) is taken_by_openssl(ports[server], *ALIKE[offer])


@pytest.mark.parametrize("offer", [Offer.SSL3, Offer.RC4, Offer.EXPORT, Offer.TRIPLE_DES, Offer.DES])
@pytest.mark.parametrize("server", SERVERS)
def test_what_openssl_has_given_up_is_refused_by_an_alert(ports: dict[str, int], server: str, offer: Offer) -> None:
    assert not taken(offered(ports[server], offer))


@dataclass(frozen=True)
class Agreed:
    version: str | None
    cipher: str | None = None
    group: str | None = None
    dh_bits: int | None = None


@pytest.mark.parametrize(
    ("server", "offer", "agreed"),
    [
        ("everything", Offer.TLS11, ("TLSv1.1",)),
        ("everything", Offer.TLS10, ("TLSv1.0",)),
        ("old", Offer.TLS12, ("TLSv1.0",)),
        ("1.3 alone", Offer.TLS13, ("TLSv1.3",)),
        ("static", Offer.STATIC, ("TLSv1.2",)),
    ],
)
def test_the_version_is_the_servers(ports: dict[str, int], server: str, offer: Offer, agreed: tuple[str]) -> None:
    assert offered(ports[server], offer).version == agreed[0]


def test_the_size_of_a_prime_is_seen(ports: dict[str, int]) -> None:
    flight = offered(ports["everything"], Offer.DHE)
    assert (flight.dh_bits, (flight.cipher or "")[:8]) == (1024, "TLS_DHE_")
    assert flight.signature is not None


def test_each_kind_of_key_has_its_certificate(ports: dict[str, int]) -> None:
    assert offered(ports["two keys"], Offer.ECDSA).chain[:1] == (EC.der,)
    assert offered(ports["two keys"], Offer.RSA).chain[:1] == (RSA.der,)
    assert not taken(offered(ports["today"], Offer.RSA))


def test_renegotiation_is_safe_and_nothing_is_compressed(ports: dict[str, int]) -> None:
    flight = offered(ports["today"], Offer.TLS12)
    assert (flight.renegotiation_info, flight.compression) == (True, False)


def test_a_group_that_a_server_does_not_know_is_refused(ports: dict[str, int]) -> None:
    knows = taken_by_openssl(ports["today"], "-tls1_3", "-groups", "X25519MLKEM768")
    assert taken(offered(ports["today"], Offer.POST_QUANTUM)) is knows
    assert offered(ports["today"], Offer.TLS13).group is not None


DEPTH = {
    ("TLS-VER-10-11", "pass"),
    ("TLS-VER-SSL", "pass"),
    ("TLS-VER-NO13", "pass"),
    ("TLS-CIPHER-BAD", "pass"),
    ("TLS-COMPRESSION", "pass"),
    ("TLS-RENEG", "pass"),
    ("TLS-REQUIRED-25", "pass"),
}


def test_a_run_in_full_depth_judges_all_of_it(internet: Internet, tmp_path: Path) -> None:
    """The whole command: eight offers, one connection each, and judged again from what was written down."""
    ended = audit(internet, ["expired.test"], tmp_path, "--dnsbl", "none", "--tls-depth", "full", "--smtp-gap", "0")
    server = f"mx1.expired.test {internet.hosts['mx1.expired.test'].at.smtp}"
    found = {(rule, result) for rule, subject, result, _ in ended.results("expired.test") if subject == server}
    assert found >= DEPTH, found
    hellos = [line["hello"] for line in ended.lines("hosts.jsonl") if line["kind"] == "hello"]
    offers = [h["offer"] for h in hellos if not h["repeat"]]
    assert {"tls1.1", "weak", "anonymous", "static", "dhe", "tls1.2"} <= set(offers)
    assert len(offers) == len(set(offers)) <= 8
    again = mxaudit("judge", str(ended.directory), "-o", f"json={tmp_path / 'again.json'}", directory=tmp_path)
    assert (tmp_path / "again.json").exists(), again.stderr
    assert json.loads((tmp_path / "again.json").read_bytes()) == ended.report


def test_the_staged_test_says_of_a_server_what_a_run_says(internet: Internet, tmp_path: Path) -> None:
    """Both in full depth, of the same server; only that its domain counts in the one and not in the other."""
    ended = audit(internet, ["good.test"], tmp_path, "--dnsbl", "none", "--tls-depth", "full", "--smtp-gap", "0")
    host = "mx1.good.test"
    server = f"{host} {internet.hosts[host].at.smtp}"
    run = {(rule, result) for rule, subject, result, _ in ended.results("good.test") if subject == server}
    more = ("--nameserver", f"{internet.place.resolver}:53", "--ca-file", str(internet.ca_file), "--tls-gap", "0")
    done = mxaudit("smtp", f"{host}:25", "--json", "--allow-net", "127.0.0.0/8", *more, directory=tmp_path)
    (dialogue,) = json.loads(done.stdout)["dialogues"]
    told = {(f["rule"], f["result"]) for f in dialogue["tls"]["depth"]["rules"]}
    rules = {rule for rule, _ in told}
    assert (done.returncode, dialogue["ok"]) == (0, True)
    assert {(rule, result) for rule, result in told if result != "not_applicable"} == {
        (rule, result) for rule, result in run if rule in rules
    }
    assert told >= DEPTH - {("TLS-VER-NO13", "pass")}
