"""Policies from a real web server (nginx), as it is configured well and badly: what is found of each."""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization

from audit.model.probe import HttpsFetch, HttpsGet
from audit.model.report import Result
from audit.network.client import Network
from audit.network.options import HttpsLimits, NetworkOptions
from tests.real.daemons import Daemons, program
from tests.rules import pki
from tests.rules.fetches import ANNOUNCED, HOST, URL
from tests.rules.world import Case, replayed

pytestmark = pytest.mark.real

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
ZONE = "story.example. MX 10 mx.story.example.\nmx.story.example. A 192.0.2.1\n" + ANNOUNCED
POLICY = r"version: STSv1\r\nmode: enforce\r\nmx: mx.story.example\r\nmax_age: 604800\r\n"
PLAIN = f'default_type text/plain; return 200 "{POLICY}";'
SITES: dict[str, tuple[str, set[str]]] = {  # what stands in the location, and the rules that fail
    "good": (PLAIN, set()),
    "html": (f'default_type text/html; return 200 "{POLICY}";', {"MTASTS-CTYPE"}),
    "redirect": ("return 301 https://www.story.example$request_uri;", {"MTASTS-FETCH"}),
    "missing": ("return 404;", {"MTASTS-ORPHAN"}),
    "error": ("return 503;", {"MTASTS-FETCH"}),
    "hung up": ("return 444;", {"MTASTS-FETCH"}),  # nginx closes without a word
    "file": ("default_type text/plain; root {root};", set()),
    "large": ("default_type text/plain; root {root}/large;", {"MTASTS-FETCH"}),
    "packed": (f"add_header Content-Encoding gzip; {PLAIN}", {"MTASTS-FETCH"}),
}


@dataclass(frozen=True, slots=True)
class Web:
    ports: dict[str, int]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


def configured(directory: Path, ports: dict[str, int]) -> str:
    """The configuration of one server a site, each with the same certificate."""
    servers = "\n".join(
        f"server {{ listen 127.0.0.1:{ports[name]} ssl; server_name {HOST};"
        f" location = /.well-known/mta-sts.txt {{ {says.replace('{root}', str(directory))} }} }}"
        for name, (says, _) in SITES.items()
    )
    places = "".join(
        f"{kind}_temp_path {directory}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    return (
        f"daemon off; master_process off; pid {directory}/pid; error_log stderr;\nevents {{}}\n"
        f"http {{ access_log off; {places} ssl_certificate {directory}/chain.pem;"
        f" ssl_certificate_key {directory}/key.pem;\n{servers}\n}}\n"
    )


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    if program("nginx") is None:
        if os.environ.get("REQUIRE_REAL"):
            pytest.fail("nginx is not installed")
        pytest.skip("nginx is not installed")
    directory = tmp_path_factory.mktemp("nginx")
    (directory / "chain.pem").write_text("".join(map(ssl.DER_cert_to_PEM_cert, pki.good(HOST))))
    secret = pki.key(HOST).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (directory / "key.pem").write_bytes(secret)
    text = POLICY.replace(r"\r\n", "\r\n").encode()
    for place, body in (("", text), ("large", text + b"x: y\r\n" * 20_000)):
        known = directory / place / ".well-known"
        known.mkdir(parents=True)
        (known / "mta-sts.txt").write_bytes(body)
    ports = {name: free_port() for name in SITES}
    (directory / "nginx.conf").write_text(configured(directory, ports))
    daemons = Daemons(directory)
    command = ("nginx", "-e", "stderr", "-p", str(directory), "-c", str(directory / "nginx.conf"))
    try:
        daemons.start("nginx", command, lambda: all(map(_listens, ports.values())))
        yield Web(ports)
    finally:
        daemons.stop()


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def fetched(port: int) -> HttpsFetch:
    async def play() -> HttpsFetch:
        options = NetworkOptions(
            nameservers=(("127.0.0.1", 9),),
            connect_to={("192.0.2.80", 443): ("127.0.0.1", port)},
            allow_net=("192.0.2.0/24",),
            https_limits=HttpsLimits(connect=5, total=10),
            only_mapped=True,
        )
        network = Network(options, lambda: NOW)
        came: asyncio.Future[HttpsFetch] = asyncio.get_running_loop().create_future()
        try:
            network(HttpsGet(url=URL, address="192.0.2.80"), came.set_result)
            return await came
        finally:
            await network.close()

    return asyncio.run(play())


@pytest.mark.parametrize("site", SITES)
def test_what_is_found_of_a_site(web: Web, site: str) -> None:
    fetch = fetched(web.ports[site])
    assert fetch.tls is not None
    assert fetch.tls.chain == pki.good(HOST)
    found = replayed(Case("", "", ZONE, fetches={URL: fetch})).findings
    about = [f for f in found if f.rule.startswith("MTASTS-") and f.rule != "MTASTS-ID-STALE"]
    assert {f.rule for f in about if f.result is Result.FAIL} == SITES[site][1], fetch
    assert not [f for f in about if f.result is Result.UNKNOWN]
