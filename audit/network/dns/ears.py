"""Many sockets behind one: the event loop listens to a single poll object, which listens to the sockets.

A socket that lives for one question is registered and forgotten in a call to the kernel each, instead of in the loop's
own books, which cost as much as to read the answer. Where the system has no epoll(7), the loop listens to each socket.
"""

from __future__ import annotations

import asyncio
import select
from collections.abc import Callable

from audit.network.dial import OutOfSockets

READY_AT_ONCE = 64  # sockets; then others have their turn


class Ears:
    """It must be used within one running event loop."""

    def __init__(self) -> None:
        self._readers: dict[int, Callable[[], None]] = {}
        self._poll: select.epoll | None = None

    def listen(self, number: int, read: Callable[[], None]) -> None:
        """Call `read` whenever something came to the socket of that number.

        Raises:
            OutOfSockets: the kernel has no room for one more, which says nothing about the one at the other end.
        """
        if not hasattr(select, "epoll"):
            asyncio.get_running_loop().add_reader(number, read)
            return
        try:
            if self._poll is None:
                self._poll = select.epoll()
                asyncio.get_running_loop().add_reader(self._poll.fileno(), self._hear)
            self._poll.register(number, select.EPOLLIN)
        except OSError as error:
            raise OutOfSockets(str(error)) from error
        self._readers[number] = read

    def forget(self, number: int) -> None:
        """Before the socket is closed, by which the kernel forgets it."""
        if self._readers.pop(number, None) is None:
            asyncio.get_running_loop().remove_reader(number)

    def close(self) -> None:
        if self._poll is not None:
            asyncio.get_running_loop().remove_reader(self._poll.fileno())
            self._poll.close()
            self._poll = None
        self._readers.clear()

    def _hear(self) -> None:
        for number, _ in self._poll.poll(0, READY_AT_ONCE) if self._poll is not None else ():
            read = self._readers.get(number)
            if read is not None:  # else it was closed while another was read
                read()
