"""The portfolio as it was marked at every barrier: equity by day, drawdown, and what open positions can still lose."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from astra_actors.kernel.units import NS_PER_DAY, usd, usd_e10
from astra_actors.market.instrument import Side, Token
from astra_actors.metrics.equity_stats import day_of
from astra_actors.metrics.stat import Stat
from astra_actors.portfolio.drawdown import DrawdownTracker
from astra_actors.portfolio.equity import drawdown_of
from astra_actors.portfolio.position import MarketPosition
from astra_actors.reporting.ledger_rows import EquityMark, LedgerReading

CURVE_POINTS: Final = 400  # what a chart can show; peaks and troughs are kept
_SPANS: Final = (("daily_return", 1), ("weekly_return", 7), ("monthly_return", 30))


def start_equity_e10(reading: LedgerReading) -> int:
    """What the account began with: the bankroll of its settings, else its first mark."""
    if reading.bankroll_usd is not None:
        return usd_e10(str(reading.bankroll_usd))
    return reading.equity[0].equity_e10 if reading.equity else 0


def equity_truth(reading: LedgerReading, *, start_ns: int) -> dict[str, Any]:
    """Equity now, its drawdowns over all marks, returns over the last day, week and month, and the series."""
    marks, start_e10 = reading.equity, start_equity_e10(reading)
    tracker = DrawdownTracker(min(start_ns, marks[0].at_ns) if marks else start_ns, start_e10)
    for mark in marks:
        tracker.observe(mark.at_ns, mark.equity_e10)
    last = marks[-1] if marks else None
    return {
        "start_usd": usd(start_e10),
        "equity_usd": usd(last.equity_e10) if last else usd(start_e10),
        "pnl_usd": usd(last.equity_e10 - start_e10) if last else 0.0,
        "exposure_usd": usd(last.exposure_e10) if last else 0.0,
        "granted_usd": usd(last.granted_e10) if last else 0.0,
        "trading_state": last.state if last else "UNKNOWN",
        "marks": len(marks),
        "max_drawdown": tracker.deepest,
        "max_drawdown_usd": usd(tracker.deepest_e10),
        "current_drawdown": tracker.current,
        "longest_under_water_days": max(tracker.longest_ns, tracker.under_water_ns()) / NS_PER_DAY,
        **{name: _return_over(marks, days) for name, days in _SPANS},
        "daily": daily_equity(marks, start_e10),
        "curve": thinned(marks),
    }


def daily_equity(marks: Sequence[EquityMark], start_e10: int) -> list[dict[str, Any]]:
    """The last mark of each UTC day with the day's P&L and the deepest drawdown seen in it."""
    days: dict[str, list[EquityMark]] = {}
    for mark in marks:
        days.setdefault(day_of(mark.at_ns - 1), []).append(mark)  # a mark at midnight closes the day before
    rows, before_e10 = [], start_e10
    for day, seen in days.items():
        equity_e10 = seen[-1].equity_e10
        rows.append(
            {
                "day": day,
                "equity_usd": usd(equity_e10),
                "pnl_usd": usd(equity_e10 - before_e10),
                "drawdown": max(mark.drawdown for mark in seen),
                "exposure_usd": usd(max(mark.exposure_e10 for mark in seen)),
            }
        )
        before_e10 = equity_e10
    return rows


def thinned(marks: Sequence[EquityMark], points: int = CURVE_POINTS) -> list[tuple[int, float, float]]:
    """Marks for a chart as (time, equity, drawdown): of each stretch the lowest and the highest, in order of time."""
    if len(marks) <= points:
        return [(m.at_ns, usd(m.equity_e10), m.drawdown) for m in marks]
    stretch = -(-2 * len(marks) // points)
    kept: list[EquityMark] = []
    for first in range(0, len(marks), stretch):
        part = marks[first : first + stretch]
        ends = {id(m): m for m in (min(part, key=_equity), max(part, key=_equity))}
        kept += sorted(ends.values(), key=lambda m: m.at_ns)
    if kept[-1] is not marks[-1]:
        kept.append(marks[-1])
    return [(m.at_ns, usd(m.equity_e10), m.drawdown) for m in kept]


def drawdown_recomputed(reading: LedgerReading) -> bool | None:
    """Whether peak and drawdown on record are what the equity series gives; a rebased peak starts a new series."""
    if not reading.equity:
        return None
    peak_e10, rebases = start_equity_e10(reading), list(reading.rebased_ns)
    for mark in reading.equity:
        if rebases and mark.at_ns >= rebases[0]:
            peak_e10 = mark.peak_e10
            rebases.pop(0)
        peak_e10 = max(peak_e10, mark.equity_e10)
        if peak_e10 != mark.peak_e10 or mark.drawdown != drawdown_of(peak_e10, mark.equity_e10):
            return False
    return True


def exposures(reading: LedgerReading) -> dict[str, Any]:
    """What filled positions of open markets can lose, by cluster and in the largest market; orders are not in it."""
    positions: dict[str, MarketPosition] = {}
    for fill in reading.fills:
        market = reading.markets.get(fill.market_id)
        if market is None or market.outcome is not None:
            continue
        position = positions.setdefault(fill.market_id, MarketPosition())
        position.apply_fill(Token(fill.token), Side(fill.side), fill.price_e4, fill.size_e6, fill.fee_e10)
    worst = {market_id: position.worst_loss_e10 for market_id, position in positions.items()}
    clusters: dict[str, int] = {}
    for market_id, loss_e10 in worst.items():
        for cluster in reading.markets[market_id].clusters:
            clusters[cluster] = clusters.get(cluster, 0) + loss_e10
    largest = max(worst.items(), key=lambda item: (item[1], item[0]), default=None)
    return {
        "cluster_exposures": {name: usd(loss_e10) for name, loss_e10 in sorted(clusters.items()) if loss_e10},
        "aggregate_exposure": usd(sum(worst.values())),
        "max_market_inventory": {"market_id": largest[0], "worst_case_usd": usd(largest[1])} if largest else None,
        "markets_held": sum(loss_e10 > 0 for loss_e10 in worst.values()),
    }


def _return_over(marks: Sequence[EquityMark], days: int) -> Stat:
    if not marks:
        return Stat.none(0, "no mark of the portfolio")
    cut_ns = marks[-1].at_ns - days * NS_PER_DAY
    before = [m for m in marks if m.at_ns <= cut_ns]
    if not before or before[-1].equity_e10 <= 0:
        return Stat.none(len(marks), f"fewer than {days} days on record")
    return Stat(marks[-1].equity_e10 / before[-1].equity_e10 - 1, len(marks) - len(before))


def _equity(mark: EquityMark) -> int:
    return mark.equity_e10
