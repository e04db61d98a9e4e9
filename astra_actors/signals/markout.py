"""Fills of ours, and how far the mid moves for us after them (markout, methods §7.5), in 1/10,000 dollar."""

from __future__ import annotations

import heapq
from dataclasses import dataclass

from astra_actors.kernel.units import NS_PER_S, PRICE_ONE_E4
from astra_actors.market.ring_buffer import RingBuffer
from astra_actors.signals.params import SignalParams


@dataclass(frozen=True, slots=True, kw_only=True)
class Markout:
    """One horizon of one fill; `earned_e4` is None without a mid at the fill, `markout_e4` without one then."""

    fill_id: str
    horizon_s: int
    earned_e4: float | None
    markout_e4: float | None
    due_ns: int

    @property
    def points(self) -> float | None:
        """The markout in dollars a share."""
        return None if self.markout_e4 is None else self.markout_e4 / PRICE_ONE_E4


class MarkoutClock:
    """Remember fills until each of their horizons is due."""

    __slots__ = ("_age_ns", "_horizons", "_sequence", "_waiting")

    def __init__(self, params: SignalParams) -> None:
        self._horizons = tuple((seconds, seconds * NS_PER_S) for seconds in params.horizons_s)
        self._age_ns = params.mid_age_s_max * NS_PER_S
        self._waiting: list[tuple[int, int, str, int, float, int, float | None]] = []
        self._sequence = 0  # ties of time leave in the order they came

    @property
    def next_due_ns(self) -> int | None:
        """When the next horizon is due; None with nothing waiting."""
        return self._waiting[0][0] if self._waiting else None

    def on_fill(self, fill_id: str, is_bid: bool, price_e4: float, mid_e4: float | None, now_ns: int) -> None:
        """Start the clocks of one fill; price, mid and side in YES terms, `mid_e4` None with a one-sided book."""
        sign = 1 if is_bid else -1
        earned = None if mid_e4 is None else sign * (mid_e4 - price_e4)
        for seconds, wait_ns in self._horizons:
            self._sequence += 1
            entry = (now_ns + wait_ns, self._sequence, fill_id, sign, price_e4, seconds, earned)
            heapq.heappush(self._waiting, entry)

    def due(self, now_ns: int, ring: RingBuffer | None, confirmed_ns: int | None = None) -> list[Markout]:
        """Every horizon that has come, each with the mid at or before it.

        A top enters the ring only when it changes, so an old one may still be true: what ages is our knowledge of it.
        `confirmed_ns` is when the book was last known to be in order (`MarketBook.updated_ns`, or the feed's last sign
        of life) as of the due time, so ask before events later than `next_due_ns` are applied. Without it the top's own
        age counts.
        """
        found: list[Markout] = []
        waiting = self._waiting
        while waiting and waiting[0][0] <= now_ns:
            due_ns, _, fill_id, sign, price_e4, seconds, earned = heapq.heappop(waiting)
            mid = self._mid_at(due_ns, ring, confirmed_ns)
            markout = None if mid is None else sign * (mid - price_e4)
            found.append(
                Markout(fill_id=fill_id, horizon_s=seconds, earned_e4=earned, markout_e4=markout, due_ns=due_ns)
            )
        return found

    def _mid_at(self, due_ns: int, ring: RingBuffer | None, confirmed_ns: int | None) -> float | None:
        top = ring.at(due_ns) if ring is not None else None
        if top is None:
            return None
        known_ns = top.local_ns if confirmed_ns is None else max(top.local_ns, min(confirmed_ns, due_ns))
        return top.mid_e4 if due_ns - known_ns <= self._age_ns else None
