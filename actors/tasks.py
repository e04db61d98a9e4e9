"""Heavy work as Ray tasks: many chunks, the common data sent once, results as they come, in any order.

Ray's own retries are off: a chunk whose worker or node died is handed out again here, so that it can be counted and bounded.
"""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import metadata
from typing import Any, Final

import ray
from ray import exceptions as gone

from astra_actors.kernel.errors import AstraError

Versions = tuple[str, ...]

RUNS_MAX: Final = 4  # of one chunk: a node that is lost costs one, and a chunk that ends every worker must end the job
AHEAD: Final = (
    2  # chunks in flight for each core: enough to keep it busy and to ask for more nodes, few enough to cancel
)
CORES_S: Final = 1.0  # the autoscaler itself looks every five
BEAT_S: Final = 0.2  # how often somebody who wants to stop is listened to

LOST: Final = (
    gone.WorkerCrashedError,
    gone.NodeDiedError,
    gone.LocalRayletDiedError,  # of the node that ran it; when ours is gone, the runs are soon spent
    gone.ObjectLostError,  # it was done, and its result died with the node
    gone.OutOfMemoryError,
)


class OtherVersions(AstraError):
    """A node that joined during the job would compute other bytes."""


class ChunkLost(AstraError):
    """A chunk ended every worker that took it up."""


@dataclass(slots=True)
class Tally:
    """Where the chunks of one job ran, and how many ran again because their worker or node died."""

    chunks: int = 0
    again: int = 0
    in_flight_max: int = 0
    by_node: dict[str, int] = field(default_factory=dict)  # chunks done, by the address of the node
    workers: set[tuple[str, int]] = field(default_factory=set)  # node and process id

    def figures(self) -> dict[str, Any]:
        """The tally as plain values."""
        nodes = dict(sorted(self.by_node.items()))
        return {"chunks": self.chunks, "chunks_again": self.again, "workers": len(self.workers), "nodes": nodes}


def stream_chunks(
    work: Callable[..., Any],
    shared: tuple[Any, ...],
    chunks: Sequence[tuple[Any, ...]],
    *,
    workers: int | None = None,
    tally: Tally | None = None,
    listen: Callable[[], None] = lambda: None,
) -> Iterator[Any]:
    """Run `work(*shared, *chunk)` for every chunk on the joined Ray; yields results as they come.

    A chunk runs on one core, at most `workers` of them at once (None: as many as the cluster has cores). Whoever stops
    listening, or raises, as `listen` may, cancels what is in flight. An error that `work` raises is raised here; a
    worker or node that dies has its chunks run again, and `ChunkLost` is raised for one that ran `RUNS_MAX` times.
    """
    counted = Tally() if tally is None else tally
    place = ray.put((work, shared, _versions()))
    task = ray.remote(num_cpus=1, max_retries=0)(_one)
    cores = _Cores()
    waiting = [(chunk, 1) for chunk in reversed(chunks)]
    flying: dict[Any, tuple[tuple[Any, ...], int]] = {}
    try:
        while waiting or flying:
            limit = workers or AHEAD * cores()
            while waiting and len(flying) < limit:
                chunk, run = waiting.pop()
                flying[task.remote(place, chunk)] = (chunk, run)
            counted.in_flight_max = max(counted.in_flight_max, len(flying))
            for reference in _ready(list(flying), listen):
                chunk, run = flying.pop(reference)
                try:
                    node, pid, value = _value(reference)
                except LOST as error:
                    waiting.append(_again(chunk, run, error))
                    counted.again += 1
                    continue
                _count(counted, node, pid)
                yield value
    finally:
        for reference in flying:
            ray.cancel(reference, force=True)


def _one(place: tuple[Callable[..., Any], tuple[Any, ...], Versions], chunk: tuple[Any, ...]) -> tuple[str, int, Any]:
    work, shared, versions = place
    node = ray.util.get_node_ip_address()
    if versions != _versions():  # the nodes of the start were looked at; this one may have joined later
        raise OtherVersions(f"node {node} has {' '.join(_versions())}, the driver {' '.join(versions)}")
    return node, os.getpid(), work(*shared, *chunk)


@cache
def _versions() -> Versions:
    """What the bytes of a result may depend on, besides the code."""
    packages = tuple(f"{name} {metadata.version(name)}" for name in ("numpy", "scipy"))
    return (f"python {'.'.join(platform.python_version_tuple()[:2])}", *packages, platform.machine())


class _Cores:
    """The cores of the cluster as it is now: nodes come and go. Asked once a second, for asking costs as much as a task."""

    def __init__(self) -> None:
        self._found, self._at = 1, float("-inf")

    def __call__(self) -> int:
        now = time.monotonic()
        if now - self._at > CORES_S:
            self._found, self._at = max(1, int(ray.cluster_resources().get("CPU", 1))), now
        return self._found


def _ready(flying: list[Any], listen: Callable[[], None]) -> list[Any]:
    """At least one reference that has come to something."""
    while True:
        listen()
        ready, _ = ray.wait(flying, num_returns=1, timeout=BEAT_S)
        if ready:
            return list(ready)


def _value(reference: Any) -> Any:
    try:
        return ray.get(reference)
    except gone.RayTaskError as error:
        raise error.cause from None


def _again(chunk: tuple[Any, ...], run: int, error: Exception) -> tuple[tuple[Any, ...], int]:
    if run == RUNS_MAX:
        said = " ".join(str(error).split())[:200]
        raise ChunkLost(f"chunk {chunk} ended the worker that ran it {RUNS_MAX} times; the last word was: {said}")
    return chunk, run + 1


def _count(tally: Tally, node: str, pid: int) -> None:
    tally.chunks += 1
    tally.by_node[node] = tally.by_node.get(node, 0) + 1
    tally.workers.add((node, pid))
