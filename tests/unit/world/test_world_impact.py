"""Guards promise 5: who sweeps the synthetic book moves the crowd, never the truth, and the crowd learns nothing twice."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, replace

import numpy as np
import pytest

from astra_actors.feeds.world.crowd import Crowd, Lesson
from astra_actors.feeds.world.params import WorldParams
from astra_actors.feeds.world.shown_book import ShownBook
from astra_actors.feeds.world.world import World
from astra_actors.kernel.rng import stream
from astra_actors.kernel.units import NS_PER_MS, NS_PER_S
from astra_actors.market.book import MarketBook
from astra_actors.market.events import TradePrinted
from astra_actors.market.instrument import Instrument, MarketListing

SHARE = 1_000_000
UNINFORMED = WorldParams(mispricing_sd=0.0, informed_share=0.0, sweep_informed_share=0.0, interruptions_per_day=0.0)


@pytest.mark.parametrize(
    ("before", "moved", "behind", "early", "opinion"),
    [
        pytest.param(0.0, 0.3, 0.5, 0.3, 0.0, id="news that was on its way"),
        pytest.param(0.0, 0.7, 0.5, 0.5, 0.2, id="more than was on its way"),
        pytest.param(0.0, -0.2, 0.5, 0.0, -0.2, id="against what is on its way"),
        pytest.param(0.0, -0.3, -0.5, -0.3, 0.0, id="bad news that was on its way"),
        pytest.param(0.5, 0.2, 0.5, 0.5, 0.2, id="news that was told already"),
        pytest.param(0.0, 0.4, 0.0, 0.0, 0.4, id="a crowd that knows everything"),
    ],
)
def test_a_lesson_is_news_as_far_as_the_crowd_lags(
    before: float, moved: float, behind: float, early: float, opinion: float
) -> None:
    lesson = Lesson(WorldParams())
    lesson.early = before
    lesson.learn(moved, behind)
    assert (lesson.early, lesson.opinion) == pytest.approx((early, opinion))


def test_news_fades_with_the_lag_and_opinions_with_errors() -> None:
    lesson = Lesson(WorldParams(lag_half_life_s=60.0, mispricing_half_life_h=2 / 60))  # half-lives of one and two steps
    lesson.early, lesson.opinion = 0.8, 0.4
    lesson.fade(2)
    assert (lesson.early, lesson.opinion) == pytest.approx((0.2, 0.2))


def test_a_crowd_told_early_stands_still_while_its_lag_closes() -> None:
    params = WorldParams(mispricing_sd=0.0, longshot_shading=1.0)
    crowd, lesson = Crowd(params), Lesson(params)
    odds, behind = crowd.stretch(np.array([0.5, 0.8, 0.8, 0.8, 0.8, 0.8]), stream(1, "test"))
    assert odds[0] == pytest.approx(0.0)
    assert odds[1] + behind[1] == pytest.approx(np.log(4.0))
    lesson.learn(behind[1], behind[1])
    for step in range(1, 6):
        assert odds[step] + lesson.early + lesson.opinion == pytest.approx(np.log(4.0))
        lesson.fade(1)


@pytest.mark.parametrize(
    ("size", "limit", "taken", "swept_to"),
    [
        pytest.param(99, 6_000, 99, 0, id="the touch withstands"),
        pytest.param(100, 6_000, 100, 5_100, id="the touch is gone"),
        pytest.param(150, 5_100, 100, 5_100, id="the limit ends it at the touch"),
        pytest.param(150, 6_000, 150, 5_300, id="into the second level"),
        pytest.param(900, 6_000, 300, 5_300, id="all there is"),
        pytest.param(100, 5_000, 0, 0, id="nothing at that price"),
    ],
)
def test_how_far_a_taker_swept(size: int, limit: int, taken: int, swept_to: int) -> None:
    book = ShownBook(Instrument(market_id="m", yes_asset="y", no_asset="n", tick_e4=100), venue_ns=0, delay_ns=0)
    book.fill({4_900: 100 * SHARE}, {5_100: 100 * SHARE, 5_300: 200 * SHARE})
    assert book.take(buys=True, size=size * SHARE, limit=limit, dice=0.3) == taken * SHARE
    assert book.swept_to == swept_to


def test_the_truth_and_the_outcomes_do_not_depend_on_who_sweeps() -> None:
    told, deaf = (
        World(WorldParams(sweep_impact_share=impact, sweep_informed_share=informed), seed=12, days=3, markets=10)
        for impact, informed in ((1.0, 0.0), (0.0, 1.0))
    )
    for listing in told.listings():
        for hour in range(0, 72, 5):
            now_ns = told.start_ns + hour * 3_600 * NS_PER_S
            assert told.truth_at(listing.market_id, now_ns) == deaf.truth_at(listing.market_id, now_ns)
        ends = [list(world.events(listing.market_id, 0, world.end_ns))[-1] for world in (told, deaf)]
        assert ends[0] == ends[1]


@dataclass(frozen=True)
class Sweep:
    """One taker who took more than one level: +1 where YES is bought, and the prices in YES terms."""

    venue_ns: int
    side: int
    mid: float
    prices: list[int]
    moved: float  # of the mid over ten minutes


def sweeps(world: World, listing: MarketListing) -> list[Sweep]:
    """Prints no further apart than ten milliseconds are one taker's: actions of the world are seconds apart."""
    book = MarketBook(listing.instrument)
    times, mids, takers = list[int](), list[float](), list[tuple[float, list[TradePrinted]]]()
    for event in world.events(listing.market_id, 0, world.end_ns):
        if isinstance(event, TradePrinted):
            if takers and event.venue_ns - takers[-1][1][-1].venue_ns <= 10 * NS_PER_MS:
                takers[-1][1].append(event)
            elif book.mid_e4 is not None:
                takers.append((book.mid_e4, [event]))
        book.apply(event)
        if book.mid_e4 is not None:
            times.append(event.venue_ns)
            mids.append(book.mid_e4)
    found = []
    for mid, prints in takers:
        yes = listing.instrument.yes_asset
        prices = [trade.price_e4 if trade.asset_id == yes else 10_000 - trade.price_e4 for trade in prints]
        later = mids[bisect_right(times, prints[0].venue_ns + 600 * NS_PER_S) - 1]
        if len(prices) > 1:
            found.append(Sweep(prints[0].venue_ns, 1 if prices[0] > mid else -1, mid, prices, later - mid))
    return found


