"""dnspython's bare codec over the same questions and answers: what encoding and decoding alone take.

    python -m benchmarks.codec SERVER DOMAINS

The answers are fetched first and are not timed; then each question is encoded and its answer decoded, nothing else. It
prints JSON as `asker` does.
"""

from __future__ import annotations

import json
import socket
import sys
import time

import dns.message

from benchmarks import zones


def measure(server: str, domains: int) -> dict[str, float]:
    """Seconds of the processor for all questions of some domains."""
    asked = [question for number in range(domains) for question in zones.questions(number)]
    answers = _fetched(server, asked)
    began = time.process_time()
    for (name, rdtype), answer in zip(asked, answers, strict=True):
        dns.message.make_query(name, rdtype, use_edns=0, payload=1232).to_wire()
        dns.message.from_wire(answer)
    cpu = time.process_time() - began
    return {"questions": len(asked), "speaking": len(answers), "wall": cpu, "cpu": cpu}


def _fetched(server: str, asked: list[tuple[str, str]]) -> list[bytes]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as wire:
        wire.connect((server, 53))
        wire.settimeout(5)
        answers = []
        for name, rdtype in asked:
            wire.send(dns.message.make_query(name, rdtype, use_edns=0, payload=1232).to_wire())
            answers.append(wire.recv(65_535))
    return answers


if __name__ == "__main__":
    print(json.dumps(measure(sys.argv[1], int(sys.argv[2]))))
