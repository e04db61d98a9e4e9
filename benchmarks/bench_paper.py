"""Paper trading as a run: virtual days a second with ledger and decision log, and what a barrier costs behind Ray.

Baseline of the days: the same run with a ledger that keeps nothing. Baseline of the barrier: a bare call to an actor.
"""

from __future__ import annotations

import contextlib
import io
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from itertools import count, islice
from typing import Any

from _table import medians, options, show
from bench_simulation import SETTINGS, simulate

from actors.badge import Badge
from astra_actors.engine.build import FeedSpec, open_feed, open_shard
from astra_actors.engine.messages import WindowCommand
from astra_actors.engine.shard import Shard
from supervision.joining import WORKER_ENVIRONMENT
from supervision.local_run import LocalRun

WINDOWS = 300
NAMESPACE = "bench"
OWNER = 1  # the incarnation of every owner here
NUMBERS = count(1)


def recorded_run(spec: FeedSpec) -> float:
    """CPU seconds of a run that writes everything down."""
    with tempfile.TemporaryDirectory() as folder:
        run = replace(SETTINGS.run, data_dir=folder)
        settings = SETTINGS.model_copy(update={"run": run})
        feed, spot = open_feed(spec, settings)
        with LocalRun(settings, spec, feed=feed, spot=spot) as local, contextlib.redirect_stderr(io.StringIO()):
            began = time.process_time()
            local.complete()
            return time.process_time() - began


def days(spec: FeedSpec, rounds: int) -> list[dict[str, Any]]:
    """Virtual days a second, with and without a ledger."""
    spent = medians(
        rounds, {"without a ledger": lambda: simulate(spec, {}), "with a ledger": lambda: recorded_run(spec)}
    )
    base = spent["without a ledger"]
    return [
        {
            "what": f"{spec.markets} markets, {name}",
            "figure": round(spec.days / seconds, 2),
            "unit": "virtual days/s",
            "ratio": round(seconds / base, 2),
        }
        for name, seconds in spent.items()
    ]


def barriers() -> list[dict[str, Any]]:
    """Milliseconds for a window in which nothing happens: in this process, behind one actor, behind two.

    The baseline is what Ray takes to ask one of the actors for its pulse.
    """
    spec = FeedSpec(kind="world", seed=7, days=0.1, markets=2)
    shard = open_shard(0, spec, SETTINGS)
    shard.memory.incarnation = OWNER
    here = _timed(lambda command: _served(shard, command))
    os.environ.update(WORKER_ENVIRONMENT)
    import ray  # takes a second, and only this part needs it

    from actors.options import start

    ray.init(
        address="local", num_cpus=2, include_dashboard=False, log_to_driver=False, namespace=NAMESPACE,
        configure_logging=False,
    )  # fmt: skip
    try:
        owners = [start("market", f"shard-{n}", NAMESPACE, n, spec, SETTINGS, badge=_badge(n)) for n in range(2)]
        ray.get([owner.progress.remote() for owner in owners])
        found = {"bare call to an actor": _timed(lambda _: ray.get(owners[0].progress.remote()))}
        for owning, name in ((1, "barrier behind one actor"), (2, "barrier behind two actors")):
            found[name] = _timed(lambda command, owning=owning: _asked(ray, owners[:owning], command))  # type: ignore[misc]
    finally:
        ray.shutdown()
    base = found["bare call to an actor"]
    found["barrier in this process"] = here
    return [
        {"what": name, "figure": round(ms, 3), "unit": "ms", "ratio": round(ms / base, 3)} for name, ms in found.items()
    ]


def _badge(number: int) -> Badge:
    """As a Supervisor would give it; the pulse is longer than the benchmark, for there is no Supervisor to give one."""
    return Badge(
        name=f"shard-{number}", run_id=NAMESPACE, config_hash="0" * 64, code="bench", epoch=1, incarnation=OWNER,
        pulse_timeout_s=600.0,
    )  # fmt: skip


def _served(shard: Shard, command: WindowCommand) -> None:
    shard.run_window(command)


def _asked(ray: Any, owners: list[Any], command: WindowCommand) -> None:
    """As the Supervisor does: hand out every window, then wait for the results; records stay where they are."""
    sent = [owner.on_window.options(num_returns=2).remote(command) for owner in owners]
    ray.get([result for result, _ in sent])


def _timed(run: Callable[[WindowCommand], None]) -> float:
    """The median in milliseconds by the wall clock: most of it is waiting."""
    spent = []
    for number in islice(NUMBERS, WINDOWS):  # an owner takes a window once, and none twice
        command = WindowCommand(
            window=number, from_ns=number, to_ns=number + 1, lease_until_ns=number + 2, incarnation=OWNER
        )
        began = time.perf_counter()
        run(command)
        spent.append((time.perf_counter() - began) * 1e3)
    return statistics.median(spent[WINDOWS // 5 :])


def main() -> int:
    chosen = options(__doc__, days=5, markets=30, rounds=3, ray=1)
    rows = days(FeedSpec(kind="world", seed=7, days=float(chosen.days), markets=chosen.markets), chosen.rounds)
    notes = []
    if chosen.ray:
        rows += barriers()
    else:
        notes.append("barriers skipped: --ray 0")
    show("paper", rows, as_json=chosen.json, notes=notes)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