@pytest.mark.parametrize(
    ("impact", "low", "high"),
    [
        pytest.param(0.0, -0.1, 0.2, id="a crowd that ignores sweeps takes the price back"),
        pytest.param(0.9, 0.7, 1.1, id="a crowd that follows nine tenths stays there"),
    ],
)
def test_the_mid_ten_minutes_after_a_sweep(impact: float, low: float, high: float) -> None:
    world = World(replace(UNINFORMED, sweep_impact_share=impact), seed=15, days=6, markets=20)
    found = [sweep for listing in world.listings() for sweep in sweeps(world, listing)]
    assert len(found) > 300
    reached = sum(abs(sweep.prices[-1] - sweep.mid) for sweep in found)
    assert low < sum(sweep.side * sweep.moved for sweep in found) / reached < high


def test_who_sweeps_informed_pays_no_more_than_the_truth_less_an_edge() -> None:
    world = World(replace(UNINFORMED, sweep_informed_share=1.0), seed=16, days=6, markets=20)
    edge_e4 = WorldParams().informed_edge_e4
    found = 0
    for listing in world.listings():
        for sweep in sweeps(world, listing):
            truth_e4 = world.truth_at(listing.market_id, sweep.venue_ns) * 10_000
            assert sweep.side * (truth_e4 - sweep.prices[-1]) >= edge_e4 - 1  # a price is a whole 1/10,000
            found += 1
    assert found > 20
