"""A heavy job on a Ray of its own, or on the cluster that a person named; Ray ends with it, whatever happens."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from supervision.joining import join_ray, stay_on_loopback


def in_parallel(
    job: str, work: Callable[..., Any], shared: tuple[Any, ...], chunks: Sequence[tuple[Any, ...]], *, address: str
) -> Iterator[Any]:
    """`work(*shared, *chunk)` for every chunk, in any order; raises `BadInput` or `CannotJoin` where Ray cannot be had."""
    stay_on_loopback(address)
    import ray

    from actors.tasks import stream_chunks

    join_ray(address, f"astra-{job}-{uuid.uuid4()}", dashboard=False)
    try:
        yield from stream_chunks(work, shared, chunks)
    finally:
        ray.shutdown()
