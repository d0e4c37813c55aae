"""What `openssl s_server` staples, as kept and judged by us, with `openssl s_client` as the judge of the same."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.ocsp import OCSPCertStatus

from audit.model.probe import SmtpVisit, TlsShown
from audit.network.options import SmtpLimits
from audit.network.smtp import hold
from audit.syntax import ocsp
from tests.real.internet import required
from tests.syntax.pki import CA, HOST, issue
from tests.syntax.stapling import GOOD, REVOKED, response

pytestmark = pytest.mark.real

LEAF = issue(HOST, CA, dns=(HOST,))
AT = datetime.now(UTC).replace(microsecond=0)  # s_client has no other clock
VERSIONS = ("-tls1_2", "-tls1_3")


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(("status", "told", "revoked"), [(GOOD, "good", False), (REVOKED, "revoked", True)])
def test_what_is_stapled_is_judged_as_openssl_reads_it(
    tmp_path: Path, status: OCSPCertStatus, told: str, revoked: bool, version: str
) -> None:
    (tmp_path / "status").write_bytes(response(LEAF.der, CA.der, CA.key, AT, status=status))
    with serving(tmp_path, version, "-status_file", "status") as port:
        assert f"Cert Status: {told}" in read_by_openssl(port)
        shown, unasked = shaken(port), shaken(port, asked=False)
    assert unasked.stapled is None
    assert shown.stapled == (tmp_path / "status").read_bytes()
    assert ocsp.judge(shown.stapled, shown.chain, AT).revoked is revoked


@pytest.mark.parametrize("version", VERSIONS)
def test_nothing_stapled_is_seen_as_such(tmp_path: Path, version: str) -> None:
    with serving(tmp_path, version) as port:
        assert "OCSP response: no response sent" in read_by_openssl(port)
        assert shaken(port).stapled is None


def shaken(port: int, *, asked: bool = True) -> TlsShown:
    """What is shown in a session, which ends there: `s_server` has nothing to say."""
    visit = SmtpVisit(host=HOST, address="127.0.0.1", port=port, implicit_tls=True)
    limits = SmtpLimits(connect=5, banner=0.2, tls=5, quit=0.2, session=10, stapling=asked)
    session = asyncio.run(hold(visit, ("127.0.0.1", port), "a.test", limits, lambda _: None))
    assert session.tls is not None
    return session.tls


def read_by_openssl(port: int) -> str:
    command = ("openssl", "s_client", "-status", "-connect", f"127.0.0.1:{port}", "-servername", HOST)
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=20, check=False)
    return done.stdout


@contextmanager
def serving(folder: Path, *options: str) -> Iterator[int]:
    required()
    leaf, above = (x509.load_der_x509_certificate(c.der).public_bytes(Encoding.PEM) for c in (LEAF, CA))
    (folder / "leaf").write_bytes(leaf)
    (folder / "above").write_bytes(above)
    (folder / "key").write_bytes(LEAF.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    files = ("-cert", "leaf", "-key", "key", "-cert_chain", "above")
    server = subprocess.Popen(
        ("openssl", "s_server", "-quiet", "-accept", f"127.0.0.1:{port}", *files, *options),
        cwd=folder,
        env={**os.environ, "OPENSSL_CONF": "/dev/null"},
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


def _wait(port: int) -> None:
    for _ in range(200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise TimeoutError(port)
