"""Each way in which a stage can end has words, and what is put into them is known."""

from __future__ import annotations

import re
from itertools import product

import pytest

from audit.catalog.stages import StageWords, load_stages
from audit.model.dialogue import Ending, Part
from audit.network.dialogue import REFUSED_FOR
from tests.together import of_each

KNOWN = load_stages()
PUT_IN = {"host", "port", "detail", "command", "wait"}
ENTRIES = of_each(KNOWN.entries, lambda e: f"{e.stage or 'any'}-{e.ending}-{e.problem}")

E, P = Ending, Part
ANSWERED = set(Part) - {P.RESOLVE, P.CONNECT, P.TLS, P.CERTIFICATE}  # what waits for a reply
CUT = {E.TIMEOUT, E.CLOSED, E.RESET, E.TOO_LONG}
COME_ABOUT = {
    *product({P.RESOLVE}, {E.NO_NAME, E.NO_ADDRESS, E.NO_ANSWER}),
    *product({P.CONNECT}, {E.REFUSED, E.UNREACHABLE, E.TIMEOUT, E.RESET, E.GUARD_REFUSED}),
    *product({P.TLS}, CUT | {E.TLS_FAILED, E.NOT_TLS}),
    *product({P.CERTIFICATE}, {E.UNTRUSTED}),
    *product(ANSWERED, CUT | {E.NOT_SMTP, E.TLS_FAILED}),
    *product({P.STARTTLS}, {E.NOT_OFFERED, E.REJECTED, E.DEFERRED}),
    *product({P.AUTH}, {E.NOT_OFFERED, E.WITHHELD, E.FAULTY}),
}
REPLIED = set(product(ANSWERED, {E.REJECTED, E.DEFERRED}))  # the reply explains itself


@pytest.mark.parametrize(("part", "ending"), sorted(COME_ABOUT))
@pytest.mark.parametrize("dripped", [False, True])
def test_each_ending_has_words(part: Part, ending: Ending, dripped: bool) -> None:
    found = KNOWN.of(part, ending, dripped=dripped)
    assert found is not None
    assert found.means
    assert found.advice


@ENTRIES
def test_each_entry_can_come_about(entry: StageWords) -> None:
    parts = [Part(entry.stage)] if entry.stage else list(Part)
    endings = COME_ABOUT | REPLIED | {(p, E.BUDGET) for p in Part}
    assert any((part, entry.ending) in endings for part in parts)


@ENTRIES
def test_what_is_put_in_is_known(entry: StageWords) -> None:
    for text in (entry.means, *entry.advice):
        assert set(re.findall(r"\{([^}]*)\}", text)) <= PUT_IN
        assert text.count("{") == text.count("}")
        assert text.endswith((".", "”", "{detail}", "?"))


@ENTRIES
def test_whose_side_it_is_is_told(entry: StageWords) -> None:
    assert entry.side not in {"none", "unknown"}


def test_no_entry_hides_another() -> None:
    keys = [(e.stage, e.ending, e.drips, e.problem) for e in KNOWN.entries]
    assert len(keys) == len(set(keys))


def test_problems_of_certificates_are_ones_that_are_looked_for() -> None:
    named = {e.problem for e in KNOWN.entries if e.stage == "certificate" and e.problem}
    assert named <= REFUSED_FOR
    assert {"expired", "not-yet-valid", "name-mismatch", "self-signed", "unknown-root", "issuer-not-sent"} <= named


@pytest.mark.parametrize(
    ("part", "ending", "dripped", "problem", "words"),
    [
        ("banner", "timeout", False, "", "does not greet"),
        ("banner", "timeout", True, "", "tarpit"),
        ("banner", "timeout", False, "tls", "begins with TLS"),
        ("banner", "closed", True, "", "closed the connection"),
        ("mail", "timeout", True, "", "a little at a time"),
        ("mail", "timeout", False, "", "silence"),
    ],
)
def test_the_entry_that_fits_best_is_found(part: str, ending: str, dripped: bool, problem: str, words: str) -> None:
    found = KNOWN.of(part, ending, dripped=dripped, problem=problem)
    assert found is not None
    assert words in found.means


def test_what_is_good_has_none() -> None:
    assert KNOWN.of("banner", "ok") is None
    assert KNOWN.of("banner", "timeout", problem="expired") is None
