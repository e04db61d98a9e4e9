"""Every number of the synthetic world; `docs/concepts/world.md` says which are fitted and which are argued."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

from annotated_types import Interval

from astra_actors.kernel.errors import BadInput

Share = Annotated[float, Interval(ge=0, le=1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class WorldParams:
    """How markets are mixed, how truth moves, how the crowd lags it, and how makers and takers behave."""

    __pydantic_config__: ClassVar[dict[str, Any]] = {"extra": "forbid"}

    # which markets, and for how long
    crypto_families: Annotated[int, Interval(ge=0, le=100)] = 6  # ladders of 1-3 strikes, out of one deck of families
    sports_families: Annotated[int, Interval(ge=0, le=100)] = 4  # single matches
    macro_families: Annotated[int, Interval(ge=0, le=100)] = 2  # single releases
    weather_families: Annotated[int, Interval(ge=0, le=100)] = 2  # single days
    politics_races: Annotated[int, Interval(ge=0, le=100)] = 1  # one winner out of 3-6: a seventh of the markets
    sports_races: Annotated[int, Interval(ge=0, le=100)] = 1  # likewise
    life_days_min: Annotated[float, Interval(gt=0, le=60)] = (
        3.5  # positions begin three days before the close or earlier
    )
    life_days_max: Annotated[float, Interval(gt=0, le=120)] = (
        9.0  # with the former: a fifth is open at a time, and the active set turns over
    )
    unreadable_share: Share = 0.05  # so that the definition gate has something to refuse
    fine_tick_share: Share = 0.10  # born with 0.001; the rest reaches it at the edges only

    # truth
    btc_usd: Annotated[float, Interval(gt=0)] = 84_000.0  # a round start; nothing depends on it
    eth_usd: Annotated[float, Interval(gt=0)] = 4_000.0
    sol_usd: Annotated[float, Interval(gt=0)] = 180.0
    btc_vol: Annotated[float, Interval(gt=0, le=5)] = 0.65  # a year, as the estimator's own table (methods 18.7)
    eth_vol: Annotated[float, Interval(gt=0, le=5)] = 0.80
    sol_vol: Annotated[float, Interval(gt=0, le=5)] = 1.00
    vol_error: Annotated[float, Interval(ge=0, le=0.5)] = 0.08  # true σ lies this far around the table, unknown to us
    news_per_day: Annotated[float, Interval(ge=0, le=100)] = 1.0  # moments at which a lump of information arrives
    news_share: Share = 0.25  # of all information arrives in such lumps: the jumps that pick makers off
    void_share: Share = 0.01  # of the markets whose rules know a 50-50

    # the crowd
    lag_half_life_s: Annotated[float, Interval(gt=0)] = (
        240.0  # slower than the estimator's inputs, faster than a person
    )
    mispricing_sd: Annotated[float, Interval(ge=0, le=2)] = 0.18  # log-odds: 4.5 cents at one half
    mispricing_half_life_h: Annotated[float, Interval(gt=0)] = 8.0  # hours, not minutes: else nobody could use it
    longshot_shading: Annotated[float, Interval(gt=0.5, le=1)] = 0.97  # log-odds shrink: long shots a little too dear
    informed_pull: Share = 0.15  # of the gap to truth that one informed trade closes, if it does not sweep
    sweep_impact_share: Share = 0.9  # of a sweep's distance from the crowd's price that the crowd follows it

    # the flow
    events_per_minute: Annotated[float, Interval(gt=0, le=600)] = 1.0  # thinned: real books change 1-45 times a second
    quiet_s_max: Annotated[float, Interval(ge=10)] = 110.0  # below the 120 s after which paper calls a book stale
    close_boost: Annotated[float, Interval(ge=0, le=20)] = 1.0  # extra activity in the last hour
    noise_share: Share = 0.10  # of actions are takers without information
    informed_share: Share = 0.30  # of actions find an informed taker, who trades only when it pays
    informed_edge_e4: Annotated[int, Interval(ge=0, le=2_000)] = 60  # what such a taker wants beyond the fee
    sweep_informed_share: Share = 0.4  # of those who would sweep go beyond the touch only as far as the truth pays
    trade_median_shares: Annotated[float, Interval(gt=0)] = 17.0
    trade_sigma: Annotated[float, Interval(gt=0, le=4)] = 2.4  # wanted; what thin books give of it spreads by 2.0
    trade_shares_max: Annotated[float, Interval(gt=0)] = (
        5_000.0  # a tail that one print of a fitted quarter hour cannot show
    )

    # background makers
    spread_ticks: tuple[int, ...] = (1, 1, 2, 2, 2, 3, 3, 4, 6)  # one is drawn for each market
    depth_median_shares: Annotated[float, Interval(gt=0)] = 250.0  # at the touch, over markets
    depth_market_sigma: Annotated[float, Interval(ge=0, le=4)] = 1.0  # between markets
    depth_level_sigma: Annotated[float, Interval(ge=0, le=4)] = 1.4  # between levels and moments of one market
    depth_growth: Annotated[float, Interval(ge=0, le=2)] = 0.15  # more behind the touch, a level
    levels_min: Annotated[int, Interval(ge=1, le=50)] = 5
    levels_max: Annotated[int, Interval(ge=1, le=50)] = 8

    # the feed
    delay_ms: Annotated[float, Interval(ge=0)] = 40.0  # venue to us, median
    interruptions_per_day: Annotated[float, Interval(ge=0)] = 0.03  # a market: once a month
    interruption_s: Annotated[float, Interval(gt=0)] = 8.0  # mean time until fresh snapshots
    flag_wrong_share: Share = 0.13  # 61 of 483 recorded prints contradict the quote rule: nobody may trust the flag
    dispute_share: Share = 0.01  # of the settlements whose sources disagree at first

    def __post_init__(self) -> None:
        if self.life_days_min > self.life_days_max:
            raise BadInput(
                "life_days_min", self.life_days_min, f"keep it at or below life_days_max {self.life_days_max}"
            )
        if self.levels_min > self.levels_max:
            raise BadInput("levels_min", self.levels_min, f"keep it at or below levels_max {self.levels_max}")
        if not self.spread_ticks or not all(1 <= ticks <= 20 for ticks in self.spread_ticks):
            raise BadInput("spread_ticks", self.spread_ticks, "list at least one spread of 1 to 20 cents")
