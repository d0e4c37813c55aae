"""Policies from a real web server (nginx), as it is configured well and badly: what is found of each."""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization

from audit.model.probe import HttpsFetch, HttpsGet
from audit.network.client import Network
from audit.network.options import HttpsLimits, NetworkOptions
from tests.real.daemons import Daemons, program
from tests.rules import pki
from tests.rules.fetches import HOST, URL
from tests.scenarios.test_policy_servers import found

pytestmark = pytest.mark.real

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
LINES = ("version: STSv1", "mode: enforce", "mx: mx.story.example", "max_age: 604800")
POLICY = "".join(rf"{line}\r\n" for line in LINES)
FETCH, SYNTAX = {"MTASTS-FETCH"}, {"MTASTS-POLICY-SYNTAX"}


def given(text: str = POLICY, kind: str = "text/plain") -> str:
    """A location that gives a text."""
    return f'default_type "{kind}"; return 200 "{text}";'


def sent(status: int, place: str) -> str:
    """A location that sends on."""
    return f"return {status} {place};"


SITES: dict[str, tuple[str, set[str]]] = {  # what stands in the location, and the rules that fail
    "good": (given(), set()),
    "LF": (given(POLICY.replace(r"\r", "")), set()),
    "charset": (given(kind="text/plain; charset=utf-8"), set()),
    "file": ("default_type text/plain; root {root};", set()),
    "html": (given(kind="text/html"), {"MTASTS-CTYPE"}),
    "octets": (given(kind="application/octet-stream"), {"MTASTS-CTYPE"}),
    "a page": (given("<html><script>alert(1)</script></html>", "text/html"), {"MTASTS-CTYPE", *SYNTAX}),
    "testing": (given(POLICY.replace("enforce", "testing")), {"MTASTS-MODE"}),
    "CR only": (given(POLICY.replace(r"\n", "")), SYNTAX),
    "byte order mark": (given("\ufeff" + POLICY), SYNTAX),
    "final dot": (given(POLICY.replace("story.example", "story.example.")), SYNTAX),
    "no mx": (given(POLICY.replace("mx: ", "mx2: ")), SYNTAX),
    "an endless age": (given(POLICY.replace("604800", "9" * 30)), SYNTAX),
    "short": (given(POLICY.replace("604800", "3600")), {"MTASTS-MAXAGE"}),
    "another host": (given(POLICY.replace("mx.", "mx2.")), {"MTASTS-MX-MATCH", "MTASTS-MX-EXTRA"}),
    "redirect": (sent(301, "https://www.story.example$request_uri"), FETCH),
    "redirect to plain": (sent(302, "http://169.254.169.254/latest/meta-data/"), FETCH),
    "redirect to itself": (sent(308, "$request_uri"), FETCH),
    "missing": ("return 404;", {"MTASTS-ORPHAN"}),
    "gone": ("return 410;", {"MTASTS-ORPHAN"}),
    "forbidden": ("return 403;", FETCH),
    "error": ("return 503;", FETCH),
    "hung up": ("return 444;", FETCH),  # nginx closes without a word
    "large": ("default_type text/plain; root {root}/large;", FETCH),
    "packed": (f"add_header Content-Encoding gzip; {given()}", FETCH),
    "too slow": ("default_type text/plain; root {root}/large; limit_rate 1;", FETCH),
}
CHAINS: dict[str, Callable[[str], pki.Chain]] = {
    "expired": pki.expired,
    "not yet valid": pki.not_yet_valid,
    "self-signed": pki.self_signed,
    "incomplete": pki.incomplete,
    "unknown root": pki.unknown_root,
    "no name": pki.common_name_only,
}
SLOW = {"too slow"}


@dataclass(frozen=True, slots=True)
class Web:
    ports: dict[str, int]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


def configured(directory: Path, ports: dict[str, int]) -> str:
    """The configuration of one server a site, those of SITES with the same good certificate."""
    servers = "\n".join(
        f"server {{ listen 127.0.0.1:{port} ssl; server_name {HOST};"
        f" ssl_certificate '{directory}/{name if name in CHAINS else 'good'}.pem';"
        f" location = /.well-known/mta-sts.txt {{ {_location(name).replace('{root}', str(directory))} }} }}"
        for name, port in ports.items()
    )
    places = "".join(
        f"{kind}_temp_path {directory}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    return (
        f"daemon off; master_process off; pid {directory}/pid; error_log stderr;\nevents {{}}\n"
        f"http {{ access_log off; {places} ssl_certificate_key {directory}/key.pem;\n{servers}\n}}\n"
    )


def _location(name: str) -> str:
    return "return 429;" if name == "busy" else SITES[name][0] if name in SITES else given()


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    if program("nginx") is None:
        if os.environ.get("REQUIRE_REAL"):
            pytest.fail("nginx is not installed")
        pytest.skip("nginx is not installed")
    directory = tmp_path_factory.mktemp("nginx")
    for name in ("good", *CHAINS):
        chain = CHAINS.get(name, pki.good)(HOST)
        (directory / f"{name}.pem").write_text("".join(map(ssl.DER_cert_to_PEM_cert, chain)))
    secret = pki.key(HOST).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (directory / "key.pem").write_bytes(secret)
    text = POLICY.replace(r"\r\n", "\r\n").encode()
    for place, body in (("", text), ("large", text + b"x: y\r\n" * 20_000)):
        known = directory / place / ".well-known"
        known.mkdir(parents=True)
        (known / "mta-sts.txt").write_bytes(body)
    ports = {name: free_port() for name in (*SITES, *CHAINS, "busy")}
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


def fetched(port: int, seconds: float = 10) -> HttpsFetch:
    async def play() -> HttpsFetch:
        options = NetworkOptions(
            nameservers=(("127.0.0.1", 9),),
            connect_to={("192.0.2.80", 443): ("127.0.0.1", port)},
            allow_net=("192.0.2.0/24",),
            https_limits=HttpsLimits(connect=5, total=seconds),
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
    fetch = fetched(web.ports[site], 1 if site in SLOW else 10)
    assert fetch.tls is not None
    assert fetch.tls.chain == pki.good(HOST)
    assert found(fetch) == (SITES[site][1], set()), fetch


@pytest.mark.parametrize("name", CHAINS)
def test_what_is_found_of_a_site_with_a_bad_certificate(web: Web, name: str) -> None:
    fetch = fetched(web.ports[name])
    assert fetch.body.startswith(b"version: STSv1")
    assert found(fetch) == ({"MTASTS-CERT"}, set())


def test_a_site_that_is_asked_too_often_tells_nothing(web: Web) -> None:
    fetch = fetched(web.ports["busy"])
    assert found(fetch) == (set(), {"https.turned_away"})
