"""A mail server fails in one of all the ways we know of, and a whole audit meets it: it ends in time, keeps nothing of
a flood, and judges only what the server showed.

Each domain has one mail host, and each host one fault, under which the servers of `tests/network/smtpfault.py` run.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.cli.command import beside, report_in
from tests.cli.served import served
from tests.network.smtpfault import FAULTS, LOOPBACK, mail_servers
from tests.scenarios.lab_run import results
from tests.scenarios.one_by_one import CLEAR_REFS, KEPT, Measured

SESSION = 1.0  # seconds for a session, all stages together
LEAVING = 2.0  # seconds in which the reply to QUIT is waited for
REST = 4.0  # seconds for all else that an audit does, on a machine with much to do
AGAIN = 5  # audits more, each in a process of its own
MOST = 5_000_000  # octets
WORKERS = 2
CHECKOUT = Path(__file__).parents[2]
BEGUN = """\
import runpy, sys
sys.path.append(sys.argv.pop(1))  # last: the package that is installed is what is tested
runpy.run_module("tests.scenarios.one_by_one", run_name="__main__")
"""
CANARY, CANARY_ADDRESS = "canary.test", "192.0.2.250"

SETTLED, NOTHING_TO_JUDGE = "settled", "not_applicable"
CLEAR = frozenset({"TLS-STARTTLS-MISSING", "TLS-STARTTLS-STRIPPED", "SMTP-AUTH-PLAINTEXT"})
FAIL = "TLS-STARTTLS-FAIL"


@dataclass(frozen=True)
class Shown:
    """What rules may say that rest on the answer to EHLO in clear; on STARTTLS; on the handshake, with the chain; and
    on the answer to EHLO within TLS: `settled`, `not_applicable`, or why it is unknown. `fails` are all failures of
    the topic of TLS."""

    clear: str
    starttls: str
    chain: str
    within: str
    fails: tuple[str, ...] = ()


def silence(reason: str) -> Shown:
    """Nothing was learned of EHLO, so nothing is judged."""
    return Shown(reason, reason, reason, reason)


def lost(reason: str) -> Shown:
    """STARTTLS is offered, and what follows may be anybody's doing."""
    return Shown(SETTLED, reason, reason, NO_SECOND)


NO_SECOND = "smtp.no_ehlo_in_tls"
TIMEOUT, CLOSED, IO = silence("smtp.timeout"), silence("smtp.closed"), lost("tls.io")
NO_SMTP, TOO_MUCH = silence("smtp.not_smtp"), silence("smtp.reply_limit")
LATER, UNWANTED = silence("smtp.tempfail"), silence("smtp.client_rejected")
PLAIN = Shown(SETTLED, NOTHING_TO_JUDGE, NOTHING_TO_JUDGE, SETTLED, ("TLS-STARTTLS-MISSING",))
BROKEN = Shown(SETTLED, SETTLED, NOTHING_TO_JUDGE, NO_SECOND, (FAIL,))
WHOLE = Shown(SETTLED, SETTLED, SETTLED, SETTLED)

EXPECTED = {
    "good": WHOLE,
    "silent": TIMEOUT,
    "slow_banner": PLAIN,
    "drip": TIMEOUT,
    "drip_ehlo": TIMEOUT,
    "tarpit": TIMEOUT,
    "flood": TOO_MUCH,
    "binary": NO_SMTP,
    "http_banner": NO_SMTP,
    "ssh_banner": NO_SMTP,
    "html_banner": PLAIN,
    "greet554": UNWANTED,
    "greet421": LATER,
    "greet450": LATER,
    "close_at_once": CLOSED,
    "reset": None,  # of two reasons one, as the reset meets the connection or the greeting
    "ehlo421": LATER,
    "ehlo_closes": CLOSED,
    "ehlo_resets": CLOSED,
    "ehlo502": UNWANTED,
    "ehlo_helo_rejected": UNWANTED,
    "ehlo_huge": TOO_MUCH,
    "ehlo_silent": TIMEOUT,
    "tls_refused": lost("tls.temp_unavailable"),
    "tls_rejected": BROKEN,
    "tls_close": IO,
    "tls_reset": IO,
    "tls_garbage": BROKEN,
    "tls_hang": IO,
    "tls_drip": IO,
    "tls_flood": BROKEN,
    "tls_alert": BROKEN,
    "tls_old": Shown(SETTLED, SETTLED, SETTLED, SETTLED, ("TLS-VER-NO12",)),
    "tls_long_chain": WHOLE,
    "tls_inject": Shown(SETTLED, SETTLED, SETTLED, SETTLED, (FAIL,)),
    "tls_inject_late": BROKEN,
    "ehlo_tls_closes": Shown(SETTLED, SETTLED, SETTLED, NO_SECOND),
    "starttls_stripped": Shown(SETTLED, NOTHING_TO_JUDGE, NOTHING_TO_JUDGE, SETTLED, ("TLS-STARTTLS-STRIPPED",)),
    "greylist": WHOLE,
    "bare_lf": PLAIN,
    "code_mismatch": PLAIN,
    "mute_quit": PLAIN,
    "chatty": PLAIN,
}
each = pytest.mark.parametrize("name", EXPECTED)
RESET = {"smtp.connect_reset", "smtp.closed"}


def domain(name: str) -> str:
    return f"{name.replace('_', '-')}.test"


def zone() -> str:
    hosts = [
        line
        for number, name in enumerate(EXPECTED, 1)
        for line in (f"{domain(name)}. MX 10 mx.{domain(name)}.", f"mx.{domain(name)}. A 192.0.2.{number}")
    ]
    head = ("test. SOA a.test. admin.test. 1 1800 900 604800 86400", f"{CANARY}. A {CANARY_ADDRESS}")
    return "\n".join((*head, *hosts))


