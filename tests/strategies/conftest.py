"""One market as a strategy sees it, with any field changed by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from astra_actors.definitions.contract import DefinitionContract
from astra_actors.estimation.estimate import Estimate
from astra_actors.kernel.units import USD_ONE_E10
from astra_actors.market.instrument import Category, Instrument, MarketListing
from astra_actors.strategies.base import View

ViewMaker = Callable[..., View]


def _definition(category: str) -> DefinitionContract:
    shared = {"market_id": "m", "cutoff_ts_utc": "2026-03-01T00:00:00Z", "venue_rules_version": "1"}
    if category == "crypto_threshold":
        return DefinitionContract(
            **shared,
            category=category,
            resolution_type="close",
            underlying="BTC",
            quote_ccy="USD",
            oracle_source="Binance",
            oracle_details={"feed": "BTC/USDT 1m close", "rounding": "floor_int"},
            condition={
                "op": ">=",
                "level": 100_000,
                "window": "at_close",
                "measurement_time": "2026-03-01T00:00:00Z",
            },
        )
    return DefinitionContract(
        **shared,
        category="event_outcome",
        resolution_type="event",
        underlying="",
        quote_ccy="",
        oracle_source="Associated Press",
        oracle_details={"rule": "the call of the race"},
        condition={"outcome": "A wins"},
    )


def _view(category: str = "crypto_threshold", interval: tuple[float, float, float] | None = None, **more: Any) -> View:
    instrument = Instrument(market_id="m", yes_asset="y", no_asset="n", tick_e4=more.get("tick_e4", 100))
    listing = MarketListing(
        instrument=instrument, question="?", rules="", category=Category.CRYPTO, event_id="e", close_ns=None
    )
    lo, p, hi = interval or (0.49, 0.50, 0.51)
    fields: dict[str, Any] = {
        "tick_e4": 100,
        "best_bid_e4": 4900,
        "best_ask_e4": 5100,
        "bid_size_e6": 200_000_000,
        "ask_size_e6": 200_000_000,
        "regime": "NORMAL",
        "toxicity": 0.0,
        "toxic": False,
        "toxicity_mild": False,
        "churn_per_s": 0.1,
        "jump": 0.0,
        "hours_to_close": 200.0,
        "yes_e6": 0,
        "no_e6": 0,
        "budget_e10": 50 * USD_ONE_E10,
        "cap_e10": 50 * USD_ONE_E10,
    } | more
    bid, ask = fields["best_bid_e4"], fields["best_ask_e4"]
    mid = ((bid or 0) + (ask or 10_000)) / 2
    return View(
        listing=listing,
        definition=_definition(category),
        estimate=Estimate(p=p, p_lo=lo, p_hi=hi, estimator="test", version="1", made_ns=0),
        now_ns=1_000_000_000_000,
        mid_e4=mid,
        microprice_e4=mid,
        inventory_e6=fields["yes_e6"] - fields["no_e6"],
        **fields,
    )


@pytest.fixture(scope="session")
def make_view() -> ViewMaker:
    return _view
