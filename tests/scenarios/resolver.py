"""A resolver for many small domains: it looks at octets alone, in a process of its own, and writes down who asked."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SOA = bytes.fromhex("c00c 0006 0001 0000003c 0016 00 00 00000001 00000e10 00000258 00093a80 0000003c".replace(" ", ""))
NXDOMAIN, RESPONSE = 3, 0x8180


def name_at(message: bytes) -> tuple[list[bytes], int]:
    """The labels of the question's name, and where it ends."""
    labels, at = [], 12
    while size := message[at]:
        labels.append(message[at + 1 : at + 1 + size].lower())
        at += size + 1
    return labels, at + 1


def replied(message: bytes) -> bytes:
    """The zone example. is there and has nothing in it: few questions are asked of a domain that does not exist."""
    labels, end = name_at(message)
    there = labels == [b"example"]
    top = end - 1 - sum(len(label) + 1 for label in labels[-1:]) if labels else 12
    soa = (0xC000 | top).to_bytes(2, "big") + SOA[2:]
    flags = RESPONSE | (0 if there else NXDOMAIN)
    return message[:2] + flags.to_bytes(2, "big") + b"\0\1\0\0\0\1\0\0" + message[12 : end + 4] + soa


def muted(log: Path) -> Path:
    """While this file is there, the resolver hears and does not reply."""
    return log.with_suffix(".mute")


def serve(log: Path) -> None:
    mute = muted(log)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock, log.open("ab", buffering=0) as file:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 * 1024 * 1024)
        sock.bind(("127.0.0.1", 0))
        print(sock.getsockname()[1], flush=True)  # noqa: T201
        while True:
            message, peer = sock.recvfrom(4096)
            labels, _ = name_at(message)
            if len(labels) == 2 and labels[1] == b"example":
                file.write(labels[0] + b".example\n")
            if not mute.exists():
                sock.sendto(replied(message), peer)


@contextmanager
def resolver(log: Path) -> Iterator[str]:
    """Its address while it runs. `log` gets the domain of each question about one."""
    process = subprocess.Popen([sys.executable, __file__, str(log)], stdout=subprocess.PIPE, text=True)
    said = process.stdout
    assert said is not None
    try:
        yield f"127.0.0.1:{said.readline().strip()}"
    finally:
        process.kill()
        process.wait()
        said.close()


if __name__ == "__main__":
    serve(Path(sys.argv[1]))
