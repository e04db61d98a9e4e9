"""Fixtures of the live tests: a loopback venue, a clock in the hand, and a run on both."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.live.live_harness import HandClock, LiveRun, live_settings
from tests.live.polymarket_server import Venue


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def venue(clock: HandClock) -> Iterator[Venue]:
    with Venue(2, now_ms=clock.ms) as server:
        yield server


@pytest.fixture
def run(venue: Venue, clock: HandClock) -> Iterator[LiveRun]:
    live = LiveRun(venue, clock, live_settings(venue))
    yield live
    live.actor.close()