@dataclass(frozen=True)
class Met:
    """The audits, by the names of their faults, and where each has put its report."""

    measured: dict[str, Measured]
    where: Path
    options: list[str]

    def of(self, name: str) -> dict[str, str]:
        """The results of rules on what the server showed."""
        (report,) = report_in(self.where / domain(name)).domains
        return {id_: r for (id_, _, _), r in results(report).items() if id_.startswith(("TLS-", "CERT-", "SMTP-"))}


@pytest.fixture(scope="module")
def met(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Met]:
    if not CLEAR_REFS.exists():
        pytest.skip("this kernel does not tell the peak of a process's memory")
    where = tmp_path_factory.mktemp("faults")
    with ExitStack() as running:
        nameserver = running.enter_context(served(zone()))
        ports = running.enter_context(beside(mail_servers(*EXPECTED))).ports
        mapped = [(f"192.0.2.{number}", ports[name]) for number, name in enumerate(EXPECTED, 1)]
        options = [
            *(
                "--nameserver",
                nameserver,
                "--allow-net",
                "192.0.2.0/24",
                "--canary",
                CANARY,
                "--ehlo",
                "client.example",
            ),
            *(
                "--dnsbl",
                "none",
                "--no-https",
                "--no-second-opinion",
                "--smtp-gap",
                "0",
                "--smtp-timeout",
                str(SESSION),
            ),
            *("--dns-timeout", "3", "--fail-on", "never", "--max-unknown", "100", "--no-progress", "-v"),
        ]
        for address, port in ((CANARY_ADDRESS, ports["good"]), *mapped):
            options += ["--connect-to", f"{address}:25:{LOOPBACK}:{port}"]
        yield Met(_measured(where, options, [*map(domain, EXPECTED)]), where, options)


def _measured(where: Path, options: list[str], names: list[str]) -> dict[str, Measured]:
    """The audits in several processes at once: most of their time they wait."""
    command = (sys.executable, "-c", BEGUN, str(CHECKOUT), str(where), *options, "--", domain("good"))
    with ExitStack() as running:
        workers = [
            running.enter_context(
                subprocess.Popen(
                    (*command, *names[turn::WORKERS]),
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                )
            )
            for turn in range(min(WORKERS, len(names)))
        ]
        ended = [(*worker.communicate(timeout=120), worker.returncode) for worker in workers]
    assert [(err.decode(), code) for _, err, code in ended] == [("", 0)] * len(workers)
    return {name: found for out, _, _ in ended for name, found in json.loads(out).items()}


@each
def test_an_audit_ends_in_time_and_without_a_fault_of_ours(
    met: Met, name: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    measured = met.measured[domain(name)]
    assert measured["code"] == 0, measured["told"]
    assert "a fault of its own" not in measured["told"]
    seconds = measured["seconds"]
    for _ in range(AGAIN):  # on a busy machine one may be slow: another is measured anew
        if seconds < SESSION + LEAVING + REST:
            return
        seconds = _measured(tmp_path_factory.mktemp("again"), met.options, [domain(name)])[domain(name)]["seconds"]
    assert seconds < SESSION + LEAVING + REST


@each
def test_memory_does_not_grow_by_what_a_server_sends(met: Met, name: str) -> None:
    assert met.measured[domain(name)]["grown"] < MOST


def test_memory_that_is_kept_would_be_seen(met: Met) -> None:
    assert met.measured[KEPT]["grown"] > MOST


@each
def test_only_what_the_server_showed_is_judged(met: Met, name: str) -> None:
    found = met.of(name)
    shown = EXPECTED[name] or silence(found[FAIL].removeprefix("unknown "))
    assert {id_: _said(result) for id_, result in found.items()} == {
        id_: _wanted(id_, shown, result) for id_, result in found.items()
    }
    fails = {id_ for id_, result in found.items() if result.startswith("fail") and id_.startswith("TLS-")}
    assert fails == set(shown.fails)


def test_a_connection_that_is_reset_says_nothing(met: Met) -> None:
    assert {_said(result) for result in met.of("reset").values()} <= RESET


def test_rules_of_each_kind_are_among_the_results(met: Met) -> None:
    found = met.of("good")
    kinds = {FAIL, *CLEAR, "TLS-VER-NO12", "CERT-UNTRUSTED", "CERT-KEY", "SMTP-SIZE", "SMTP-ESMTP", "SMTP-UTF8"}
    assert kinds <= set(found)


def test_every_fault_is_met() -> None:
    assert set(EXPECTED) == {name for name in FAULTS if not name.startswith("at ")} - {"implicit"}


def test_no_banner_steers_who_reads_the_report(met: Met) -> None:
    whole = (met.where / domain("html_banner") / "index.html").read_text(encoding="utf-8")
    page, script, rest = whole.replace("</script>", "<script>").split("<script>")
    assert "<" not in rest.removesuffix("\n").removesuffix("</body>\n</html>")
    assert "alert(1)" in page
    assert "alert(1)" not in script
    assert [evil for evil in ("<script", "\x1b", "\u202e") if evil in page] == []


def _wanted(id_: str, shown: Shown, result: str) -> str:
    """What a rule may say; where it is settled, that may be that it does not apply."""
    if id_ in CLEAR:
        wanted = shown.clear
    elif id_ == FAIL:
        wanted = shown.starttls
    else:
        wanted = shown.within if id_.startswith("SMTP-") else shown.chain
    return result if wanted == SETTLED and result == NOTHING_TO_JUDGE else wanted


def _said(result: str) -> str:
    """`settled` of a pass or a fail, the reason of an unknown."""
    return SETTLED if result.startswith(("pass", "fail")) else result.removeprefix("unknown ")
