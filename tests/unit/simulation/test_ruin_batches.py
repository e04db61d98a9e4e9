"""Batches of chunks: the same paths, whole chunks in each, and enough of them to share out."""

from __future__ import annotations

import numpy as np
import pytest

from astra_actors.kernel.errors import BadInput
from astra_actors.kernel.rng import stream
from astra_actors.simulation.ruin.batches import BATCHES, batches_of, walk_batch
from astra_actors.simulation.ruin.laws import Iid
from astra_actors.simulation.ruin.paths import CHUNK, PathPlan
from astra_actors.simulation.ruin.study import chunks_of, put_together, walk_chunk

LAW, PLAN = Iid(stream(1, "record").normal(0.001, 0.02, 150)), PathPlan(trades=20)


@pytest.mark.parametrize("paths", [1, 499, 500, 501, 10_000, 123_456, 10_000_000])
def test_batches_are_whole_chunks_and_every_path_once(paths):
    found = batches_of(paths)
    assert [first for first, _ in found] == list(np.cumsum([0, *(count for _, count in found[:-1])]))
    assert sum(count for _, count in found) == paths
    assert all(count % CHUNK == 0 for _, count in found[:-1]) and all(first % CHUNK == 0 for first, _ in found)
    assert len(found) >= min(BATCHES, -(-paths // CHUNK))


def test_a_batch_walks_the_paths_of_its_chunks():
    chunks = [walk_chunk(LAW, PLAN, 3, *chunk) for chunk in chunks_of(3_700)]
    batches = [walk_batch(LAW, PLAN, 3, *batch) for batch in ((2_000, 1_700), (0, 500), (500, 1_500))]
    assert put_together(LAW, PLAN, 3, batches).digest == put_together(LAW, PLAN, 3, chunks).digest


def test_no_path_is_no_study():
    with pytest.raises(BadInput, match="--paths"):
        batches_of(0)
