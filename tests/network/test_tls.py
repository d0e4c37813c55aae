"""What is said in a ClientHello about whom we want to see (RFC 6066 section 3), and what is kept of the answer."""

from __future__ import annotations

import contextlib

import pytest
from cryptography import x509
from OpenSSL import SSL

from audit.model.probe import TlsShown
from audit.network.tls import CHUNK, STAPLED_OCTETS, TlsEngine, TlsFailure, server_name
from audit.protocol.smtp import NO_OCSP
from tests.syntax.pki import CA, NOW, issue
from tests.syntax.stapling import response


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("mx.example.org", "mx.example.org"),
        ("mx.example.org.", "mx.example.org"),
        ("192.0.2.1", None),
        ("2001:db8::1", None),
        ("[2001:db8::1]", None),
        ("", None),
        ("stra\u00dfe.example", None),
        ("_odd.example.org", "_odd.example.org"),
    ],
)
def test_server_name(host: str, name: str | None) -> None:
    assert server_name(host) == name


# ---- what is stapled (RFC 6066 section 8) -------------------------------------------------------------------------

NAME = "mx.example.org"
LEAF = issue(NAME, CA, dns=(NAME,))
NAMES = tuple(f"{n:030}.example.org" for n in range(600))
STAPLED = response(LEAF.der, CA.der, CA.key, NOW)
LONG = response(LEAF.der, CA.der, CA.key, NOW, responder=CA.der, beside=(issue("many", CA, dns=NAMES).der,))


class Outbox:
    """What the engine says, until it is carried to the server."""

    def __init__(self) -> None:
        self.held = b""

    def send(self, data: bytes) -> None:
        self.held += data


def shaken(stapled: bytes, version: int, *, asked: bool = True, sent: bytes | None = None) -> TlsShown:
    """What is shown by a server of this version that staples so; `sent` comes in its place."""
    context = SSL.Context(SSL.TLS_SERVER_METHOD)
    context.set_max_proto_version(version)
    context.use_certificate(x509.load_der_x509_certificate(LEAF.der))
    context.use_privatekey(LEAF.key)
    context.set_ocsp_server_callback(lambda *_: stapled)
    server = SSL.Connection(context, None)
    server.set_accept_state()
    outbox = Outbox()
    engine = TlsEngine(outbox, NAME, stapling=asked)
    for _ in range(4):
        done = engine.step()
        while outbox.held:
            outbox.held = outbox.held[server.bio_write(outbox.held) :]
        with contextlib.suppress(SSL.WantReadError):
            server.do_handshake()
        if done:
            return engine.shown()[0]
        with contextlib.suppress(SSL.WantReadError):
            while said := server.bio_read(CHUNK):
                engine.feed(said.replace(stapled, sent) if sent else said)
    raise AssertionError("the handshake does not end")


@pytest.mark.parametrize("version", [SSL.TLS1_2_VERSION, SSL.TLS1_3_VERSION])
@pytest.mark.parametrize("stapled", [b"", STAPLED])
def test_what_is_stapled_is_kept_where_it_was_asked_for(stapled: bytes, version: int) -> None:
    assert shaken(stapled, version).stapled == (stapled or None)
    assert shaken(stapled, version, asked=False).stapled is None


def test_so_much_is_kept_and_no_more() -> None:
    assert len(LONG) > STAPLED_OCTETS
    assert shaken(LONG, SSL.TLS1_3_VERSION).stapled == LONG[:STAPLED_OCTETS]


def test_at_octets_that_are_no_response_openssl_says_so() -> None:
    with pytest.raises(TlsFailure, match=NO_OCSP):
        shaken(STAPLED, SSL.TLS1_2_VERSION, sent=b"\x01" * len(STAPLED))
