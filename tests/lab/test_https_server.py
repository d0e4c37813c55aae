"""The lab's web server over real sockets of loopback, with Python's own client of TLS."""

from __future__ import annotations

import asyncio
import ssl
from datetime import UTC, datetime

import pytest

from audit.lab.https_server import Page, WebHost, WebServer
from audit.lab.listeners import LOOPBACK, Listeners
from audit.lab.pki import CertificateFault, credentials, pem, root
from audit.lab.streams import tls_context

HOST = "mta-sts.good.example"
NOW = datetime.now(UTC).replace(microsecond=0)
PAGES = {
    "/a": Page(body=b"version: STSv1\r\n"),
    "/html": Page(content_type="text/html", body=b"<p>"),
    "/bare": Page(content_type=None),
    "/moved": Page(status="301 Moved Permanently", content_type=None, location="https://www.good.example/a"),
}


def fetched(request: bytes, certificate: CertificateFault = CertificateFault.NONE) -> bytes:
    context = ssl.create_default_context(cadata=pem(root(NOW)).decode())

    async def main() -> bytes:
        listeners = Listeners()
        try:
            server = WebServer(PAGES, tls_context(credentials(HOST, certificate, NOW)))
            port = await listeners.open(server.converse)
            reader, writer = await asyncio.open_connection(LOOPBACK, port, ssl=context, server_hostname=HOST)
            writer.write(request)
            got = await asyncio.wait_for(reader.read(), 10)
            writer.close()
            return got
        finally:
            await listeners.close()

    return asyncio.run(main())


@pytest.mark.parametrize(
    ("request_line", "head", "body"),
    [
        ("GET /a", ["HTTP/1.1 200 OK", "Content-Type: text/plain", "Content-Length: 16"], b"version: STSv1\r\n"),
        ("GET /html", ["HTTP/1.1 200 OK", "Content-Type: text/html", "Content-Length: 3"], b"<p>"),
        ("GET /bare", ["HTTP/1.1 200 OK", "Content-Length: 0"], b""),
        (
            "GET /moved",
            ["HTTP/1.1 301 Moved Permanently", "Location: https://www.good.example/a", "Content-Length: 0"],
            b"",
        ),
        ("GET /b", ["HTTP/1.1 404 Not Found", "Content-Type: text/plain", "Content-Length: 35"], None),
        ("POST /a", ["HTTP/1.1 400 Bad Request", "Content-Type: text/plain", "Content-Length: 0"], b""),
    ],
)
def test_a_page_is_shown(request_line: str, head: list[str], body: bytes | None) -> None:
    shown, _, rest = fetched(f"{request_line} HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode()).partition(b"\r\n\r\n")
    assert shown.decode().split("\r\n") == [*head, "Connection: close"]
    assert body is None or rest == body


@pytest.mark.parametrize("fault", [CertificateFault.EXPIRED, CertificateFault.WRONG_NAME, CertificateFault.SELF_SIGNED])
def test_a_certificate_may_have_a_fault(fault: CertificateFault) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        fetched(b"GET /a HTTP/1.1\r\n\r\n", fault)


def test_a_request_without_end_ends_the_conversation() -> None:
    assert fetched(b"GET /" + b"a" * 9000).startswith(b"HTTP/1.1 400 ")


def test_a_host_has_no_pages_unless_it_is_given_some() -> None:
    assert WebHost(name=HOST, addresses=()).pages == {}
