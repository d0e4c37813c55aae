"""A domain whose mail host is a real Exim with GnuTLS: neither the server nor its TLS is kin to what else is tested."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from audit.lab.pki import CertificateFault, credentials, pem, root
from tests.cli.served import served
from tests.real.command import Audit, audited_through
from tests.real.mail_daemons import ADDRESS, exim_mx, needed

pytestmark = pytest.mark.real

NONE, EXPIRED, INCOMPLETE = CertificateFault.NONE, CertificateFault.EXPIRED, CertificateFault.INCOMPLETE
SHOWN_AS = {NONE: "192.0.2.25", EXPIRED: "192.0.2.26", INCOMPLETE: "192.0.2.27"}
FAULTS: dict[CertificateFault, tuple[set[str], str]] = {
    NONE: (set(), "Verification: OK"),
    EXPIRED: ({"CERT-EXPIRED"}, "certificate has expired"),
    INCOMPLETE: ({"CERT-CHAIN-INCOMPLETE"}, "unable to get local issuer certificate"),
}
STAGES = ["connect", "banner", "ehlo", "starttls", "tls", "ehlo_tls", "quit"]
each = pytest.mark.parametrize("fault", FAULTS, ids=str)


@dataclass(frozen=True)
class Audited:
    """An audit of all the domains, and what `openssl s_client` said of their mail hosts."""

    audit: Audit
    openssl: dict[CertificateFault, str]


def domain(fault: CertificateFault) -> str:
    return f"{fault}.test".replace("_", "-")


def host(fault: CertificateFault) -> str:
    return f"mx.{domain(fault)}"


def server(fault: CertificateFault) -> str:
    return f"{host(fault)} {SHOWN_AS[fault]}"


def zone() -> str:
    hosts = (f"{domain(f)}. MX 10 {host(f)}.\n{host(f)}. A {SHOWN_AS[f]}" for f in FAULTS)
    return "\n".join(("test. SOA a.test. admin.test. 1 1800 900 604800 86400", *hosts))


@pytest.fixture(scope="module")
def exim(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Audited]:
    needed("exim4")
    now = datetime.now(UTC)
    ours = tmp_path_factory.mktemp("exim")
    ca_file = ours / "root.pem"
    ca_file.write_bytes(pem(root(now)))
    with ExitStack() as running:
        nameserver = running.enter_context(served(zone()))
        ports = {}
        for fault in FAULTS:
            made = Path(running.enter_context(TemporaryDirectory(prefix="mxaudit-")))
            ports[fault] = running.enter_context(exim_mx(made, host(fault), credentials(host(fault), fault, now)))
        mapped = [word for f, at in ports.items() for word in ("--connect-to", f"{SHOWN_AS[f]}:25:{ADDRESS}:{at}")]
        options = (
            *(*mapped, "--allow-net", "192.0.2.0/24", "--canary", host(NONE), "--ca-file", str(ca_file)),
            *("--ehlo", "client.test", "--dnsbl", "none", "--no-https", "--no-second-opinion", "--fail-on", "never"),
            *("--smtp-gap", "0", "--smtp-timeout", "5"),
        )
        audit = audited_through(nameserver, list(map(domain, FAULTS)), ours, *options)
        yield Audited(audit, {f: judged_by_openssl(host(f), at, ca_file) for f, at in ports.items()})


def judged_by_openssl(name: str, port: int, ca_file: Path) -> str:
    done = subprocess.run(
        (
            *("openssl", "s_client", "-starttls", "smtp", "-brief", "-connect", f"{ADDRESS}:{port}"),
            *("-servername", name, "-verify_hostname", name, "-CAfile", str(ca_file)),
        ),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    return done.stderr


@each
def test_the_session_goes_through_all_its_stages(exim: Audited, fault: CertificateFault) -> None:
    session = exim.audit.session(host(fault))
    assert [(s["stage"], s["outcome"]) for s in session["stages"]] == [(stage, "ok") for stage in STAGES]
    assert session["tls"]["version"] == "TLSv1.3"
    assert len(session["tls"]["chain"]) == (1 if fault is INCOMPLETE else 2)


@each
def test_the_certificate_is_judged_as_openssl_judges_it(exim: Audited, fault: CertificateFault) -> None:
    rules, words = FAULTS[fault]
    of = server(fault)
    found = {r for r in exim.audit.results(domain(fault)) if r[0].startswith(("CERT-", "TLS-")) and r[1] == of}
    assert {("TLS-STARTTLS-MISSING", of, "pass", None), ("TLS-STARTTLS-FAIL", of, "pass", None)} <= found
    assert {r[0] for r in found if r[2] != "pass"} == rules
    assert words in exim.openssl[fault]


def test_what_exim_offers_is_read_from_its_answer_within_tls(exim: Audited) -> None:
    told = {s["stage"]: s["reply"]["lines"] for s in exim.audit.session(host(NONE))["stages"] if s["reply"]}
    assert "STARTTLS" in told["ehlo"]
    assert "STARTTLS" not in told["ehlo_tls"]
    assert f"SIZE {20 * 1024 * 1024}" in told["ehlo_tls"]
    (missing,) = (f for f in exim.audit.domain(domain(NONE))["findings"] if f["rule"] == "SMTP-ESMTP")
    assert missing["arguments"]["missing"] == ["ENHANCEDSTATUSCODES"]
    passed = {r[0] for r in exim.audit.results(domain(NONE)) if r[1] == server(NONE) and r[2] == "pass"}
    assert {"SMTP-SIZE", "SMTP-AUTH-PLAINTEXT", "SMTP-AUTH-MX", "BANNER-NAME"} <= passed
