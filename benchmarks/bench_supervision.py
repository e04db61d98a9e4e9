"""What supervision costs and how long it takes: renewing leases, pulling quotes, replacing an owner, adopting a tree.

A world is traded behind a Ray of its own; the tree's owner lives in this process, so that each step of it can be timed.
"""

from __future__ import annotations

import os
import signal
import statistics
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import psutil
from _table import at_percent, options, show

from astra_actors.config.load import load_settings, shipped_dir
from astra_actors.config.snapshot import settings_json
from astra_actors.engine.build import FeedSpec, open_feed
from astra_actors.kernel.units import NS_PER_S
from astra_actors.ledger.store import LedgerStore
from astra_actors.lockstep.run_plan import RunPlan
from supervision.household import Household
from supervision.identity import run_identity
from supervision.joining import WORKER_ENVIRONMENT
from supervision.supervisor import RunSpec

Rows = list[dict[str, Any]]
FRAMES_PER_S: Final = 2_000  # a busy second of a live feed, to which the cost of a barrier is compared
WINDOW_LIVE_S: Final = 1.0  # a live run's barrier comes once a second
WARM: Final = 6  # windows until quotes rest


class Tree:
    """One run whose Household lives here: `step` is a window, `steps` what its parts took, in seconds."""

    def __init__(self, folder: Path, *, shards: int, markets: int, window_s: int) -> None:
        run = {
            "data_dir": str(folder),
            "days": 30.0,
            "markets": markets,
            "seed": 3,
            "window_s": window_s,
            "actors": shards,
        }
        supervision = {"restart_deaths_max": 1_000, "restart_window_s": 1.0}
        settings = load_settings(
            files=[shipped_dir() / "feeds" / "world.yaml"], flags={"run": run, "supervision": supervision}, environ={}
        )
        feed = FeedSpec(kind="world", seed=3, days=30.0, markets=markets)
        identity = run_identity(str(uuid.uuid4()), settings, feed)
        ledger = folder / "ledger.db"
        with LedgerStore.open(ledger) as store:
            store.begin_run(identity, settings_json(settings))
        self.settings, self.feed = settings, feed
        self.spec = RunSpec(
            namespace=f"bench-{identity.run_id}", feed=feed, settings=settings, settings_json=settings_json(settings),
            identity=identity, ledger=ledger, artifacts=folder / "decisions", reports=folder / "reports", shards=shards,
        )  # fmt: skip
        self.steps: dict[str, float] = {}
        self._began = 0.0
        self.house = self.open()

    def open(self) -> Household:
        """Start the tree, or adopt it."""
        house = Household(self.spec, noted=lambda *_: self.note("detect", time.perf_counter() - self._began))
        house.keeper.restart = self._timed("back-off and order to start", house.keeper.restart)  # type: ignore[method-assign]
        house.keeper.hello = self._timed("process, imports, constructor", house.keeper.hello)  # type: ignore[method-assign]
        house.open(self._plan)
        for shard in house.coordinator.shards:
            shard._recover = self._timed("recover", shard._recover)  # type: ignore[attr-defined]
        return house

    def note(self, name: str, seconds: float) -> None:
        self.steps.setdefault(name, seconds)

    def step(self) -> float:
        """Seconds for one window."""
        self._began = time.perf_counter()
        self.house.coordinator.step()
        return time.perf_counter() - self._began

    def pid(self, name: str) -> int:
        return int(self.house.keeper.hello(name).pid)

    def cpu_s(self, *names: str) -> float:
        """CPU seconds used so far by these children."""
        times = [psutil.Process(self.pid(name)).cpu_times() for name in names]
        return float(sum(used.user + used.system for used in times))

    def _timed(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*arguments: Any) -> Any:
            began = time.perf_counter()
            try:
                return call(*arguments)
            finally:
                self.note(name, time.perf_counter() - began)

        return timed

    def _plan(self) -> RunPlan:
        feed, _ = open_feed(self.feed, self.settings)
        listings = tuple(sorted(feed.listings(), key=lambda listing: (listing.open_ns, listing.market_id)))
        window_ns = self.settings.run.window_s * NS_PER_S
        return RunPlan(
            listings=listings, start_ns=feed.start_ns, end_ns=feed.end_ns, window_ns=window_ns, unattended=True
        )  # fmt: skip


