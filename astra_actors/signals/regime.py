"""What kind of market a trade happened in: spread regime, volatility, time to resolution (methods §7.7, §9.13)."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from typing import Final

from astra_actors.kernel.units import NS_PER_DAY, NS_PER_HOUR, NS_PER_S, PRICE_ONE_E4
from astra_actors.signals.params import SignalParams

TIGHT: Final = "TIGHT"
NORMAL: Final = "NORMAL"
WIDE: Final = "WIDE"
BROKEN: Final = "BROKEN"

HISTORY_DAYS: Final = 90  # methods §9.13
HISTORY_DAYS_MIN: Final = 20  # likewise: below it a percentile is a guess
SAMPLE_S: Final = 300  # five minutes: finer returns measure the bounce between bid and ask


def spread_regime(bid_e4: int, ask_e4: int, tick_e4: int, median_e4: float | None, params: SignalParams) -> str:
    """TIGHT, NORMAL, WIDE or BROKEN by ticks of spread; empty sides come as bid 0 or ask 10,000 and are BROKEN.

    The wider of the spread now and its median over the last quotes counts: widening at once, narrowing once it lasts.
    """
    if not 0 < bid_e4 < ask_e4 < PRICE_ONE_E4:
        return BROKEN
    ticks = max(float(ask_e4 - bid_e4), median_e4 or 0.0) / tick_e4
    if ticks <= params.tight_ticks:
        return TIGHT
    if ticks <= params.normal_ticks:
        return NORMAL
    return WIDE if ticks <= params.wide_ticks else BROKEN


@dataclass(frozen=True, slots=True, kw_only=True)
class RegimeTags:
    """The tags every trade carries; `vol_assumed` says that the volatility bucket rests on too little history."""

    vol_bucket: str
    category: str
    event_type: str
    ttr_bucket: str
    vol_assumed: bool = False


def ttr_bucket(hours: float | None) -> str:
    """Time to resolution as one of four buckets; `unknown` when the listing gave no date."""
    if hours is None:
        return "unknown"
    if hours < 48:
        return "<48h"
    if hours < 168:
        return "2-7d"
    return "7-30d" if hours <= 720 else ">30d"


class VolBucketer:
    """Realised σ of the last day against its own last 90 days: `low`, `med` or `high`.

    Fed with the price of the underlying, or with the mid of the market itself where there is none; squared returns are
    summed by the hour, so memory and cost do not grow with the number of events.
    """

    __slots__ = ("_days", "_first_hour", "_hour", "_hours", "_hours_sum", "_last", "_next_ns", "_now_sum")

    def __init__(self) -> None:
        self._days: deque[float] = deque(maxlen=HISTORY_DAYS)  # σ of each full day
        self._hours: deque[tuple[int, float]] = deque()  # (hour, sum of squared returns)
        self._first_hour = 0
        self._hour, self._now_sum, self._next_ns = -1, 0.0, 0
        self._last: float | None = None

    def on_price(self, now_ns: int, price: float) -> None:
        """Take a price of the underlying."""
        if now_ns >= self._next_ns and price > 0:
            self._sample(now_ns, math.log(price))

    def on_mid(self, now_ns: int, mid: float) -> None:
        """Take the market's own mid, as a probability; at 0 and 1 log-odds do not exist."""
        if now_ns >= self._next_ns and 0 < mid < 1:
            self._sample(now_ns, math.log(mid / (1 - mid)))

    @property
    def days(self) -> int:
        """Full days of history."""
        return len(self._days)

    def sigma(self) -> float | None:
        """Realised σ of the last 24 hours; None before the first return."""
        total = self._now_sum + math.fsum(square for _, square in self._hours)
        return math.sqrt(total) if self._last is not None else None

    def bucket(self) -> tuple[str, bool]:
        """The bucket, and whether it is assumed for want of 20 days."""
        sigma = self.sigma()
        if sigma is None or len(self._days) < HISTORY_DAYS_MIN:
            return "med", True
        ordered = sorted(self._days)
        if sigma < percentile(ordered, 33):
            return "low", False
        return ("high", False) if sigma > percentile(ordered, 67) else ("med", False)

    def _sample(self, now_ns: int, x: float) -> None:
        hour = now_ns // NS_PER_HOUR
        if hour != self._hour:
            self._turn(hour)
        if self._last is not None:
            self._now_sum += (x - self._last) ** 2
        self._last = x
        self._next_ns = (now_ns // (SAMPLE_S * NS_PER_S) + 1) * SAMPLE_S * NS_PER_S

    def _turn(self, hour: int) -> None:
        """Close the hour, and with the last hour of a UTC day the day."""
        if self._hour < 0:
            self._first_hour = hour
        else:
            self._hours.append((self._hour, self._now_sum))
            day = NS_PER_DAY // NS_PER_HOUR
            today = self._hour // day
            if hour // day != today and self._first_hour <= today * day:  # a day seen in part is no day
                self._days.append(math.sqrt(math.fsum(square for at, square in self._hours if at // day == today)))
            self._now_sum = 0.0
        while self._hours and self._hours[0][0] <= hour - 24:
            self._hours.popleft()
        self._hour = hour


def percentile(ordered: list[float], percent: float) -> float:
    """Percentile of a sorted, non-empty list, linear between neighbours."""
    place = (len(ordered) - 1) * percent / 100
    low = math.floor(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)
