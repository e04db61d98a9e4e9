"""Where the exchange hurries, an hour of ours is many of the market's; what counts hours counts those."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from astra_actors.engine.market_engine import MarketEngine
from astra_actors.engine.params import EngineParams
from astra_actors.kernel.units import NS_PER_HOUR

# By hand: the close is half an hour of ours away, or a quarter of an hour ago.
TABLE = [(1.0, 0.5, 0.5), (600.0, 0.5, 300.0), (1_500.0, -0.25, -375.0)]


@pytest.mark.parametrize(("speed", "ours", "theirs"), TABLE)
def test_hours_to_close_are_the_markets_own(speed: float, ours: float, theirs: float) -> None:
    listing = SimpleNamespace(close_ns=10 * NS_PER_HOUR)
    engine: Any = SimpleNamespace(listing=listing, definition=None, params=EngineParams(calendar_speed=speed))
    now_ns = round((10 - ours) * NS_PER_HOUR)
    assert MarketEngine.hours_to_close(engine, now_ns) == pytest.approx(theirs)


def test_a_market_without_a_date_has_none_at_any_speed() -> None:
    engine: Any = SimpleNamespace(
        listing=SimpleNamespace(close_ns=None), definition=None, params=EngineParams(calendar_speed=60.0)
    )
    assert MarketEngine.hours_to_close(engine, 0) is None
