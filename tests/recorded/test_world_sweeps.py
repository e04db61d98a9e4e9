"""Guards promise 5: a trade that sweeps the book carries news in the world as it does in the recorded books."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import duckdb
import numpy as np
import pytest
from numpy.typing import NDArray

from astra_actors.feeds.port import ReplayableFeed
from astra_actors.feeds.tape import open_tape
from astra_actors.feeds.world.params import WorldParams
from astra_actors.feeds.world.world import World
from astra_actors.kernel.units import NS_PER_MS, NS_PER_S
from astra_actors.market.book import MarketBook
from astra_actors.market.events import TradePrinted
from astra_actors.market.instrument import MarketListing

DATA = Path(__file__).resolve().parents[2].parent / "shared" / "data"
HOCKEY = DATA / "ws" / "tickscope_20260607_0130.parquet"
PATHS = DATA / "resolved" / "us_price_paths.parquet"
HORIZONS_S = (5, 30, 120, 600)
GROUP_NS = 100 * NS_PER_MS  # recorded prints trail their own level update by up to 83 ms
BLOCK_S = 30.0  # sweeps of one half-minute are one observation: the match moves all six books at once

pytestmark = [
    pytest.mark.recorded,
    pytest.mark.skipif(not HOCKEY.exists(), reason="the recorded data is not beside this checkout"),
]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Sweeps:
    """Groups of prints, one an element: what they reached, in cents from the mid before them, and what stayed."""

    at_s: Floats
    reached: Floats  # the price furthest from the mid
    beyond: Floats  # how far that is behind the touch
    share_of_touch: Floats
    shares: Floats  # taken in all
    moved: Floats  # of the mid, in the taker's direction; one column a horizon

    def part(self, which: NDArray[np.bool_]) -> Sweeps:
        return Sweeps(
            self.at_s[which],
            self.reached[which],
            self.beyond[which],
            self.share_of_touch[which],
            self.shares[which],
            self.moved[which],
        )

    @property
    def through(self) -> Sweeps:
        """Those that went beyond the touch."""
        return self.part(self.beyond > 0.01)

    def stays(self, horizon_s: int) -> tuple[float, float]:
        """The share of the distance reached by which the mid has moved after a time, and its standard error."""
        moved = self.moved[:, HORIZONS_S.index(horizon_s)]
        known = ~np.isnan(moved)
        moved, reached, at_s = moved[known], self.reached[known], self.at_s[known]
        share = float(moved.sum() / reached.sum())
        return share, _blocked(moved - share * reached, at_s) / float(reached.sum())


def _blocked(errors: Floats, at_s: Floats) -> float:
    """Root of the summed squares of the blocks' sums."""
    sums: dict[float, float] = defaultdict(float)
    for error, block in zip(errors.tolist(), (at_s // BLOCK_S).tolist(), strict=True):
        sums[block] += error
    return float(np.sqrt(sum(total * total for total in sums.values())))


def sweeps_of(feed: ReplayableFeed, listings: list[MarketListing], *, back_ns: int) -> Sweeps:
    """Group the prints, and compare the mid `back_ns` before each group with the mids after it."""
    rows = [row for listing in listings for row in _rows(feed, listing, back_ns)]
    table = np.array(rows)
    at_s, reached, beyond, share, shares = table[:, :5].T
    return Sweeps(at_s, reached, beyond, share, shares, table[:, 5:])


def _rows(feed: ReplayableFeed, listing: MarketListing, back_ns: int) -> list[tuple[float, ...]]:
    book = MarketBook(listing.instrument)
    times: list[int] = []
    tops: list[tuple[int, int, int, int]] = []
    groups: list[list[tuple[int, int, int]]] = []
    for event in feed.events(listing.market_id, 0, feed.end_ns):
        if isinstance(event, TradePrinted):
            on_yes = event.asset_id == listing.instrument.yes_asset
            trade = (event.local_ns, event.price_e4 if on_yes else 10_000 - event.price_e4, event.size_e6)
            if groups and trade[0] - groups[-1][-1][0] <= GROUP_NS:
                groups[-1].append(trade)
            else:
                groups.append([trade])
        elif (book.apply(event) or not times) and book.mid_e4 is not None:
            times.append(event.local_ns)
            tops.append((book.best_bid_e4 or 0, book.bid_size_e6, book.best_ask_e4 or 0, book.ask_size_e6))
    found = [_row(group, times, tops, back_ns) for group in groups]
    return [row for row in found if row is not None]


def _row(
    group: list[tuple[int, int, int]], times: list[int], tops: list[tuple[int, int, int, int]], back_ns: int
) -> tuple[float, ...] | None:
    at = bisect_right(times, group[0][0] - back_ns) - 1
    if at < 0:
        return None
    bid, bid_size, ask, ask_size = tops[at]
    mid = (bid + ask) / 2
    lean = sum((price - mid) * size for _, price, size in group)
    if not lean:
        return None
    sign, shown = (1, ask_size) if lean > 0 else (-1, bid_size)
    reached = max((price - mid) * sign for _, price, _ in group)
    taken = sum(size for _, price, size in group if (price - mid) * sign > 0)
    moved = []
    for horizon_s in HORIZONS_S:
        then = group[-1][0] + horizon_s * NS_PER_S
        later = tops[bisect_right(times, then) - 1]
        moved.append(sign * ((later[0] + later[2]) / 2 - mid) / 100 if then <= times[-1] else float("nan"))
    beyond = (reached - (ask - bid) / 2) / 100
    return (group[0][0] / NS_PER_S, reached / 100, beyond, taken / max(shown, 1), taken / 1e6, *moved)


@cache
def recorded() -> Sweeps:
    tape = open_tape([HOCKEY])
    return sweeps_of(tape, list(tape.listings()), back_ns=GROUP_NS)


@cache
def synthetic() -> Sweeps:
    world = World(WorldParams(), seed=31)
    return sweeps_of(world, list(world.listings()[::12]), back_ns=1)


def test_what_was_recorded() -> None:
    """The figures that the document states."""
    assert len(recorded().reached) == 353
    assert len(recorded().through.reached) == 33
    assert recorded().through.reached.mean() == pytest.approx(4.55, abs=0.01)  # cents from the mid
    assert recorded().through.stays(5) == pytest.approx((0.83, 0.20), abs=0.01)
    assert recorded().through.stays(30) == pytest.approx((0.97, 0.13), abs=0.01)


def test_the_crowd_follows_a_sweep_as_far_as_recorded() -> None:
    for horizon_s in (5, 30):
        share, error = recorded().through.stays(horizon_s)
        assert abs(WorldParams().sweep_impact_share - share) < error
    for horizon_s in (120, 600):  # makers act about once a minute here, twenty times a second there
        assert synthetic().through.stays(horizon_s)[0] > 0.7


def test_a_touch_that_withstands_a_trade_tells_next_to_nothing() -> None:
    share, error = recorded().part(recorded().share_of_touch < 0.5).stays(5)
    assert abs(share) < 2 * error  # so the world's crowd follows no print that leaves the touch standing
    world = synthetic().part((synthetic().share_of_touch < 0.5) & (synthetic().beyond <= 0.01))
    assert world.stays(30)[0] < 0.1


def test_sweeps_are_as_frequent_among_trades_as_recorded() -> None:
    beyond = (recorded().beyond > 0.01).astype(float)
    error = _blocked(beyond - beyond.mean(), recorded().at_s) / len(beyond)
    assert (beyond.mean(), error) == pytest.approx((0.093, 0.029), abs=0.001)
    assert abs((synthetic().beyond > 0.01).mean() - beyond.mean()) < error


def test_takers_are_as_large_as_recorded() -> None:
    assert float(np.median(recorded().shares)) == pytest.approx(23.7, abs=0.1)
    assert float(np.log(recorded().shares).std()) == pytest.approx(2.06, abs=0.01)
    assert float(np.median(synthetic().shares)) == pytest.approx(float(np.median(recorded().shares)), rel=0.25)
    assert float(np.log(synthetic().shares).std()) == pytest.approx(float(np.log(recorded().shares).std()), rel=0.1)


def _continuation(moves: Floats, later: Floats) -> float:
    return float((np.sign(moves) * later).sum() / np.abs(moves).sum())


@cache
def ten_minute_mids() -> tuple[tuple[Floats, Floats], ...]:
    """Recorded books with a spread of at most a cent: ten-minute moves of 2 to 5 cents, and the moves after them."""
    leads = ", ".join(
        f"lead(mid, {k}) over w as m{k}, epoch(lead(ts_utc, {k}) over w - ts_utc) as s{k}" for k in (1, 2, 6)
    )
    query = (
        f"with q as (select mid, round(ask - bid, 4) as spread, {leads} from '{PATHS}' where ask >= bid "
        "window w as (partition by slug order by ts_utc)) "
        "select m1 - mid, case when s2 <= 1400 then m2 - m1 end, case when s6 <= 4200 then m6 - m1 end from q "
        "where spread between 0.0001 and 0.01 and mid between 0.1 and 0.9 and s1 <= 700 "
        "and abs(m1 - mid) >= 0.02 and abs(m1 - mid) < 0.05"
    )
    table = np.array(duckdb.connect().execute(query).fetchall(), dtype=np.float64)
    known = [~np.isnan(table[:, column]) for column in (1, 2)]
    return tuple((table[rows, 0], table[rows, column]) for column, rows in zip((1, 2), known, strict=True))


@cache
def ten_minute_mids_of_the_world() -> tuple[tuple[Floats, Floats], ...]:
    world = World(WorldParams(), seed=31)
    found: dict[int, list[tuple[float, float]]] = {1: [], 5: []}
    for listing in world.listings()[::6]:
        mids = _mids(world, listing)
        for at in range(1, len(mids) - 5):
            move = mids[at] - mids[at - 1]
            if 0.1 < mids[at - 1] < 0.9 and 0.02 <= abs(move) < 0.05:
                for steps, pairs in found.items():
                    pairs.append((move, mids[at + steps] - mids[at]))
    tables = [np.array(pairs) for pairs in found.values()]
    return tuple((table[:, 0], table[:, 1]) for table in tables)


def _mids(world: World, listing: MarketListing) -> list[float]:
    book = MarketBook(listing.instrument)
    mids: list[float] = []
    due = listing.open_ns
    for event in world.events(listing.market_id, 0, world.end_ns):
        while event.local_ns >= due:
            if book.mid_e4 is not None:
                mids.append(book.mid_e4 / 10_000)
            due += 600 * NS_PER_S
        book.apply(event)
    return mids


def test_a_move_of_some_cents_stays_for_an_hour() -> None:
    """What is left of a ten-minute move: were sweeps gifts, the next hour would take it back."""
    for (move, after), (world_move, world_after) in zip(ten_minute_mids(), ten_minute_mids_of_the_world(), strict=True):
        assert len(move) > 2_000
        assert len(world_move) > 2_000
        assert abs(_continuation(move, after)) < 0.11  # 0.00 ± 0.05 in ten minutes, 0.06 ± 0.11 in fifty
        assert abs(_continuation(world_move, world_after) - _continuation(move, after)) < 0.12
