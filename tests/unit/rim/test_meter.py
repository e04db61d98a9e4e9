"""Metrics never disturb trading: outside Ray they are silent, and what fails is left out; counts only ever grow."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from actors import meter as meter_module
from actors.meter import Meter
from astra_actors.reporting import metric_names as names


class Recorded:
    """What reached Ray, in order: (name, value, tags)."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, float, dict[str, str]]] = []
        self.broken = False

    def make(self, metric: names.Metric) -> Any:
        def record(value: float, tags: dict[str, str]) -> None:
            if self.broken:
                raise RuntimeError("the metrics agent is gone")
            self.calls.append((metric.name, value, tags))

        return SimpleNamespace(_record=record)

    def sum(self, metric: names.Metric, **tags: str) -> float:
        return sum(value for name, value, told in self.calls if name == metric.name and told == tags)


@pytest.fixture
def recorded(monkeypatch: pytest.MonkeyPatch) -> Recorded:
    """A Ray that takes every number."""
    made = Recorded()
    monkeypatch.setattr(meter_module, "_in_ray", lambda: True)
    monkeypatch.setattr(meter_module, "_make", made.make)
    return made


def test_a_count_is_exported_as_nothing_before_it_first_grows(recorded: Recorded) -> None:
    """A counter that is born at 1 looks to `increase()` as if nothing had happened."""
    meter = Meter(shard="0")
    meter.total(names.FILLS, 0)
    assert recorded.calls == [("astra_fills_total", 0.0, {"shard": "0"})]
    for total in (3, 3, 5):
        meter.total(names.FILLS, total)
    assert [value for _, value, _ in recorded.calls] == [0.0, 3.0, 2.0]


def test_who_counts_may_start_over(recorded: Recorded) -> None:
    meter = Meter(shard="0")
    for total in (10, 4, 6):
        meter.total(names.FILLS, total)
    assert recorded.sum(names.FILLS, shard="0") == 16


def test_a_successor_does_not_count_again_what_was_counted(recorded: Recorded) -> None:
    meter = Meter(adopting=True)
    for total in (7, 9):
        meter.total(names.RESTARTS, total, child="market-0")
    assert recorded.sum(names.RESTARTS, child="market-0") == 2


def test_each_tag_counts_on_its_own(recorded: Recorded) -> None:
    meter = Meter(shard="1")
    meter.total(names.VETOES, 2, veto="NO_BOOK")
    meter.total(names.VETOES, 5, veto="HALTED")
    assert recorded.sum(names.VETOES, shard="1", veto="NO_BOOK") == 2
    assert recorded.sum(names.VETOES, shard="1", veto="HALTED") == 5


def test_what_nobody_measured_is_not_told(recorded: Recorded) -> None:
    Meter().set(names.EQUITY, None)
    assert recorded.calls == []


def test_a_broken_recorder_is_left_out_and_heals(recorded: Recorded) -> None:
    meter = Meter(shard="0")
    recorded.broken = True
    for seconds in (0.1, 0.2):
        meter.observe(names.WINDOW_SECONDS, seconds)
    meter.set(names.MARKETS, 3)
    recorded.broken = False
    meter.set(names.MARKETS, 4)
    assert recorded.calls == [("astra_markets_open", 4.0, {"shard": "0"})]


def test_outside_ray_nothing_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[names.Metric] = []
    monkeypatch.setattr(meter_module, "_in_ray", lambda: False)
    monkeypatch.setattr(meter_module, "_make", made.append)
    Meter().set(names.EQUITY, 1.0)
    assert made == []
