"""The whole of `--feed polymarket` on a real Ray: quotes rest, a fault and a dead shard pull them, a stop leaves nothing."""

from __future__ import annotations

import os
import signal
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from live_harness import live_settings
from polymarket_server import Venue

from astra_actors.engine.build import FeedSpec
from astra_actors.engine.takeover import LOST
from supervision.driver import Run, prepare
from supervision.stop_signals import STOP

pytestmark = [pytest.mark.ray, pytest.mark.slow]
SLICES_MAX = 400  # about a quarter of a second each


class Script:
    """Steps that each wait for something to be true of the run, and then do the next thing."""

    def __init__(self, *steps: tuple[str, Callable[[dict[str, Any]], bool], Callable[[], None]]) -> None:
        self._steps = list(steps)
        self._slices = 0

    def __call__(self, status: dict[str, Any]) -> None:
        self._slices += 1
        assert self._slices < SLICES_MAX, f"still waiting: {self._steps[0][0]}; {status}"
        if self._steps and self._steps[0][1](status):
            self._steps.pop(0)[2]()
        if not self._steps:
            STOP.reason = "SIGTERM"
            STOP.asked.set()


def test_a_paper_run_on_the_live_feed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import ray

    monkeypatch.setenv("ASTRA_HEALTH_PATH", str(tmp_path / "health"))
    with Venue(4, now_ms=lambda: time.time_ns() // 1_000_000) as venue:
        settings = live_settings(venue, requests_per_min=240, scan_s=2.0)
        orders = settings.orders.__class__(market_gap_s=1)
        run = settings.run.__class__(
            feed="polymarket", days=1.0, window_s=1, evaluate_every_s=1, evaluate_min_gap_s=1, actors=2,
            dashboard=False, data_dir=str(tmp_path / "data"),
        )  # fmt: skip
        settings = settings.model_copy(update={"run": run, "orders": orders})
        prepared = prepare(settings, FeedSpec(kind="polymarket", seed=5, days=1.0))
        seen: list[int] = []
        supervisors: list[int] = []

        def fail_feed() -> None:
            venue.refusing = True
            venue.disconnect()

        def heal_feed() -> None:
            venue.refusing = False

        def add_market() -> None:
            venue.add_market(5)

        def kill_shard() -> None:
            ray.kill(ray.get_actor("market-0", namespace=f"astra-{prepared.identity.run_id}"), no_restart=True)

        def kill_supervisor() -> None:
            supervisors.append(running.status["pid"])
            os.kill(supervisors[0], signal.SIGKILL)

        def back(status: dict[str, Any]) -> bool:
            return status["pid"] != supervisors[0]

        script = Script(
            ("quotes rest in every market", lambda s: s["open_orders"] == 8, fail_feed),
            ("the disconnect pulled them", lambda s: s["open_orders"] == 0, heal_feed),
            ("they are back", lambda s: s["open_orders"] == 8, add_market),
            ("a new market is found and quoted", lambda s: s["open_orders"] == 10, kill_shard),
            (
                "the shard is back with its quotes",
                lambda s: s["restarts"] == 1 and s["open_orders"] == 10,
                kill_supervisor,
            ),
            (
                "so is everything after the Supervisor's death",
                lambda s: back(s) and s["open_orders"] == 10 and s["restarts"] == 1,
                lambda: None,
            ),
        )
        try:
            with Run(prepared) as running:
                reason = running.drive(lambda status: (seen.append(status["open_orders"]), script(status))[1])
                report = running.finish(reason)
        finally:
            STOP.asked.clear()
            STOP.reason = ""

    assert report["orphan_orders"] == 0
    assert report["exit_reason"] == "SIGTERM"
    assert report["decisions"] > 0
    assert report["cap_breaches"] == 0
    assert max(seen) == 10
    check_ledger(tmp_path / "data" / "ledger.db")


def check_ledger(path: Path) -> None:
    """Every order ended, the lost ones say why, and every session of the stream is on record."""
    with closing(sqlite3.connect(path)) as ledger:
        unfinished = """
            SELECT COUNT(*) FROM orders WHERE NOT EXISTS (
                SELECT 1 FROM order_events WHERE order_events.order_id = orders.order_id
                AND event_type IN ('fill_last', 'cancel_ack', 'reject', 'expire'))"""
        assert ledger.execute(unfinished).fetchone() == (0,)
        lost = ledger.execute("SELECT COUNT(*) FROM order_events WHERE reason = ?", (LOST,)).fetchone()[0]
        assert lost > 0
        reasons = [r for (r,) in ledger.execute("SELECT reason FROM feed_sessions WHERE connection LIKE 'stream:%'")]
        assert "stop" in reasons
        assert "closed without a word" in reasons
        adopted = ledger.execute("SELECT why FROM supervision_events WHERE kind = 'adopted'").fetchall()
        assert [why for (why,) in adopted] == ["took over ledger, research, market-0, market-1, analyst"]
        twice = "SELECT COUNT(*) FROM (SELECT order_id FROM orders GROUP BY order_id HAVING COUNT(*) > 1)"
        assert ledger.execute(twice).fetchone() == (0,)
