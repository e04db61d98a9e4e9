"""Every setting of the paper venue, with the reason for its default."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

from annotated_types import Ge, Gt, Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperParams:
    """How orders travel, queue and fill on paper (methods §6). The defaults lean towards too few and too dear fills."""

    __pydantic_config__: ClassVar[dict[str, Any]] = {"extra": "forbid"}

    latency_mean_ms: Annotated[float, Ge(0)] = 50.0  # methods §6.3; exponential, so one order in fifty waits 200 ms
    cancel_latency_mean_ms: Annotated[float, Ge(0)] = 50.0  # cancels travel the same road
    book_age_ms_max: Annotated[int, Gt(0)] = 120_000  # methods §18.7: a quiet market is not stale for two minutes
    late_print_ms: Annotated[int, Ge(0)] = 100  # recorded prints follow their level's update by 13 to 83 ms

    queue_model: Literal["risk_averse", "power", "log", "power_form"] = "risk_averse"  # never assumes a cancel ahead
    queue_power: Annotated[float, Interval(gt=0, le=10)] = 3.0  # exponent of the two power models; unused by the others
    through_fills: Literal["full", "printed"] = "full"  # methods §6.1; "printed" caps a fill by the print's size

    optimistic_queue_share: Annotated[float, Interval(ge=0, le=1)] = 0.5  # as if we stood in the middle of the queue
    optimistic_queue_power: Annotated[float, Interval(gt=0, le=10)] = 3.0  # hftbacktest's usual exponent
    pessimistic_queue_multiple: Annotated[float, Ge(1)] = 2.0  # as if as much again joined ahead of us unseen

    shadow_life_s: Annotated[int, Gt(0)] = 120  # a filled order without an end of its own is followed one TTL further

    lot_e6: Annotated[int, Gt(0)] = 10_000  # 0.01 share: sizes have two decimals on this venue
    gtd_early_s: Annotated[int, Ge(0)] = 60  # the venue removes an order this long before the time it states
    gtd_min_s: Annotated[int, Ge(0)] = 180  # and refuses one that states less than this from now

    adverse_mean_e4: Annotated[float, Ge(0)] = 5.0  # 5 bp until markouts give a fitted mean (methods §6.6)
    adverse_tight_extra: Annotated[float, Ge(0)] = 2.0  # three times as much where the spread is nothing
    adverse_spread_points: Annotated[float, Gt(0)] = 0.05  # from this spread on no extra
    impact_k: Annotated[float, Ge(0)] = 0.02  # square-root law in points (methods §6.4)
    impact_floor_points: Annotated[float, Ge(0)] = 0.0001  # the cap of the law is never below this
    impact_on_maker_fills: bool = False  # a resting order moves nothing; True books it for a stress run
