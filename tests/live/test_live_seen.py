"""What only a live feed has to show: how old its newest word is, and how much waits in the mailbox."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from live_harness import LiveRun

from actors import meter
from astra_actors.kernel.units import NS_PER_S
from astra_actors.reporting.metric_names import METRICS, Metric


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> dict[str, float]:
    """The last value of every metric, as a Ray would have taken it."""
    values: dict[str, float] = {}

    def make(metric: Metric) -> SimpleNamespace:
        def record(value: float, tags: dict[str, str]) -> None:
            assert set(tags) == set(metric.tags)
            values[metric.name] = value

        return SimpleNamespace(_record=record)

    monkeypatch.setattr(meter, "_in_ray", lambda: True)
    monkeypatch.setattr(meter, "_make", make)
    return values


def test_a_shard_tells_every_metric_that_is_its_own(told: dict[str, float], run: LiveRun) -> None:
    run.start()
    assert sorted(told) == sorted(metric.name for metric in METRICS if metric.owner == "market")
    assert told["astra_orders_open"] == run.coordinator.counters.open_orders > 0


def test_the_feeds_age_grows_while_it_is_quiet(told: dict[str, float], run: LiveRun) -> None:
    run.start()
    run.advance(1.0)
    before_s = told["astra_feed_age_seconds"]
    run.advance(5.0)
    assert told["astra_feed_age_seconds"] >= before_s + 5.0
    heard_ns = run.actor.progress()["feed_ns"]
    assert told["astra_feed_age_seconds"] == pytest.approx((run.clock() - heard_ns) / NS_PER_S)


def test_without_a_connection_it_grows_on(told: dict[str, float], run: LiveRun) -> None:
    run.start()
    run.venue.refusing = True
    run.venue.disconnect()
    run.until(lambda: not run.shard.links[0].up)
    run.advance(1.0)
    before_s = told["astra_feed_age_seconds"]
    run.advance(5.0)
    assert told["astra_feed_age_seconds"] == pytest.approx(before_s + 5.0)
    assert run.actor.progress()["mailbox"] >= 0