@contextmanager
def tree(**how: int) -> Iterator[Tree]:
    """A tree that is gone afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        made = Tree(Path(folder), **how)
        try:
            yield made
        finally:
            made.house.close()


def renewals(windows: int) -> Rows:
    """A window so short that hardly anything happens in it: what remains is command, renewal of every lease, reports."""
    rows: Rows = []
    for shards in (1, 8):
        with tree(shards=shards, markets=40, window_s=1) as made:
            for _ in range(WARM):
                made.step()
            took = [made.step() * 1e3 for _ in range(windows)]
        figures = {"p50": statistics.median(took), "p99": at_percent(took, 99)}
        rows += [_row(f"lease renewal {name}, shards: {shards}", figure, "ms") for name, figure in figures.items()]
    return rows


def revocation(rounds: int) -> Rows:
    """From the word to the answer that no order rests, the ledger's commit included."""
    from supervision.control import PAUSE, RESUME, Word
    from supervision.desk import take_up
    from supervision.pace import LockStep

    took = []
    with tree(shards=2, markets=40, window_s=1_200) as made:
        pace = LockStep(now_ns=time.monotonic_ns, sleep=time.sleep)
        for _ in range(40):
            made.step()
        for _ in range(rounds):
            answer = take_up(Word(action=PAUSE, author="bench", why="measure"), made.house.coordinator, pace)
            assert answer.orders_after == 0, "a pause leaves nothing"
            took.append(answer.took_ms)
            take_up(Word(action=RESUME, author="bench", why="measure"), made.house.coordinator, pace)
            for _ in range(4):
                made.step()
    return [_row("pause to last quote pulled and written", statistics.median(took), "ms")]


def restarts(rounds: int) -> Rows:
    """From SIGKILL of an owner to its next answered window, in its parts; and of the tree's owner, to its next window."""
    parts: dict[str, list[float]] = {}
    with tree(shards=2, markets=40, window_s=1_200) as made:
        for _ in range(40):
            made.step()
        for _ in range(rounds):
            pid, made.steps = made.pid("market-0"), {}
            os.kill(pid, signal.SIGKILL)
            total = made.step()
            rest = total - sum(made.steps.values())
            for name, seconds in {**made.steps, "the window itself": rest, "in all": total}.items():
                parts.setdefault(name, []).append(seconds)
            made.house.keeper.remember("market-0", (), 0)  # so that every back-off is the first
        made.house.coordinator.flush()
        began = time.perf_counter()
        made.house = made.open()
        made.step()
        parts["adoption to the next window, without Ray's restart"] = [time.perf_counter() - began]
    return [_row(f"restart: {name}", statistics.median(took), "s") for name, took in parts.items()]


def shares(windows: int) -> Rows:
    """CPU of the tree's owner and the ledger for a barrier each second, as a share of one core; idle, and at a busy feed."""
    rows: Rows = []
    for name, window_s in (("idle", 1), (f"at {FRAMES_PER_S:,} frames/s", 3_600)):
        with tree(shards=2, markets=60, window_s=window_s) as made:
            for _ in range(WARM):
                made.step()
            events, before = made.house.coordinator.counters.events, made.cpu_s("ledger") + time.process_time()
            for _ in range(windows):
                made.step()
            used = made.cpu_s("ledger") + time.process_time() - before
            events = made.house.coordinator.counters.events - events
        scale = 1.0 if window_s == 1 else FRAMES_PER_S * WINDOW_LIVE_S * windows / events
        rows.append(
            _row(f"supervision and ledger, {name}", 100 * used * scale / windows / WINDOW_LIVE_S, "% of a core")
        )
    return rows


def scaling(windows: int) -> Rows:
    """Events a second of a world, by the number of shards."""
    rows: Rows = []
    for shards in (1, 2, 4):
        with tree(shards=shards, markets=120, window_s=3_600) as made:
            for _ in range(WARM):
                made.step()
            before, began = made.house.coordinator.counters.events, time.perf_counter()
            for _ in range(windows):
                made.step()
            rate = (made.house.coordinator.counters.events - before) / (time.perf_counter() - began)
        ratio = rate / rows[0]["figure"] if rows else 1.0
        rows.append({**_row(f"frames/s, shards: {shards}", rate, "1/s"), "ratio": round(ratio, 2)})
    return rows


def _row(what: str, figure: float, unit: str) -> dict[str, Any]:
    return {"what": what, "figure": round(figure, 3), "unit": unit}


def main() -> int:
    chosen = options(__doc__, windows=200, rounds=5)
    os.environ.update(WORKER_ENVIRONMENT)
    import ray

    ray.init(address="local", include_dashboard=False, log_to_driver=False, configure_logging=False)
    try:
        rows = [
            *renewals(chosen.windows), *revocation(chosen.rounds), *restarts(chosen.rounds),
            *shares(chosen.windows // 4), *scaling(chosen.windows // 4),
        ]  # fmt: skip
    finally:
        ray.shutdown()
    show("supervision", rows, as_json=chosen.json)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
