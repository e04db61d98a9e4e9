"""Ruin paths: simulated trades a second against plain numpy and against one core of ourselves, and what spreading them costs.

The yardstick is the same bootstrap in three lines of numpy: draw, multiply, largest fall. Astra's walk does more with each
path (ruin, time under water, the fan; under constraints caps, scale and breaker): on one core in this process, then as
Ray tasks on 1, 2 and 4 workers of one Ray. All take turns, so that a busy minute meets all of them; Ray's start is not in them.
"""

from __future__ import annotations

import os
import resource
import time
import tracemalloc
from collections.abc import Callable
from typing import Any, Final

import numpy as np
from _table import medians, options, show

from astra_actors.config.load import load_settings
from astra_actors.kernel.rng import stream
from astra_actors.simulation.ruin.batches import batches_of, walk_batch
from astra_actors.simulation.ruin.laws import Iid
from astra_actors.simulation.ruin.paths import CHUNK, PathPlan
from astra_actors.simulation.ruin.study import chunks_of, put_together, walk_chunk
from supervision.joining import WORKER_ENVIRONMENT

WORKERS: Final = (1, 2, 4)
RECORD: Final = stream(1, "record").normal(0.001, 0.01, 400)
LAW: Final = Iid(RECORD)
YARDSTICK: Final = "plain numpy: draw, multiply, largest fall"


def plain_numpy(paths: int, trades: int) -> float:
    """Mean largest drawdown of an iid bootstrap, in chunks of the same size."""
    dice, total = np.random.default_rng(1), 0.0
    for first in range(0, paths, CHUNK):
        count = min(CHUNK, paths - first)
        equity = np.cumprod(1.0 + RECORD[dice.integers(0, len(RECORD), (count, trades))], axis=1)
        total += float(np.max(1.0 - equity / np.maximum.accumulate(equity, axis=1), axis=1).sum())
    return total / paths


def here(plan: PathPlan, paths: int) -> str:
    """The study in this process; its digest."""
    walked = (walk_chunk(LAW, plan, 1, *chunk) for chunk in chunks_of(paths))
    return put_together(LAW, plan, 1, walked).digest


def on_ray(plan: PathPlan, paths: int, workers: int) -> str:
    """The study on so many workers of the joined Ray; its digest."""
    from actors.tasks import stream_chunks

    walked = stream_chunks(walk_batch, (LAW, plan, 1), batches_of(paths), workers=workers)
    return put_together(LAW, plan, 1, walked).digest


def peak_mb(_: int = 0) -> float:
    """The largest resident size this process has had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def bytes_a_path(paths: int = 50_000) -> float:
    """What the process that puts the study together holds at its peak, for each path."""
    plan = PathPlan(trades=2)
    chunks = [walk_chunk(LAW, plan, 1, *chunk) for chunk in chunks_of(paths)]
    tracemalloc.start()
    put_together(LAW, plan, 1, chunks)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak / paths


def timed(call: Callable[..., Any], *arguments: Any) -> float:
    """Seconds for one call."""
    began = time.perf_counter()
    call(*arguments)
    return time.perf_counter() - began


def contestants(plans: dict[str, PathPlan], paths: int, trades: int) -> dict[str, Callable[[], float]]:
    """Everything that is timed, by what it is called."""
    found: dict[str, Callable[[], float]] = {YARDSTICK: lambda: timed(plain_numpy, paths, trades)}
    for kind, plan in plans.items():
        found[f"{kind}, this process"] = lambda plan=plan: timed(here, plan, paths)
        for workers in WORKERS:
            found[f"{kind}, Ray tasks, workers: {workers}"] = lambda plan=plan, workers=workers: timed(
                on_ray, plan, paths, workers
            )
    return found


def rows_of(took: dict[str, float], paths: int, trades: int) -> list[dict[str, Any]]:
    """A row a contestant, each beside numpy and beside one core of ourselves."""
    rows = []
    for name, seconds in took.items():
        alone = took.get(f"{name.split(',')[0]}, this process", seconds)
        row = {
            "what": name, "s": round(seconds, 3), "million paths·trades/s": round(paths * trades / seconds / 1e6, 2),
            "× numpy": round(took[YARDSTICK] / seconds, 2), "× one core": round(alone / seconds, 2),
        }  # fmt: skip
        if name.endswith("workers: 1"):
            row["distribution, ms a task"] = round(1e3 * (seconds - alone) / len(batches_of(paths)), 1)
        rows.append(row)
    return rows


def main() -> int:
    chosen = options(__doc__, paths=40_000, trades=1_000, rounds=3)
    os.environ.update(WORKER_ENVIRONMENT)
    import ray

    from actors.tasks import stream_chunks

    held = PathPlan(trades=chosen.trades, limits=load_settings(environ={}).risk)
    plans = {"unconstrained": PathPlan(trades=chosen.trades), "caps and breaker": held}
    memory = bytes_a_path()
    init = {"address": "local", "num_cpus": max(WORKERS), "include_dashboard": False, "log_to_driver": False}
    start_s = timed(lambda: ray.init(**init, logging_level="ERROR"))
    try:
        for plan in plans.values():
            assert here(plan, 4 * CHUNK) == on_ray(plan, 4 * CHUNK, max(WORKERS)), "workers walk the same paths"
        took = medians(chosen.rounds, contestants(plans, chosen.paths, chosen.trades))
        worker_mb = max(stream_chunks(peak_mb, (), [(number,) for number in range(8)]))
    finally:
        stop_s = timed(ray.shutdown)
    notes = [
        f"{os.cpu_count()} cores, load average {os.getloadavg()[0]:.1f}; Ray starts in {start_s:.1f} s, ends in {stop_s:.1f} s",
        f"peak memory: this process {peak_mb():.0f} MB, a worker {worker_mb:.0f} MB; "
        f"whoever puts a study together holds {memory:.0f} bytes a path",
    ]
    show("ruin", rows_of(took, chosen.paths, chosen.trades), notes=notes, as_json=chosen.json)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
