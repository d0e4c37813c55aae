"""Web servers that give a policy, or something else: what is found of each, from the socket to the finding."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from audit.model.probe import HttpsFetch
from audit.model.report import Result
from tests.network.httpsfault import URL
from tests.network.test_https import fetched
from tests.rules import pki
from tests.rules.fetches import ANNOUNCED
from tests.rules.world import Case, replayed

ZONE = "story.example. MX 10 mx.story.example.\nmx.story.example. A 192.0.2.1\n" + ANNOUNCED
SERVERS: dict[str, set[str]] = {
    "good": set(),
    "lf": set(),
    "chunked": set(),
    "http10": set(),
    "just_enough": set(),
    "html": {"MTASTS-CTYPE"},
    "untyped": {"MTASTS-CTYPE"},
    "page": {"MTASTS-CTYPE", "MTASTS-POLICY-SYNTAX"},
    "bom": {"MTASTS-POLICY-SYNTAX"},
    "cr_only": {"MTASTS-POLICY-SYNTAX"},
    "no_mx": {"MTASTS-POLICY-SYNTAX"},
    "long_age": {"MTASTS-POLICY-SYNTAX"},
    "redirect": {"MTASTS-FETCH"},
    "redirect_bomb": {"MTASTS-FETCH"},
    "missing": {"MTASTS-ORPHAN"},
    "error": {"MTASTS-FETCH"},
    "gzip": {"MTASTS-FETCH"},
    "bomb": {"MTASTS-FETCH"},
    "too_long": {"MTASTS-FETCH"},
    "announced": {"MTASTS-FETCH"},
    "endless": {"MTASTS-FETCH"},
    "endless_chunks": {"MTASTS-FETCH"},
    "many_fields": {"MTASTS-FETCH"},
    "cut": {"MTASTS-FETCH"},
    "closed": {"MTASTS-FETCH"},
    "reset": {"MTASTS-FETCH"},
    "garbage": {"MTASTS-FETCH"},
    "drip": {"MTASTS-FETCH"},
    "silent": {"MTASTS-FETCH"},
    "plain": {"MTASTS-FETCH"},
    "alert": {"MTASTS-FETCH"},
}
UNTOLD = {"busy": "https.turned_away", "plain_silent": "https.timeout", "plain_closed": "https.closed"}
CHAINS: dict[str, Callable[[str], pki.Chain]] = {
    "expired": pki.expired,
    "another name": pki.for_another_name,
    "self-signed": pki.self_signed,
    "incomplete": pki.incomplete,
}
SLOW = {"drip", "silent", "plain_silent"}


def found(fetch: HttpsFetch) -> tuple[set[str], set[str | None]]:
    """The rules on MTA-STS that fail, and the reasons of those that are unknown."""
    case = Case("", "", ZONE, fetches={URL: fetch})
    about = [f for f in replayed(case).findings if f.rule.startswith("MTASTS-") and f.rule != "MTASTS-ID-STALE"]
    failed = {f.rule for f in about if f.result is Result.FAIL}
    return failed, {f.reason for f in about if f.result is Result.UNKNOWN}


@pytest.mark.parametrize(("server", "rules"), SERVERS.items())
def test_what_is_found_of_a_server(server: str, rules: set[str]) -> None:
    began = time.monotonic()
    fetch, _ = fetched(server, seconds=0.6 if server in SLOW else 20)
    assert time.monotonic() - began < 15
    failed, reasons = found(fetch)
    assert failed == rules
    assert reasons <= {"tls.too_long"}


@pytest.mark.parametrize(("server", "reason"), UNTOLD.items())
def test_what_says_nothing_of_a_server(server: str, reason: str) -> None:
    fetch, _ = fetched(server, seconds=0.6 if server in SLOW else 20)
    assert found(fetch) == (set(), {reason})


@pytest.mark.parametrize("name", CHAINS)
def test_a_policy_under_a_bad_certificate_is_none(name: str) -> None:
    fetch, _ = fetched("good", chain=CHAINS[name])
    assert found(fetch) == ({"MTASTS-CERT"}, set())
