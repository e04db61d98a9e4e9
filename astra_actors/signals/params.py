"""What the flow signals of one market may be told, with the reason for each default."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

from annotated_types import Ge, Gt, Interval

Weight = Annotated[float, Interval(ge=0, le=1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalParams:
    """Windows, minimum samples, weights and limits of methods §7. Points are dollars a share."""

    __pydantic_config__: ClassVar[dict[str, Any]] = {"extra": "forbid"}

    # windows
    bucket_s: Annotated[int, Gt(0)] = 10  # grain of every time window; a move within one bucket is one jump
    window_s: Annotated[int, Gt(0)] = 120  # churn and imbalance of quotes: the horizon of the deciding markout
    jump_window_s: Annotated[int, Gt(0)] = 3_600  # one hour: long enough that a jump outlives its own news
    spread_quotes: Annotated[int, Gt(0)] = 20  # §7.7: the regime's reference is the median of the last 20 quotes
    trade_window: Annotated[int, Gt(0)] = 50  # §18.8: toxicity window
    trade_window_s: Annotated[int, Gt(0)] = 3_600  # older trades say nothing about who is here now
    vpin_bucket_shares: Annotated[float, Gt(0)] = 200.0  # a handful of the venue's usual trades a bucket
    vpin_buckets: Annotated[int, Gt(0)] = 50  # §7.3
    markout_window: Annotated[int, Gt(0)] = 100  # §7.5: fills
    cancel_window: Annotated[int, Gt(0)] = 100  # quotes sent; about two hours of the usual replace rate

    # minimum samples: below them a statistic is null, never 0
    trades_min: Annotated[int, Ge(1)] = 10  # §18.8
    quotes_min: Annotated[int, Ge(1)] = 10  # §7.7
    vpin_buckets_min: Annotated[int, Ge(1)] = 20  # with fewer, chance alone reads as one-sided flow
    markouts_min: Annotated[int, Ge(1)] = 10  # §7.5: the sample the mild rule asks for
    cancels_min: Annotated[int, Ge(1)] = 10  # quotes sent
    components_min: Annotated[int, Ge(1)] = 2  # §7.7: one component alone is no composite

    # weights of the composite (§7.7); those of missing components are shared out
    w_imbalance: Weight = 0.20
    w_vpin: Weight = 0.20  # a weight, never a veto: VPIN is disputed
    w_markout: Weight = 0.35  # the only component that measures our own loss
    w_widening: Weight = 0.15
    w_cancel: Weight = 0.10

    # limits
    toxic_score: Annotated[float, Interval(gt=0, le=1)] = 0.7  # §18.8
    markout_horizon_s: Annotated[int, Gt(0)] = 120  # §7.5: the two-minute mean decides
    toxic_markout: Annotated[float, Interval(ge=-1, lt=0)] = -0.002  # §7.5
    toxic_markouts_min: Annotated[int, Ge(1)] = 20
    toxic_cluster_markout: Annotated[float, Interval(ge=-1, lt=0)] = -0.0015  # §7.5
    toxic_cluster_markouts_min: Annotated[int, Ge(1)] = 30
    mild_markout: Annotated[float, Interval(ge=-1, lt=0)] = -0.001  # §7.5: band ×1.5, size ×0.5
    mild_markouts_min: Annotated[int, Ge(1)] = 10

    # regimes by ticks of spread (§7.7)
    tight_ticks: Annotated[int, Ge(1)] = 1
    normal_ticks: Annotated[int, Ge(1)] = 3
    wide_ticks: Annotated[int, Ge(1)] = 8

    # markout clock
    horizons_s: tuple[int, ...] = (30, 120, 600)  # §7.5
    mid_age_s_max: Annotated[int, Gt(0)] = 30  # §7.5: an older mid is no mid
