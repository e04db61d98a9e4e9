"""What the whole portfolio is worth at one moment, and the curve that closed trades draw."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec


class EquityPoint(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Cash and marks of every market at one moment. `drawdown` is for people; every comparison uses the integers."""

    equity_e10: int  # cash + mark_mid
    cash_e10: int  # bankroll and everything that has flowed since
    mark_mid_e10: int
    mark_bid_e10: int
    peak_e10: int
    drawdown: float  # (peak − equity) / peak
    exposure_e10: int  # reported worst cases, open orders included
    granted_e10: int  # what the markets may lose by everything granted and not yet given back


def drawdown_of(peak_e10: int, equity_e10: int) -> float:
    """The fall from the peak as a fraction of it; 0 at the peak or without one."""
    return (peak_e10 - equity_e10) / peak_e10 if peak_e10 > equity_e10 and peak_e10 > 0 else 0.0


def equity_curve_e10(start_e10: int, pnls_e10: Iterable[int]) -> list[int]:
    """Start plus the running sum of profits, the start itself left out (methods §9.9)."""
    equity_e10 = start_e10
    curve = []
    for pnl_e10 in pnls_e10:
        equity_e10 += pnl_e10
        curve.append(equity_e10)
    return curve
