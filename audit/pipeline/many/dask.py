"""Work on many machines, by dask.distributed: the extra `[dask]`.

A scheduler hands each piece to one worker, and to another when that dies; what belongs together, such as the mail
servers of an operator, is in one piece. Pieces are not tied to workers by name: with the scheduler's restrictions a
piece whose workers have all died and come back under other names is never taken up again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar

from audit.pipeline.many.executor import WorkersDied

if TYPE_CHECKING:
    from distributed import Client

P = TypeVar("P")
R = TypeVar("R")

LOCAL = "local"  # the address that stands for processes on this machine
PATIENCE = 30  # seconds in which a scheduler must answer, and have a worker


class DaskMissing(Exception):
    """The extra is not installed."""

    def __init__(self) -> None:
        super().__init__("dask.distributed is not installed: pip install 'mxaudit[dask]'.")


class SchedulerUnreachable(Exception):
    """There is no scheduler at an address, or it has no worker; the text names it."""


class Dask(AbstractContextManager["Dask"]):
    """The workers of a scheduler: `tcp://host:8786`, `tls://host:8786`, or `local:2` for two processes here.

    Raises:
        DaskMissing: dask.distributed is not installed.
        SchedulerUnreachable: nobody answers, or there is no worker.
    """

    def __init__(self, address: str) -> None:
        try:
            from distributed import Client, LocalCluster  # noqa: PLC0415 - an extra, paid for when it is used
        except ImportError:
            raise DaskMissing from None
        self._cluster: Any = None
        name, _, count = address.partition(":")
        try:
            if name == LOCAL:
                workers = int(count or 2)
                self._cluster = LocalCluster(
                    n_workers=workers, threads_per_worker=1, processes=True, dashboard_address="127.0.0.1:0"
                )
            self._client: Client = Client(self._cluster or address, timeout=PATIENCE)
            self._client.wait_for_workers(1, timeout=PATIENCE)
        except (OSError, TimeoutError, ValueError) as error:
            self.close()
            raise SchedulerUnreachable(f"No workers at {address}: {error}.") from None

    @property
    def hands(self) -> int:
        return max(1, len(self._client.scheduler_info(n_workers=-1)["workers"]))

    @property
    def dashboard(self) -> str:
        """Where a person sees what the workers do."""
        return str(self._client.dashboard_link)

    def run(self, work: Callable[[P], R], pieces: Sequence[P]) -> Iterator[R]:
        from distributed import KilledWorker, as_completed  # noqa: PLC0415

        futures = self._client.map(work, pieces, pure=False)
        try:
            for future in as_completed(futures):
                yield future.result()
        except KilledWorker:
            raise WorkersDied from None
        finally:
            self._client.cancel(futures)

    def close(self) -> None:
        """Let go of the scheduler; end the workers that were begun here."""
        for each in (getattr(self, "_client", None), self._cluster):
            if each is not None:
                each.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()
