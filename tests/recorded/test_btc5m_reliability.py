"""The close model against 292 settled five-minute markets, on the very ticks that settled them."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest

from astra_actors.estimation.params import EstimationParams
from astra_actors.estimation.reliability import COIN_FLIP, ReliabilityReport, btc5m_reliability
from astra_actors.estimation.sigma import Volatility, table_range
from astra_actors.estimation.sources.recorded_ticks import RecordedTicks, SettledMarket, load_settled, load_ticks
from astra_actors.estimation.threshold import close_above
from astra_actors.estimation.volatility import SigmaRange, close_to_close
from astra_actors.kernel.units import NS_PER_S, YEAR_S
from astra_actors.metrics.brier import brier, calibration

DATA = Path(__file__).resolve().parents[2].parent / "shared" / "data"
TICKS = DATA / "spot" / "BTCUSD-prices-2026-07-24.csv.gz"
MARKETS = DATA / "gamma" / "BTC-5m-markets-2026-07-24.jsonl.gz"

pytestmark = [
    pytest.mark.recorded,
    pytest.mark.skipif(
        not (TICKS.exists() and MARKETS.exists()), reason="the recorded spot and market files are absent"
    ),
]


@pytest.fixture(scope="module")
def ticks() -> RecordedTicks:
    return load_ticks(TICKS)


@pytest.fixture(scope="module")
def markets() -> list[SettledMarket]:
    return load_settled(MARKETS)


@pytest.fixture(scope="module")
def report(markets: list[SettledMarket], ticks: RecordedTicks) -> ReliabilityReport:
    return btc5m_reliability(markets, ticks)


def test_the_files_are_what_their_readme_says(markets: list[SettledMarket], ticks: RecordedTicks) -> None:
    present = [
        m
        for m in markets
        if m.strike is not None and (seen := ticks.spot_at("BTC", m.end_ns)) and m.end_ns - seen[1] < NS_PER_S
    ]
    settled_as_published = [
        m for m in present if (seen := ticks.spot_at("BTC", m.end_ns)) and (seen[0] >= (m.strike or 0)) == m.went_up
    ]
    assert len(ticks) == 78_515
    assert (len(markets), sum(m.strike is None for m in markets)) == (292, 18)
    assert (len(present), len(settled_as_published)) == (257, 257)


def test_the_nearer_the_end_the_better_and_always_better_than_a_coin(report: ReliabilityReport) -> None:
    scores = {h.horizon_s: h.score.score for h in report.horizons}
    assert list(scores) == [240, 120, 60, 30]
    assert all(score is not None for score in scores.values())
    by_time = [score for score in scores.values() if score is not None]
    assert by_time == sorted(by_time, reverse=True)
    assert by_time[-1] < by_time[0] < COIN_FLIP


def test_every_market_is_forecast_or_says_why_not(report: ReliabilityReport) -> None:
    for horizon in report.horizons:
        assert horizon.score.n + sum(horizon.skipped.values()) == 292
        assert horizon.score.n >= 250
        assert horizon.skipped["no strike"] == 18
        assert sum(b.n for b in horizon.table.bins) == horizon.score.n


def test_calibration_is_reported_beside_the_score(report: ReliabilityReport) -> None:
    """The model promises more than it holds near the end: its interval must be widened there, and it is."""
    for horizon in report.horizons:
        assert horizon.score.se is not None
        assert horizon.calibration.expected is not None
        assert horizon.calibration.z is not None
        assert horizon.table.ece is not None
        assert horizon.score.score is not None
        assert horizon.score.score > horizon.calibration.expected  # overconfident at every horizon
    last = report.horizons[-1].calibration
    assert last.z is not None
    assert last.z > 3  # not chance


def test_a_forecast_does_not_know_what_comes_after_it(
    markets: list[SettledMarket], ticks: RecordedTicks, report: ReliabilityReport
) -> None:
    market = next(m for m in markets if m.slug == report.forecasts[100].slug)
    at_ns = market.end_ns - 240 * NS_PER_S
    past = [(t, seen[0]) for t in ticks.times_ns if t <= at_ns and (seen := ticks.spot_at("BTC", t))]
    blind = btc5m_reliability([market], RecordedTicks("BTC", past))
    assert blind.forecasts[0] == report.forecasts[100]


def test_mixing_the_table_with_the_bars_promises_less_and_scores_no_worse(
    markets: list[SettledMarket], ticks: RecordedTicks
) -> None:
    """The estimator's own σ from minute bars, beside the bars alone: every horizon gains, and stops overpromising."""
    params = EstimationParams(vol_bar_s=60)
    mixed, bars_alone = Volatility(params, ticks), BarsAlone(params, ticks)
    for horizon_s in (240, 120, 60, 30):
        better, plain = (scored(markets, ticks, sigma, horizon_s) for sigma in (mixed, bars_alone))
        assert better.score < plain.score, horizon_s
        assert abs(better.z) < abs(plain.z), horizon_s


class BarsAlone(Volatility):
    """What the bars say once there are enough of them, without the table."""

    def _measured(self, underlying: str, bar: int) -> SigmaRange:
        returns = self._returns(underlying, bar)
        if len(returns) < self._params.vol_bars_min:
            return table_range(self._params, underlying)
        sigma = close_to_close(returns, 365 * 86_400 / self._params.vol_bar_s, zero_mean=True)
        return SigmaRange(sigma, sigma, sigma, len(returns))


class Scored(NamedTuple):
    score: float
    z: float


def scored(markets: list[SettledMarket], ticks: RecordedTicks, volatility: Volatility, horizon_s: int) -> Scored:
    p, y = [], []
    for market in markets:
        at_ns = market.end_ns - horizon_s * NS_PER_S
        seen = ticks.spot_at("BTC", at_ns)
        if market.strike is None or market.went_up is None or seen is None or at_ns - seen[1] > 5 * NS_PER_S:
            continue
        years = (market.end_ns - seen[1]) / NS_PER_S / YEAR_S
        p.append(close_above(seen[0], market.strike, years, volatility.of("BTC", at_ns).sigma))
        y.append(int(market.went_up))
    score, z = brier(p, y).score, calibration(p, y).z
    assert score is not None and z is not None and len(p) > 250
    return Scored(score, z)
