"""Servers as processes: started, waited for until they answer, and ended with all that they started themselves."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import dns.exception
import dns.message
import dns.query

PATIENCE = 10.0  # seconds until a server must answer
PAUSE, GLANCE = 0.02, 0.1
SEARCHED = os.pathsep.join((os.environ.get("PATH", os.defpath), "/usr/sbin", "/usr/local/sbin"))


class NotReady(Exception):
    """A server ended, or did not answer in time; the text is its log."""


def program(name: str) -> str | None:
    """Where a program is; an ordinary user's PATH may lack /usr/sbin."""
    return shutil.which(name, path=SEARCHED)


class Daemons:
    """The processes of one test run. `stop` ends them, the last started first."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._running: list[subprocess.Popen[bytes]] = []

    def start(self, name: str, command: tuple[str, ...], ready: Callable[[], bool]) -> None:
        """Start a server that talks to nobody but its log, and wait until it is ready."""
        process = self.spawn(name, command, talks=False)
        self.wait(name, process, ready)

    def spawn(self, name: str, command: tuple[str, ...], *, talks: bool) -> subprocess.Popen[bytes]:
        """Start a server; with `talks` its standard input and output are ours."""
        with self._log(name).open("wb") as log:
            process = subprocess.Popen(
                (program(command[0]) or command[0], *command[1:]),
                stdin=subprocess.PIPE if talks else subprocess.DEVNULL,
                stdout=subprocess.PIPE if talks else log,
                stderr=log,
                cwd=self._directory,
                bufsize=0,
                start_new_session=True,  # a group of its own: what it forks ends with it
            )
        self._running.append(process)
        return process

    def wait(self, name: str, process: subprocess.Popen[bytes], ready: Callable[[], bool]) -> None:
        """Wait until a server is ready.

        Raises:
            NotReady: it ended, or its time is over.
        """
        until = time.monotonic() + PATIENCE
        while not ready():
            if process.poll() is not None or time.monotonic() > until:
                raise NotReady(f"{name}: {self._log(name).read_text(errors='replace')}")
            time.sleep(PAUSE)

    def stop(self) -> None:
        for process in reversed(self._running):
            process.terminate()  # it alone: a server that forked ends its own
        for process in reversed(self._running):
            try:
                process.wait(timeout=3)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
            for stream in (process.stdin, process.stdout):
                if stream is not None:
                    stream.close()
        self._running.clear()

    def _log(self, name: str) -> Path:
        return self._directory / f"{name}.log"


def answers(server: str, name: str, rdtype: str) -> Callable[[], bool]:
    """Whether a DNS server answers a question without an error."""

    def asked() -> bool:
        try:
            came = dns.query.udp(dns.message.make_query(name, rdtype), server, timeout=GLANCE)
        except (OSError, dns.exception.DNSException):
            return False
        return came.rcode() == 0 and bool(came.answer)

    return asked


def listens(address: str, port: int) -> Callable[[], bool]:
    """Whether a connection is taken."""

    def tried() -> bool:
        try:
            socket.create_connection((address, port), timeout=0.5).close()
        except OSError:
            return False
        return True

    return tried
