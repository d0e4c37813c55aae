"""TLSA records against chains as `openssl s_client` finds them, a matcher that is none of ours."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from audit.syntax.dane import Dane, judged, read
from tests.real.internet import required
from tests.syntax import test_dane as ours
from tests.syntax.pki import CA, HOST, NOW, ROOT, Signer

pytestmark = pytest.mark.real

CHAINS: dict[str, tuple[Signer, ...]] = {
    "good": (ours.LEAF, CA),
    "with its root": (ours.LEAF, CA, ROOT),
    "alone": (ours.LEAF,),
    "expired": (ours.EXPIRED, CA),
    "another name": (ours.OTHER_NAME, CA),
    "a common name": (ours.ONLY_COMMON, CA),
    "signed by itself": (ours.SELF,),
    "an old authority": (ours.LEAF, ours.OLD_CA),
    "an old root": (ours.LEAF, CA, ours.OLD_ROOT),
    "no authority": (ours.BELOW_NO_CA, ours.NO_CA, ROOT),
    "a stranger sent": (ours.LEAF, CA, ours.STRANGER),
}


def records(chain: tuple[Signer, ...]) -> tuple[tuple[str, ...], ...]:
    """What may be published beside a chain: each kind of record of each certificate, and pairs."""
    own = dict.fromkeys((*chain, CA, ours.STRANGER))
    single = tuple((ours.tlsa(u, s, m, of),) for u in (2, 3) for s, m in ((1, 1), (0, 0)) for of in own)
    agile = (ours.tlsa(3, 1, 2, ours.STRANGER), ours.tlsa(3, 1, 1, chain[0]))
    return (*single, agile, (ours.tlsa(3, 1, 1, ours.STRANGER), ours.tlsa(3, 1, 1, chain[0])))


@contextmanager
def serving(chain: tuple[Signer, ...], folder: Path) -> Iterator[int]:
    """The chain, as `openssl s_server` sends it, at a port of this machine."""
    leaf = chain[0]
    (folder / "leaf.pem").write_bytes(pem(leaf.der))
    (folder / "key.pem").write_bytes(leaf.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    (folder / "chain.pem").write_bytes(b"".join(pem(s.der) for s in chain[1:]))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    sent = ("-cert_chain", folder / "chain.pem") if chain[1:] else ()
    command = ("openssl", "s_server", "-quiet", "-accept", f"127.0.0.1:{port}", "-cert", folder / "leaf.pem")
    server = subprocess.Popen(
        [*map(str, (*command, "-key", folder / "key.pem", "-no_ticket", *sent))],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        waited(port)
        yield port
    finally:
        server.kill()
        server.wait()


def waited(port: int) -> None:
    for _ in range(200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError("openssl s_server does not listen")


def pem(der: bytes) -> bytes:
    return x509.load_der_x509_certificate(der).public_bytes(Encoding.PEM)


def of_openssl(port: int, published: tuple[str, ...]) -> bool:
    """Whether `openssl s_client` finds that the server is the one that the records name."""
    given = [word for record in published for word in ("-dane_tlsa_rrdata", record)]
    fixed = ("-verify_return_error", "-brief", "-attime", str(int(NOW.timestamp())), "-dane_ee_no_namechecks")
    done = subprocess.run(
        ["openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-dane_tlsa_domain", HOST, *given, *fixed],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=30,
        check=False,
    )
    return b"Verification: OK" in done.stderr + done.stdout


@pytest.mark.parametrize("name", CHAINS)
def test_openssl_finds_the_same(name: str, tmp_path: Path) -> None:
    required("openssl")
    chain = CHAINS[name]
    with serving(chain, tmp_path) as port:
        for published in records(chain):
            parsed = [r for r in map(read, published) if r]
            verdict = judged(parsed, tuple(s.der for s in chain), (HOST,), NOW)
            assert (verdict.state is Dane.MATCH) is of_openssl(port, published), (published, verdict)
