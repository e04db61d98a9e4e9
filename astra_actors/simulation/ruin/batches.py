"""Several chunks as one task: what a task costs besides its work is paid once a batch, and dice still belong to chunks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import numpy as np

from astra_actors.kernel.errors import BadInput
from astra_actors.simulation.ruin.laws import ReturnLaw
from astra_actors.simulation.ruin.paths import CHUNK, Chunk, PathPlan
from astra_actors.simulation.ruin.study import PER_PATH, walk_chunk

BATCHES: Final = 16  # at least so many where there are chunks enough: two a core of eight cores
PATHS_MAX: Final = 100_000_000  # whoever puts them together holds 98 bytes a path
CHUNKS_MAX: Final = 20  # of a batch: about a second of work, which is what a worker that dies costs


def batches_of(paths: int) -> list[tuple[int, int]]:
    """The work as (first path, number of paths), whole chunks but for the last; refused where there is none, or too much."""
    if paths < 1:
        raise BadInput("--paths", paths, "walk at least one path")
    if paths > PATHS_MAX:
        raise BadInput("--paths", paths, f"walk at most {PATHS_MAX:,}: they are put together in one process")
    chunks = -(-paths // CHUNK)
    size = CHUNK * min(CHUNKS_MAX, max(1, chunks // BATCHES))
    return [(first, min(size, paths - first)) for first in range(0, paths, size)]


def walk_batch(law: ReturnLaw, plan: PathPlan, seed: int, first: int, paths: int) -> Chunk:
    """The chunks of a batch, one after the other, as one: a path is the same whatever it is batched with."""
    parts = _walked(law, plan, seed, first, paths)
    whole = next(parts)
    columns: dict[str, list[Any]] = {name: [getattr(whole, name)] for name in PER_PATH}
    fan = whole.fan
    for part in parts:
        fan = fan + part.fan
        for name, column in columns.items():
            column.append(getattr(part, name))
    return Chunk(first=first, fan=fan, **{name: np.concatenate(column) for name, column in columns.items()})


def _walked(law: ReturnLaw, plan: PathPlan, seed: int, first: int, paths: int) -> Iterator[Chunk]:
    for start in range(first, first + paths, CHUNK):
        yield walk_chunk(law, plan, seed, start, min(CHUNK, first + paths - start))
