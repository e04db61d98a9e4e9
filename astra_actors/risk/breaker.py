"""The drawdown breaker with its hysteresis, and the day's loss; both compare integers (methods §12.5, §12.6)."""

from __future__ import annotations

import msgspec

from astra_actors.kernel.units import NS_PER_DAY
from astra_actors.portfolio.equity import drawdown_of
from astra_actors.risk.limits import PPM, RiskLimits, ppm


class DrawdownBreaker(msgspec.Struct):
    """On above 10 % below the peak, off under 5 %; at 15 % `halted` stays until an operator rebases the peak."""

    peak_e10: int
    on: bool = False
    halted: bool = False

    def observe(self, equity_e10: int, limits: RiskLimits) -> None:
        """Take the next marked equity."""
        self.peak_e10 = max(self.peak_e10, equity_e10)
        fall = (self.peak_e10 - equity_e10) * PPM
        if self.on:
            self.on = fall >= ppm(limits.drawdown_off) * self.peak_e10
        else:
            self.on = fall > ppm(limits.drawdown_on) * self.peak_e10
        if fall > 0 and fall >= ppm(limits.drawdown_halt) * self.peak_e10:
            self.halted = True

    def rebase(self, equity_e10: int) -> None:
        """Start again from here: an operator's decision, when nothing is left that could recover the fall."""
        self.peak_e10, self.on, self.halted = equity_e10, False, False


class DailyLoss(msgspec.Struct):
    """P&L since 00:00 UTC against a share of the equity at that time."""

    day: int
    start_e10: int
    last_e10: int | None = None  # the latest equity: at midnight it is what the new day starts from

    def observe(self, now_ns: int, equity_e10: int, limits: RiskLimits) -> bool:
        """Whether the day's loss is past its limit; exactly at the limit is not.

        A day starts from the equity at 00:00 UTC: this one if it is exactly then, else the last one before. So what is
        lost across midnight, or while nothing ran, is a loss of the day in which it is found.
        """
        day = now_ns // NS_PER_DAY
        if day != self.day:
            at_midnight = now_ns % NS_PER_DAY == 0 or self.last_e10 is None
            self.day, self.start_e10 = day, equity_e10 if at_midnight else self.last_e10 or 0
        self.last_e10 = equity_e10
        return (self.start_e10 - equity_e10) * PPM > ppm(limits.daily_loss) * self.start_e10

    def loss(self, equity_e10: int) -> float:
        """The day's loss as a fraction of its start, for people; 0 without one."""
        return drawdown_of(self.start_e10, equity_e10)

    @property
    def next_day_ns(self) -> int:
        """When the day it is in ends."""
        return (self.day + 1) * NS_PER_DAY
