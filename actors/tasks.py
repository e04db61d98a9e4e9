"""Heavy work as Ray tasks: many chunks, the common data sent once, results as they come, in any order."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

import ray

RETRIES: Final = 3  # a lost node costs its chunks, and they are walked again elsewhere
AHEAD: Final = 2  # chunks in flight for each core: enough to keep it busy, few enough to cancel


def stream_chunks(
    work: Callable[..., Any], shared: tuple[Any, ...], chunks: Sequence[tuple[Any, ...]], *, cores: int | None = None
) -> Iterator[Any]:
    """Run `work(*shared, *chunk)` for every chunk on the joined Ray; yields results as they come.

    A chunk runs on one core. Whoever stops listening, or raises, cancels what is in flight. An error that `work` raises
    is raised here; a worker or node that dies has its chunks run again.
    """
    place = ray.put((work, shared))
    task = ray.remote(num_cpus=1, max_retries=RETRIES)(_one)
    limit = AHEAD * max(1, cores or int(ray.cluster_resources().get("CPU", 1)))
    waiting = list(reversed(chunks))
    flying: list[Any] = []
    try:
        while waiting or flying:
            while waiting and len(flying) < limit:
                flying.append(task.remote(place, waiting.pop()))
            ready, flying = ray.wait(flying, num_returns=1)
            yield _value(ready[0])
    finally:
        for reference in flying:
            ray.cancel(reference, force=True)


def _one(place: tuple[Callable[..., Any], tuple[Any, ...]], chunk: tuple[Any, ...]) -> Any:
    work, shared = place
    return work(*shared, *chunk)


def _value(reference: Any) -> Any:
    try:
        return ray.get(reference)
    except ray.exceptions.RayTaskError as error:
        raise error.cause from None
