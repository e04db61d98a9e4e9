"""A heavy job on a Ray of its own, or on the cluster that a person named; Ray ends with it, whatever happens."""

from __future__ import annotations

import contextlib
import sys
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from astra_actors.kernel.errors import BadInput
from supervision.job_signals import JobSignals
from supervision.joining import join_ray, stay_on_loopback, usable_address

if TYPE_CHECKING:
    from actors.tasks import Tally

NODE_ANSWER_S: Final = 120.0  # a node may first have to unpack what is sent to it, and to start a process
WORKERS_MAX: Final = 1_024  # on a Ray of our own: a figure beyond it is a typing mistake


@dataclass(frozen=True, slots=True, kw_only=True)
class JobPlace:
    """Where a heavy job runs: `address` empty is a Ray of this machine's own; `workers` None is every core there is."""

    address: str = ""
    workers: int | None = None

    def __post_init__(self) -> None:
        usable_address(self.address)
        if self.workers is not None and not 1 <= self.workers <= WORKERS_MAX:
            raise BadInput("--workers", self.workers, f"give how many chunks run at once, from 1 to {WORKERS_MAX}")


class HeavyJob:
    """One job: iterate over it for the results, in any order; `figures` says afterwards where they were made."""

    def __init__(
        self,
        name: str,
        work: Callable[..., Any],
        shared: tuple[Any, ...],
        chunks: Sequence[tuple[Any, ...]],
        place: JobPlace,
    ) -> None:
        self._name, self._work, self._shared, self._chunks, self._place = name, work, shared, chunks, place
        self._tally: Tally | None = None

    def __iter__(self) -> Iterator[Any]:
        """Results as they come; raises `BadInput`, `CannotJoin`, `NodesDiffer`, `ChunkLost` or `JobStopped`."""
        address, workers = self._place.address, self._place.workers
        stay_on_loopback(address)
        import ray

        from actors.tasks import Tally, stream_chunks
        from supervision.node_check import check_nodes

        self._tally = Tally()
        with (
            contextlib.redirect_stdout(sys.stderr),  # Ray prints of lost nodes among our JSON
            JobSignals(self._name, len(self._chunks)) as signals,
        ):
            try:
                with signals.at_once():
                    name = f"astra-{self._name}-{uuid.uuid4()}"
                    join_ray(address, name, dashboard=False, cores=workers, ship_code=True)
                    signals.take_over()  # Ray has put its own in
                    check_nodes((), NODE_ANSWER_S, code_travels=True)
                yield from stream_chunks(
                    self._work,
                    self._shared,
                    self._chunks,
                    workers=workers,
                    tally=self._tally,
                    listen=lambda: signals.raise_if_asked(self._tally),
                )
            finally:
                ray.shutdown()

    def figures(self) -> dict[str, Any]:
        """How many chunks there were, on which nodes they ran, and how many ran again because a worker or node died."""
        return self._tally.figures() if self._tally else {}
