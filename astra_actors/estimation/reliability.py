"""Does the close model mean what it says? Its probabilities against settled five-minute markets, from their own ticks.

Every number used for a forecast was printed at or before the forecast's own moment, volatility included.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Final

from annotated_types import Interval

from astra_actors.estimation.sources.recorded_ticks import RecordedTicks, SettledMarket
from astra_actors.estimation.threshold import close_above
from astra_actors.feeds.port import SpotSource
from astra_actors.kernel.units import NS_PER_S, YEAR_S
from astra_actors.metrics.brier import BrierScore, Calibration, brier, calibration
from astra_actors.metrics.reliability_table import ReliabilityTable, reliability_table

COIN_FLIP: Final = 0.25  # the score of always saying one half


@dataclass(frozen=True, slots=True, kw_only=True)
class ReliabilityParams:
    """When before the end forecasts are made, and what they may rest on."""

    __pydantic_config__: ClassVar[dict[str, Any]] = {"extra": "forbid"}

    horizons_s: tuple[int, ...] = (240, 120, 60, 30)  # after one of the five minutes, and then each time half is gone
    tick_age_s_max: Annotated[float, Interval(gt=0, le=60)] = 5.0  # ticks come once a second; five missing is a gap
    step_s: Annotated[int, Interval(ge=1, le=60)] = 10  # shorter returns are smoothed by the feed and understate σ
    lookback_s: Annotated[int, Interval(ge=60, le=86_400)] = 2_700  # 45 minutes: volatility clusters within the hour
    returns_min: Annotated[int, Interval(ge=2, le=10_000)] = 60  # ten minutes of them
    half_life_s: Annotated[float, Interval(gt=0)] = 900.0  # a quarter of an hour
    underlying: str = "BTC"


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """One probability that a market ends up, and what happened."""

    slug: str
    horizon_s: int
    p: float
    went_up: bool
    sigma: float
    tick_age_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class HorizonReport:
    """All forecasts made at one distance from the end."""

    horizon_s: int
    score: BrierScore
    calibration: Calibration
    table: ReliabilityTable
    skipped: dict[str, int]  # why the other markets have no forecast here

    @property
    def gain_over_coin(self) -> float | None:
        """How far below 0.25 the score is."""
        return None if self.score.score is None else COIN_FLIP - self.score.score


@dataclass(frozen=True, slots=True, kw_only=True)
class ReliabilityReport:
    """One row a horizon, in the order asked for; `forecasts` lets anyone redo the sums."""

    markets: int
    horizons: tuple[HorizonReport, ...]
    forecasts: tuple[Forecast, ...]


def btc5m_reliability(
    markets: Sequence[SettledMarket], ticks: RecordedTicks, params: ReliabilityParams | None = None
) -> ReliabilityReport:
    """Forecast every settled market at every horizon, and score each horizon by itself."""
    params = params or ReliabilityParams()
    rows: list[HorizonReport] = []
    all_made: list[Forecast] = []
    for horizon_s in params.horizons_s:
        made: list[Forecast] = []
        skipped: dict[str, int] = {}
        for market in markets:
            answer = forecast(market, ticks, horizon_s, params)
            if isinstance(answer, Forecast):
                made.append(answer)
            else:
                skipped[answer] = skipped.get(answer, 0) + 1
        p, y = [f.p for f in made], [int(f.went_up) for f in made]
        rows.append(
            HorizonReport(
                horizon_s=horizon_s,
                score=brier(p, y),
                calibration=calibration(p, y),
                table=reliability_table(p, y),
                skipped=skipped,
            )
        )
        all_made.extend(made)
    return ReliabilityReport(markets=len(markets), horizons=tuple(rows), forecasts=tuple(all_made))


def forecast(market: SettledMarket, ticks: SpotSource, horizon_s: int, params: ReliabilityParams) -> Forecast | str:
    """The model's probability that the market ends up, or why there is none."""
    if market.strike is None:
        return "no strike"
    if market.went_up is None:
        return "not settled"
    at_ns = market.end_ns - horizon_s * NS_PER_S
    seen = ticks.spot_at(params.underlying, at_ns)
    if seen is None:
        return "no tick"
    age_s = (at_ns - seen[1]) / NS_PER_S
    if age_s > params.tick_age_s_max:
        return "tick too old"
    sigma = recent_sigma(ticks, at_ns, params)
    if sigma is None:
        return "too few returns"
    p = close_above(seen[0], market.strike, (market.end_ns - seen[1]) / NS_PER_S / YEAR_S, sigma)
    return Forecast(slug=market.slug, horizon_s=horizon_s, p=p, went_up=market.went_up, sigma=sigma, tick_age_s=age_s)


def recent_sigma(ticks: SpotSource, at_ns: int, params: ReliabilityParams) -> float | None:
    """Annual σ of the stretch before a moment: squared returns, the older the lighter; None without enough of them."""
    step_ns = params.step_s * NS_PER_S
    weight = total = weights = 0.0
    count = 0
    later: float | None = None
    for back in range(params.lookback_s // params.step_s + 1):
        moment_ns = at_ns - back * step_ns
        seen = ticks.spot_at(params.underlying, moment_ns)
        price = seen[0] if seen is not None and moment_ns - seen[1] <= step_ns // 2 else None
        if price is not None and later is not None:
            weight = 0.5 ** (back * params.step_s / params.half_life_s)
            total += weight * math.log(later / price) ** 2
            weights += weight
            count += 1
        later = price
    if count < params.returns_min or total <= 0:
        return None
    return math.sqrt(total / weights * YEAR_S / params.step_s)
