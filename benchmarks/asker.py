"""Our resolver alone, without surveys and evidence: asks what an audit asks, so many questions at a time.

    python -m benchmarks.asker SERVER DOMAINS IN_FLIGHT

It prints what it took as JSON: the questions, the seconds on the clock and of the processor, and how many answers said
something about their name.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from audit.model.probe import SPEAKING, Answer, Question
from audit.network.client import Network
from audit.network.options import NetworkOptions
from benchmarks import zones


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    questions: int
    speaking: int
    wall: float
    cpu: float


async def ask(server: str, domains: int, in_flight: int) -> Asked:
    """Put all questions of some domains to a server."""
    options = NetworkOptions(nameservers=((server, 53),), dns_concurrency=in_flight)
    network = Network(options, now=lambda: datetime.now(UTC))
    waiting = iter(_questions(domains))
    over = asyncio.get_running_loop().create_future()
    speaking = questions = flying = 0

    def came(answer: Answer) -> None:
        nonlocal speaking, flying
        speaking += answer.status in SPEAKING
        flying -= 1
        more()

    def more() -> None:
        nonlocal questions, flying
        while flying < in_flight and (question := next(waiting, None)) is not None:
            flying += 1
            questions += 1
            network(question, came)
        if not flying and not over.done():
            over.set_result(None)

    wall, cpu = time.monotonic(), time.process_time()
    more()
    await over
    wall, cpu = time.monotonic() - wall, time.process_time() - cpu
    await network.close()
    return Asked(questions=questions, speaking=speaking, wall=wall, cpu=cpu)


def _questions(domains: int) -> Iterator[Question]:
    for number in range(domains):
        for name, rdtype in zones.questions(number):
            yield Question(name=name, rdtype=rdtype)


if __name__ == "__main__":
    found = asyncio.run(ask(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
    print(json.dumps({"questions": found.questions, "speaking": found.speaking, "wall": found.wall, "cpu": found.cpu}))
