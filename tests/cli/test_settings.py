"""What options come to, where nothing was said about something."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import rich_click as click

from audit.cli.options import asking, asking_of
from audit.cli.settings import SECOND_OPINION_ROWS, configuration
from audit.pipeline.config import RunConfig


def second_opinion(rows: int, *arguments: str) -> bool:
    """Whether a list of so many rows gets one."""

    @click.command()
    @asking
    def command(**options: Any) -> None:
        found.append(configuration(asking_of(options), rows).settings.second_opinion)

    found: list[bool] = []
    command.main(["--nameserver", "127.0.0.1", "--ehlo", "a.example.org", *arguments], standalone_mode=False)
    return found[0]


@pytest.mark.parametrize(
    ("rows", "option", "wanted"),
    [
        (1, None, True),
        (SECOND_OPINION_ROWS, None, True),
        (SECOND_OPINION_ROWS + 1, None, False),
        (1, "--no-second-opinion", False),
        (SECOND_OPINION_ROWS + 1, "--second-opinion", True),
    ],
)
def test_a_short_list_gets_a_second_opinion(rows: int, option: str | None, wanted: bool) -> None:
    assert second_opinion(rows, *([option] if option else [])) is wanted


def test_trust_anchors_are_taken_from_a_file_in_one_form(tmp_path: Path) -> None:
    file = tmp_path / "anchors"
    file.write_text(f"; a lab\nLab.Example. 60 IN DS 1 15 2 {'ab' * 32}\n")

    @click.command()
    @asking
    def command(**options: Any) -> None:
        found.append(configuration(asking_of(options), 1).settings.trust_anchors)

    found: list[tuple[str, ...]] = []
    given = ["--nameserver", "127.0.0.1", "--ehlo", "a.example.org"]
    command.main(given, standalone_mode=False)
    command.main([*given, "--trust-anchor", str(file)], standalone_mode=False)
    assert found == [(), (f"lab.example DS 1 15 2 {'AB' * 32}",)]


def fetching(*arguments: str) -> tuple[bool, int, str | None, float, float]:
    """What options on HTTPS come to."""

    @click.command()
    @asking
    def command(**options: Any) -> None:
        found.append(configuration(asking_of(options), 1))

    found: list[Any] = []
    command.main(["--nameserver", "127.0.0.1", "--ehlo", "a.example.org", *arguments], standalone_mode=False)
    settings, limits = found[0].settings, found[0].network.https_limits
    return settings.https, settings.https_port, settings.https_off_because, limits.connect, limits.total


def test_options_on_https() -> None:
    assert fetching() == (True, 443, None, 10.0, 30.0)
    assert fetching("--no-https") == (False, 443, "--no-https", 10.0, 30.0)
    assert fetching("--https-port", "8443", "--https-timeout", "2.5") == (True, 8443, None, 2.5, 2.5)


@pytest.mark.parametrize(
    ("arguments", "depth", "seconds"),
    [
        ((), "session", 300),
        (("--tls-depth", "standard"), "standard", 300 + 2 * 30),
        (("--tls-depth", "full", "--timeout", "100", "--smtp-gap", "10"), "full", 100 + 17 * 10),
    ],
)
def test_a_depth_of_tls_takes_the_time_of_its_pauses(arguments: tuple[str, ...], depth: str, seconds: float) -> None:
    @click.command()
    @asking
    def command(**options: Any) -> None:
        found.append(configuration(asking_of(options), 1))

    found: list[RunConfig] = []
    command.main(["--nameserver", "127.0.0.1", "--ehlo", "a.example.org", *arguments], standalone_mode=False)
    assert [(c.settings.tls_depth, c.domain_seconds) for c in found] == [(depth, seconds)]


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [((), "all"), (("--dkim-guesses", "provider"), "provider"), (("--dkim-guesses", "none"), "none")],
)
def test_the_user_says_which_selectors_are_guessed(arguments: tuple[str, ...], wanted: str) -> None:
    @click.command()
    @asking
    def command(**options: Any) -> None:
        found.append(configuration(asking_of(options), 1))

    found: list[RunConfig] = []
    command.main(["--nameserver", "127.0.0.1", "--ehlo", "a.example.org", *arguments], standalone_mode=False)
    assert [c.settings.dkim_guesses for c in found] == [wanted]


@pytest.mark.parametrize(("arguments", "wanted"), [((), False), (("--revocation",), True)])
def test_a_word_on_revocation_is_asked_for_where_it_is_judged(arguments: tuple[str, ...], wanted: bool) -> None:
    @click.command()
    @asking
    def command(**options: Any) -> None:
        found.append(configuration(asking_of(options), 1))

    found: list[RunConfig] = []
    command.main(["--nameserver", "127.0.0.1", "--ehlo", "a.example.org", *arguments], standalone_mode=False)
    assert [(c.settings.revocation, c.network.limits.stapling) for c in found] == [(wanted, wanted)]
