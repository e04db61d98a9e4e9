"""Guards promise 5: the world's fitted defaults are those of the recorded books, and its own books show them."""

from __future__ import annotations

import gzip
import json
from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import duckdb
import numpy as np
import pytest

from astra_actors.feeds.world.params import WorldParams
from astra_actors.feeds.world.world import World
from astra_actors.market.events import BookChanged, BookSnapshot, TradePrinted

DATA = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "ws"
HOCKEY = DATA / "tickscope_20260607_0130.parquet"
BITCOIN = DATA / "btc5m_book_frames_20260416.jsonl.gz"

pytestmark = [
    pytest.mark.recorded,
    pytest.mark.skipif(not HOCKEY.exists(), reason="the recorded data is not beside this checkout"),
]


@dataclass
class Recorded:
    """What one token's recorded minutes say, in cents and shares."""

    spreads: list[float] = field(default_factory=list)  # one a second
    tops: list[float] = field(default_factory=list)
    top_changes: int = 0
    level_changes: int = 0
    trades: list[tuple[float, float, bool]] = field(default_factory=list)  # (size, earned in cents, flag agrees)


@cache
def hockey() -> dict[str, Recorded]:
    rows = (
        duckdb.connect()
        .execute(
            "select epoch_ms(timestamp), event_type, asset_id, side, price::double, size::double, "
            f"best_bid::double, best_ask::double from '{HOCKEY}'"
        )
        .fetchall()
    )
    out: dict[str, Recorded] = defaultdict(Recorded)
    books: dict[str, dict[bool, dict[float, float]]] = defaultdict(lambda: {True: {}, False: {}})
    tops: dict[str, tuple[float, float]] = {}
    seconds: dict[str, int] = {}
    for ms, kind, asset, side, price, size, bid, ask in rows:
        token = out[asset]
        if kind == "LAST_TRADE":
            if asset in tops:
                mid = sum(tops[asset]) / 2
                buys = price > mid
                token.trades.append((size, abs(price - mid) * 100, (side == "BID") == buys))
            continue
        token.level_changes += 1
        if tops.get(asset) != (bid, ask):
            token.top_changes += 1
            tops[asset] = (bid, ask)
        bids, asks = (books[asset][is_bid] for is_bid in (True, False))
        (bids if side == "BID" else asks)[round(price, 4)] = size
        if bid > 0 and ask < 1 and ms // 1_000 != seconds.get(asset):
            seconds[asset] = ms // 1_000
            token.spreads.append((ask - bid) * 100)
            token.tops += [level[at] for level, at in ((bids, round(bid, 4)), (asks, round(ask, 4))) if level.get(at)]
    return dict(out)


@cache
def bitcoin() -> tuple[list[float], list[list[float]]]:
    """Spreads in cents, and the sizes of the first six levels, best first."""
    spreads: list[float] = []
    ranks: list[list[float]] = [[] for _ in range(6)]
    with gzip.open(BITCOIN, "rt") as lines:
        frames = [json.loads(line)["frame"] for line in lines]
    for frame in frames:
        bids, asks = frame["bids"][::-1], frame["asks"][::-1]
        if bids and asks:
            spreads.append((float(asks[0]["price"]) - float(bids[0]["price"])) * 100)
            for rank, sizes in enumerate(ranks):
                sizes += [float(side[rank]["size"]) for side in (bids, asks) if rank < len(side)]
    return spreads, ranks


@cache
def synthetic() -> dict[str, list[float]]:
    """The same readings from a default world."""
    world = World(WorldParams(), seed=31)
    out: dict[str, list[float]] = defaultdict(list)
    for listing in world.listings()[::6]:
        yes = listing.instrument.yes_asset
        bids: dict[int, int] = {}
        asks: dict[int, int] = {}
        top = (0, 10_000)
        for event in world.events(listing.market_id, world.start_ns, world.end_ns):
            if isinstance(event, TradePrinted):
                price = event.price_e4 if event.asset_id == yes else 10_000 - event.price_e4
                out["trade"].append(event.size_e6 / 1e6)
                if top[0] and top[1] < 10_000:
                    out["earned"].append(abs(price - sum(top) / 2) / 100)
                continue
            if isinstance(event, BookSnapshot) and event.asset_id == yes:
                bids, asks = dict(event.bids), dict(event.asks)
            elif isinstance(event, BookChanged):
                change = event.changes[0]
                side = bids if change.is_bid else asks
                side[change.price_e4] = change.size_e6
                if not change.size_e6:
                    del side[change.price_e4]
            else:
                continue
            now = (max(bids, default=0), min(asks, default=10_000))
            if now != top:
                out["top_change"].append(1.0)
            top = now
            if now[0] and now[1] < 10_000:
                out["spread"].append((now[1] - now[0]) / 100)
                out["top"] += [bids[now[0]] / 1e6, asks[now[1]] / 1e6]
    return dict(out)


