"""The process in which checkdmarc runs: consultations in, opinions out, one JSON text a line, in order.

It holds another's code over hostile text, so it may be slow, run wild or die, and only this process with it. Sockets
are refused to it, each domain has a limit of processor time (not of the clock: a busy machine changes no verdict), and
`consulting` ends it when it hangs all the same.
"""

from __future__ import annotations

import signal
import socket
import sys
from typing import IO

from audit import contract
from audit.model.opinion import Consultation, SecondOpinion
from audit.opinion.checking import opinion_on

CPU_SECONDS = 10.0  # for one domain; 4 milliseconds are usual
REFUSED = frozenset(
    {
        *("socket.__new__", "socket.connect", "socket.bind", "socket.sendto", "socket.sendmsg", "socket.getaddrinfo"),
        *("socket.gethostbyname", "socket.gethostbyaddr", "subprocess.Popen", "os.fork", "os.posix_spawn", "os.system"),
    }
)
TIMEOUT = SecondOpinion(asked=True, failed="opinion.timeout")
CRASHED = SecondOpinion(asked=True, failed="opinion.crashed")


class OutOfTime(BaseException):
    """The domain's processor time is over. No Exception, so that nobody takes it for a fault of the DNS."""


def main(consultations: IO[bytes], opinions: IO[bytes]) -> None:
    """Answer until there are no more questions."""
    confine()
    for line in consultations:
        opinions.write(contract.dump(bounded(contract.load(line, Consultation))) + b"\n")
        opinions.flush()


def confine() -> None:
    """From here on, this process makes no socket and starts no other."""
    socket.has_ipv6 = False  # urllib3 makes one when it is imported, to see whether IPv6 works
    sys.addaudithook(_refuse)
    signal.signal(signal.SIGVTALRM, _out_of_time)


def bounded(consultation: Consultation, seconds: float = CPU_SECONDS) -> SecondOpinion:
    """An opinion, or why there is none."""
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        return opinion_on(consultation)
    except OutOfTime:
        return TIMEOUT
    except Exception:  # noqa: BLE001 -- another's code: the next domain is asked all the same
        return CRASHED
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)


def _refuse(event: str, _: object) -> None:
    if event in REFUSED:
        raise PermissionError(f"{event} is refused: a second opinion is of the evidence alone")


def _out_of_time(*_: object) -> None:
    raise OutOfTime
