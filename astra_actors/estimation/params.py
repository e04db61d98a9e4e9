"""The numbers of the estimators, each with its reason."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

from annotated_types import Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class EstimationParams:
    """How old an input may be, how volatility is measured, and how wide the interval is at least."""

    __pydantic_config__: ClassVar[dict[str, Any]] = {"extra": "forbid"}

    # spot
    spot_age_ms_max: Annotated[int, Interval(ge=100, le=600_000)] = 120_000  # BTC moves 0.13 % in two minutes (1 σ)
    barrier_watch_s: Annotated[float, Interval(ge=0, le=3_600)] = 60.0  # sources print about once a minute (O3.3d)
    foreign_print_doubt: Annotated[float, Interval(ge=0, le=0.5)] = 0.05  # a touch on a feed that does not decide

    # volatility
    vol_bar_s: Annotated[int, Interval(ge=60, le=86_400)] = (
        3_600  # hourly: a day of history is enough to leave the table
    )
    vol_bars: Annotated[int, Interval(ge=20, le=2_000)] = 168  # one week, so that weekend and weekday both count
    vol_bars_min: Annotated[int, Interval(ge=2, le=2_000)] = 20  # below, the table of methods §18.7 (§3.5)
    ewma_lambda: Annotated[float, Interval(gt=0, lt=1)] = 0.94  # RiskMetrics 1996
    vol_confidence: Annotated[float, Interval(ge=0.5, lt=1)] = 0.95  # the interval that §3.6 maps through the model
    vol_table: tuple[tuple[str, float], ...] = (  # methods §18.7, a year
        ("BTC", 0.65),
        ("ETH", 0.80),
        ("SOL", 1.00),
        ("DOGE", 1.20),
        ("XRP", 0.95),
        ("BNB", 0.75),
    )
    vol_other: Annotated[float, Interval(gt=0, le=5)] = 0.80  # what §18.7 takes for a name not in the table
    vol_half_width: Annotated[float, Interval(ge=0.01, le=1)] = (
        0.10  # around a table value (§18.7); says its weight too
    )
    vol_floor: Annotated[float, Interval(gt=0, le=1)] = 0.05  # no traded coin is calmer

    # model error
    model_error: Annotated[float, Interval(ge=0, le=0.5)] = 0.01  # both ends; argued, the learner measures it
    short_s: Annotated[int, Interval(ge=0, le=86_400)] = 3_600  # under an hour the settling print itself is contested:
    short_model_error: Annotated[float, Interval(ge=0, le=0.5)] = 0.09  # ECE 0.06-0.10 on 260 five-minute markets
    student_df: Annotated[float, Interval(gt=2, le=200)] = 4.0  # fat tails of daily coin returns (§3.7)

    # book consensus: the interval is of the crowd's price, not of the outcome
    micro_weight: Annotated[float, Interval(ge=0, le=1)] = 0.5  # sizes at the touch inform, and are cheap to fake
    book_half_width: Annotated[float, Interval(ge=0, le=0.5)] = 0.002  # a fifth of the usual tick
    book_spread_share: Annotated[float, Interval(ge=0, le=1)] = 0.10  # a wide book knows its own price less well
    p_min: Annotated[float, Interval(ge=0, le=0.1)] = 0.001  # the finest common tick: nothing rests beyond it
