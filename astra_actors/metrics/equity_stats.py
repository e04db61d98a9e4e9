"""What the curve of closed trades says: drawdown, time under water, months, growth (methods §9.9)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from astra_actors.kernel.units import NS_PER_DAY, NS_PER_S, usd
from astra_actors.metrics.performance import DAYS_A_YEAR, Trade
from astra_actors.metrics.stat import Stat
from astra_actors.portfolio.drawdown import DrawdownTracker

GROWTH_DAYS_MIN: Final = 30  # a yearly rate from fewer days is a guess


@dataclass(frozen=True, slots=True, kw_only=True)
class CurveStats:
    """Figures of one equity curve. Drawdowns are positive fractions of the peak; `months` is P&L by UTC month."""

    n: int
    start_e10: int
    equity_e10: int
    peak_e10: int
    max_drawdown: float
    max_drawdown_e10: int
    current_drawdown: float
    under_water_days: float
    longest_under_water_days: float
    recovery: float | None
    months_e10: dict[str, int]


def curve_stats(trades: Sequence[Trade], *, start_e10: int, start_ns: int, now_ns: int | None = None) -> CurveStats:
    """Walk the closes in order from `start_e10`; `now_ns` ends the last stretch under water."""
    tracker = DrawdownTracker(start_ns, start_e10)
    months: dict[str, int] = {}
    equity_e10 = start_e10
    for trade in trades:
        equity_e10 += trade.pnl_e10
        tracker.observe(max(trade.closed_ns, tracker.last_ns), equity_e10)
        month = month_of(trade.closed_ns)
        months[month] = months.get(month, 0) + trade.pnl_e10
    under_ns = tracker.under_water_ns(now_ns)
    return CurveStats(
        n=len(trades),
        start_e10=start_e10,
        equity_e10=equity_e10,
        peak_e10=tracker.peak_e10,
        max_drawdown=tracker.deepest,
        max_drawdown_e10=tracker.deepest_e10,
        current_drawdown=tracker.current,
        under_water_days=under_ns / NS_PER_DAY,
        longest_under_water_days=max(tracker.longest_ns, under_ns) / NS_PER_DAY,
        recovery=tracker.recovery,
        months_e10=months,
    )


def worst_month(curve: CurveStats) -> Stat:
    """The month with the lowest P&L, as a fraction of the starting equity."""
    if not curve.months_e10 or curve.start_e10 <= 0:
        return Stat.none(curve.n, "no month with a closed trade")
    return Stat(min(curve.months_e10.values()) / curve.start_e10, curve.n)


def growth(curve: CurveStats, window_days: float) -> Stat:
    """CAGR; None under 30 days."""
    if window_days < GROWTH_DAYS_MIN:
        return Stat.none(curve.n, f"{window_days:.1f} of {GROWTH_DAYS_MIN} days observed")
    if curve.start_e10 <= 0 or curve.equity_e10 <= 0:
        return Stat.none(curve.n, "nothing is left to grow")
    return Stat((curve.equity_e10 / curve.start_e10) ** (DAYS_A_YEAR / window_days) - 1, curve.n)


def calmar(curve: CurveStats, window_days: float) -> Stat:
    """CAGR over the largest drawdown; None under 30 days or without a drawdown."""
    rate = growth(curve, window_days)
    if rate.value is None:
        return rate
    if curve.max_drawdown <= 0:
        return Stat.none(curve.n, "no drawdown")
    return Stat(rate.value / curve.max_drawdown, curve.n)


def month_of(at_ns: int) -> str:
    """The UTC month of a moment, as 2026-03."""
    return datetime.fromtimestamp(at_ns // NS_PER_S, UTC).strftime("%Y-%m")


def day_of(at_ns: int) -> str:
    """The UTC day of a moment, as 2026-03-02."""
    return datetime.fromtimestamp(at_ns // NS_PER_S, UTC).strftime("%Y-%m-%d")


def months_usd(curve: CurveStats) -> dict[str, float]:
    """P&L by month in dollars."""
    return {month: usd(pnl_e10) for month, pnl_e10 in sorted(curve.months_e10.items())}
