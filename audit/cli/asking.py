"""Commands that put one inquiry to the DNS, and have no list, no report and no mail servers to visit."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import rich_click as click

from audit.cli.settings import nameserver_of
from audit.gather.asking import asked
from audit.model.fact import Fact
from audit.network.options import NetworkOptions, system_nameservers
from audit.protocol.inquiry import Work

F = TypeVar("F", bound=Callable[..., Any])
T = TypeVar("T")


def asking_dns(function: F) -> F:
    """Add the options of a command that asks the DNS and nothing else."""
    for option in (
        click.option(
            "--nameserver", multiple=True, metavar="IP[:PORT]", help="Ask this resolver; default: the system's."
        ),
        click.option(
            "--dns-timeout",
            type=click.FloatRange(0.1),
            default=7.0,
            show_default=True,
            help="Seconds for one DNS question.",
        ),
        click.option(
            "--timeout", type=click.FloatRange(0.1), default=60.0, show_default=True, help="Seconds for all of them."
        ),
        click.option("-v", "--verbose", is_flag=True, help="Say more when something of ours breaks."),
    ):
        function = option(function)
    return function


def ask(work: Work[T], given: Mapping[str, Any]) -> Fact[T]:
    """Put an inquiry to the DNS, as the options of `asking_dns` say. What is open when time is over is unknown.

    Raises:
        UserError: a nameserver is no address.
        Exception: a fault of ours.
    """
    question_timeout = given["dns_timeout"]
    options = NetworkOptions(
        nameservers=tuple(map(nameserver_of, given["nameserver"])) or system_nameservers(),
        question_timeout=question_timeout,
        first_timeout=min(0.5, question_timeout / 3),
    )
    faults: list[BaseException] = []
    fact = asyncio.run(asked(work, options, given["timeout"], faults.append))
    if faults:
        raise faults[0]
    return fact