def book_medians(what: str) -> list[float]:
    """One median a recorded book: six hockey markets (seen on both tokens) and bitcoin."""
    per_token = sorted(float(np.median(getattr(token, what))) for token in hockey().values())
    spreads, ranks = bitcoin()
    return [*per_token[::2], float(np.median(spreads if what == "spreads" else ranks[0]))]


def test_spread() -> None:
    recorded = book_medians("spreads")  # 1, 2, 2, 3, 3.8 and 6 cents at hockey, 1 at bitcoin
    assert np.median(recorded) == pytest.approx(2.0, abs=0.01)
    assert np.median(WorldParams().spread_ticks) == 2
    assert min(recorded) == pytest.approx(min(WorldParams().spread_ticks), abs=0.01)
    assert max(recorded) == pytest.approx(max(WorldParams().spread_ticks), abs=0.01)
    assert np.median(synthetic()["spread"]) == pytest.approx(2.0, abs=0.5)  # forty markets, some near the edge


def test_depth_at_the_touch() -> None:
    recorded = float(np.median(book_medians("tops")))  # about 250 shares, between 25 and 26,000
    assert WorldParams().depth_median_shares == pytest.approx(recorded, rel=0.25)
    assert 0.5 < float(np.median(synthetic()["top"])) / recorded < 2.0
    spreads = [
        np.log(np.quantile(token.tops, 0.9) / np.quantile(token.tops, 0.1)) / 2.563 for token in hockey().values()
    ]
    assert WorldParams().depth_level_sigma == pytest.approx(float(np.median(spreads)), rel=0.35)


def test_depth_behind_the_touch() -> None:
    ranks = [float(np.median(sizes)) for sizes in bitcoin()[1]]
    for rank, size in enumerate(ranks):
        assert 1 + WorldParams().depth_growth * rank == pytest.approx(size / ranks[0], rel=0.2)


def test_trade_size() -> None:
    sizes = np.array([size for token in hockey().values() for size, _, _ in token.trades])
    assert len(sizes) == 483
    assert WorldParams().trade_median_shares == pytest.approx(float(np.median(sizes)), rel=0.05)
    assert 0.5 < float(np.median(synthetic()["trade"])) / float(np.median(sizes)) < 2.0
    spread = float(np.log(synthetic()["trade"]).std())  # takers want more than a book holds: 2.4 shrinks to this
    assert spread == pytest.approx(float(np.log(sizes).std()), rel=0.1)


def test_the_flag_contradicts_the_quote_rule_as_often() -> None:
    agrees = [flag for token in hockey().values() for _, _, flag in token.trades]
    assert WorldParams().flag_wrong_share == pytest.approx(1 - float(np.mean(agrees)), abs=0.02)


def test_what_a_print_pays_the_maker_against_the_mid() -> None:
    earned = [cents for token in hockey().values() for _, cents, _ in token.trades]
    assert float(np.mean(synthetic()["earned"])) == pytest.approx(float(np.mean(earned)), rel=0.25)  # 1.3 cents


def test_trades_among_the_events_that_touch_the_top() -> None:
    trades = sum(len(token.trades) for token in hockey().values())
    tops = sum(token.top_changes for token in hockey().values()) / 2  # each market is seen on two tokens
    recorded = trades / (trades + tops)
    world = synthetic()
    share = len(world["trade"]) / (len(world["trade"]) + len(world["top_change"]))
    assert recorded == pytest.approx(0.21, abs=0.01)
    assert 0.7 < share / recorded < 1.6  # thinned, and a little more of what can fill an order


def test_the_world_is_far_quieter_than_a_live_match() -> None:
    """The documents say so with these figures: the world is thinned, it does not claim the rate."""
    minutes = 849.832 / 60
    rates = [token.level_changes / minutes for token in hockey().values()]
    assert min(rates) > 60 * WorldParams().events_per_minute
    assert max(rates) == pytest.approx(2_672, rel=0.01)
    assert bisect_right(sorted(rates), 100.0) == 2  # the quietest market, on both its tokens
