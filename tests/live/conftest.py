"""Fixtures of the live tests: a loopback venue, a clock in the hand, and a run on both."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # the harness and the venue stand beside these tests

from live_harness import HandClock, LiveRun, live_settings
from polymarket_server import Venue


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def venue(clock: HandClock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Venue]:
    monkeypatch.setattr("actors.live_loop.TICK_S", 0.004)  # real time; what decides is the clock in the hand
    with Venue(2, now_ms=clock.ms) as server:
        yield server


@pytest.fixture
def run(venue: Venue, clock: HandClock) -> Iterator[LiveRun]:
    live = LiveRun(venue, clock, live_settings(venue))
    yield live
    live.actor.close()
