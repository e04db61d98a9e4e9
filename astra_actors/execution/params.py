"""Every number of the order manager and of the budgets, with the reason for its default."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

from annotated_types import Interval

from astra_actors.kernel.units import NS_PER_S

CrossPolicy = Literal["reject", "reprice"]


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderParams:
    """How orders are kept, replaced, timed and limited (methods §8.5–8.7, §18.6, §18.8; polymarket §7.2, §7.4)."""

    __pydantic_config__: ClassVar[dict[str, Any]] = {"extra": "forbid"}

    ttl_s: Annotated[int, Interval(ge=1, le=86_400)] = 120  # §18.8; also the venue's shortest useful GTD life
    stale_s: Annotated[int, Interval(ge=1, le=86_400)] = 60  # half a TTL: a quote nobody looked at is no opinion
    chase_ticks_max: Annotated[int, Interval(ge=0, le=1_000)] = 3  # §8.7, for one replace and for its whole chain
    drift_ticks: Annotated[int, Interval(ge=0, le=1_000)] = 2  # §18.8: a better queue is worth more than two ticks
    cross_policy: CrossPolicy = "reject"  # §8.6: a price that would cross is an error to look at, not one to repair
    size_under_share: Annotated[float, Interval(ge=0, lt=1)] = 0.5  # half filled keeps its place in the queue
    size_over_share: Annotated[float, Interval(ge=0, le=10)] = 0.25  # more than wanted is risk: a narrower band
    lot_e6: Annotated[int, Interval(ge=1, le=1_000_000)] = 10_000  # the venue takes sizes of two decimals (§7.2)

    gtd_buffer_s: Annotated[int, Interval(ge=0, le=3_600)] = 60  # the venue removes an order 60 s before its expiry
    gtd_life_min_s: Annotated[int, Interval(ge=0, le=86_400)] = 180  # the venue refuses anything sooner (§7.4)
    gtd_transit_s: Annotated[int, Interval(ge=0, le=60)] = 5  # a minimum met when sent would be missed on arrival

    mutations_per_cycle: Annotated[int, Interval(ge=0, le=10_000)] = 15  # §18.8: one venue batch
    mutations_per_minute: Annotated[int, Interval(ge=0, le=100_000)] = 60  # §18.8
    market_gap_s: Annotated[int, Interval(ge=0, le=3_600)] = 30  # §18.8: between new orders of one market
    reject_storm: Annotated[int, Interval(ge=1, le=1_000)] = 5  # rejects in a row that start a pause
    reject_pause_s: Annotated[int, Interval(ge=1, le=86_400)] = 300  # doubled with each further reject
    reject_pause_max_s: Annotated[int, Interval(ge=1, le=604_800)] = 7_200  # two hours, then a person should know

    def expires_ns(self, now_ns: int) -> int:
        """The expiry to state for an order sent now, in whole seconds as it travels.

        The venue removes the order `gtd_buffer_s` before it, so a lifetime of N seconds is stated as now + N + 60.
        """
        life_s = max(self.ttl_s + self.gtd_buffer_s, self.gtd_life_min_s + self.gtd_transit_s)
        return -(-(now_ns + life_s * NS_PER_S) // NS_PER_S) * NS_PER_S
