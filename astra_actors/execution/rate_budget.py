"""How many orders may leave: an exact token bucket, the pause after rejects, and a market's budget of order changes.

Cancels are never blocked here: what reduces risk always passes.
"""

from __future__ import annotations

from collections import deque

from astra_actors.execution.params import OrderParams
from astra_actors.kernel.errors import BadInput
from astra_actors.kernel.units import NS_PER_S


class TokenBucket:
    """`refill` tokens per `period_ns` up to `capacity`; a weighted cost passes whole or not at all. Time is handed in.

    The level is counted in tokens × period_ns, so it is exact however often the bucket is asked.
    """

    __slots__ = ("_level", "_now_ns", "capacity", "period_ns", "refill")

    def __init__(self, *, capacity: int, refill: int, period_ns: int = NS_PER_S, now_ns: int = 0) -> None:
        if capacity < 1 or refill < 1 or period_ns < 1:
            raise BadInput("token bucket", (capacity, refill, period_ns), "capacity, refill and period are at least 1")
        self.capacity, self.refill, self.period_ns = capacity, refill, period_ns
        self._level, self._now_ns = capacity * period_ns, now_ns

    def take(self, cost: int, now_ns: int) -> bool:
        """Spend `cost` tokens if all of them are there."""
        self._fill(now_ns)
        if cost * self.period_ns > self._level:
            return False
        self._level -= cost * self.period_ns
        return True

    def debit(self, cost: int, now_ns: int) -> None:
        """Spend in any case, below zero if need be: the venue counts a cancel-all after it is done."""
        self._fill(now_ns)
        self._level -= cost * self.period_ns

    def tokens(self, now_ns: int) -> int:
        """Whole tokens there now, not less than zero."""
        self._fill(now_ns)
        return max(0, self._level // self.period_ns)

    def wait_ns(self, cost: int, now_ns: int) -> int | None:
        """How long until `cost` would pass; None where it never can."""
        if cost > self.capacity:
            return None
        self._fill(now_ns)
        return max(0, -((self._level - cost * self.period_ns) // self.refill))

    def _fill(self, now_ns: int) -> None:
        if now_ns <= self._now_ns:  # an answer that is late by a millisecond must not refill twice
            return
        self._level = min(self.capacity * self.period_ns, self._level + (now_ns - self._now_ns) * self.refill)
        self._now_ns = now_ns


class RejectStorm:
    """Rejects in a row, and the pause they start: each further reject doubles it (methods §18.8)."""

    __slots__ = ("_params", "paused_until_ns", "rejects_in_a_row")

    def __init__(self, params: OrderParams) -> None:
        self._params = params
        self.rejects_in_a_row = 0
        self.paused_until_ns = 0

    def on_accepted(self) -> None:
        """An order rests: the row of rejects is over."""
        self.rejects_in_a_row = 0

    def on_rejected(self, now_ns: int) -> int:
        """Count a reject of the venue; returns the pause it starts in seconds, 0 for none."""
        self.rejects_in_a_row += 1
        pause_s = self.pause_s(self.rejects_in_a_row)
        self.paused_until_ns = max(self.paused_until_ns, now_ns + pause_s * NS_PER_S)
        return pause_s

    def pause_s(self, rejects: int) -> int:
        """300 s × 2^(rejects − 5), at most 7200 s; nothing under five in a row (methods §18.8)."""
        beyond = rejects - self._params.reject_storm
        if beyond < 0:
            return 0
        return min(self._params.reject_pause_max_s, self._params.reject_pause_s << min(beyond, 32))


class MutationBudget(RejectStorm):
    """New orders per cycle and per minute, a gap between new orders of one market, and the pause of a reject storm.

    A budget shared by several markets makes their order matter; give each market its own where a run must not depend on
    how markets are spread over actors.
    """

    __slots__ = ("_cycle", "_last_ns", "_recent")

    def __init__(self, params: OrderParams) -> None:
        super().__init__(params)
        self._cycle = 0
        self._recent: deque[int] = deque()  # times of the last minute's new orders
        self._last_ns: dict[str, int] = {}

    def start_cycle(self) -> None:
        """Begin a new cycle: its own allowance is whole again."""
        self._cycle = 0

    def available(self, market_id: str, now_ns: int) -> int:
        """How many new orders the market may send now."""
        last_ns = self._last_ns.get(market_id)
        gap_ns = self._params.market_gap_s * NS_PER_S
        if now_ns < self.paused_until_ns or (last_ns is not None and now_ns - last_ns < gap_ns):
            return 0
        recent = self._recent
        while recent and now_ns - recent[0] >= 60 * NS_PER_S:
            recent.popleft()
        left = min(self._params.mutations_per_cycle - self._cycle, self._params.mutations_per_minute - len(recent))
        return max(0, left)

    def spend(self, market_id: str, count: int, now_ns: int) -> None:
        """Count `count` new orders of a market; none is no change."""
        if count <= 0:
            return
        self._cycle += count
        self._recent.extend([now_ns] * count)
        self._last_ns[market_id] = now_ns
