"""All figures of one window of trades in one table: the metrics snapshot of a report (methods §18.11)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from astra_actors.kernel.units import NS_PER_DAY, NS_PER_HOUR, usd
from astra_actors.metrics.confidence import min_track_record, probabilistic_sharpe
from astra_actors.metrics.equity_stats import calmar, curve_stats, growth, worst_month
from astra_actors.metrics.performance import (
    Trade,
    annualised,
    average_loss,
    average_win,
    expectancy,
    expected_shortfall,
    moments,
    payoff,
    pnls_usd,
    profit_factor,
    sharpe,
    sortino,
    trades_per_year,
    usable,
    value_at_risk,
    win_rate,
)
from astra_actors.metrics.stat import Stat

WINDOWS: Final = (("7d", 7), ("30d", 30), ("90d", 90), ("all_time", None))


def snapshot(
    trades: Sequence[Trade], *, start_e10: int, start_ns: int, now_ns: int, window: str = "all_time"
) -> dict[str, Stat]:
    """Every figure over the trades closed from `start_ns` to `now_ns`; `start_e10` is the equity they began with."""
    kept = usable([t for t in trades if start_ns <= t.closed_ns <= now_ns])
    returns, pnls = [t.ret for t in kept], pnls_usd(kept)
    days = (now_ns - start_ns) / NS_PER_DAY
    curve = curve_stats(kept, start_e10=start_e10, start_ns=start_ns, now_ns=now_ns)
    n = len(kept)
    ratio, downside = sharpe(returns).gated("sharpe", window), sortino(returns).gated("sortino", window)
    figures = {
        "pnl_usd": Stat(usd(sum(t.pnl_e10 for t in kept)), n),
        "fees_usd": Stat(usd(sum(t.fees_e10 for t in kept)), n),
        "volume_usd": Stat(usd(sum(t.cost_e10 for t in kept)), n),
        "win_rate": win_rate(pnls).gated("win_rate", window),
        "profit_factor": profit_factor(pnls).gated("profit_factor", window),
        "payoff": payoff(pnls).gated("profit_factor", window),
        "average_win_usd": average_win(pnls),
        "average_loss_usd": average_loss(pnls),
        "expectancy_usd": expectancy(pnls).gated("expectancy", window),
        "expectancy_frac": expectancy(returns).gated("expectancy", window),
        "sharpe_per_trade": ratio,
        "sharpe_annual": annualised(ratio, days),
        "psr_0": _psr(returns).gated("sharpe", window),
        "min_track_record": _min_trl(returns),
        "sortino_per_trade": downside,
        "sortino_annual": annualised(downside, days),
        "cagr": growth(curve, days).gated("calmar", window),
        "calmar": calmar(curve, days).gated("calmar", window),
        "max_drawdown": _defined(curve.max_drawdown, n).gated("max_drawdown", window),
        "max_drawdown_usd": _defined(usd(curve.max_drawdown_e10), n).gated("max_drawdown", window),
        "current_drawdown": _defined(curve.current_drawdown, n),
        "worst_month": worst_month(curve).gated("worst_month", window),
        "under_water_days": _defined(curve.under_water_days, n),
        "longest_under_water_days": _defined(curve.longest_under_water_days, n),
        "var_95": value_at_risk(returns, 0.95).gated("var", window),
        "cvar_95": expected_shortfall(returns, 0.95).gated("cvar", window),
        "var_99": value_at_risk(returns, 0.99).gated("var", window),
        "cvar_99": expected_shortfall(returns, 0.99).gated("cvar", window),
        "trades_per_day": Stat(n / days, n) if days > 0 else Stat.none(n, "no time was observed"),
        "trades_per_year": _yearly(n, days),
        "holding_hours": _mean([(t.closed_ns - t.opened_ns) / NS_PER_HOUR for t in kept]),
    }
    return figures


def window_start_ns(days: int | None, *, start_ns: int, now_ns: int) -> int:
    """Where a window begins: `days` before now, but never before the run."""
    return start_ns if days is None else max(start_ns, now_ns - days * NS_PER_DAY)


def _psr(returns: Sequence[float]) -> Stat:
    m = moments(returns)
    if m.mean is None or not m.sd or m.skewness is None or m.kurtosis is None:
        return Stat.none(m.n, "needs trades whose returns differ")
    value = probabilistic_sharpe(m.mean / m.sd, m.n, m.skewness, m.kurtosis)
    return Stat(value, m.n) if value is not None else Stat.none(m.n, "the variance of the ratio is not positive")


def _min_trl(returns: Sequence[float]) -> Stat:
    m = moments(returns)
    if m.mean is None or not m.sd or m.skewness is None or m.kurtosis is None:
        return Stat.none(m.n, "needs trades whose returns differ")
    needed = min_track_record(m.mean / m.sd, m.skewness, m.kurtosis)
    return Stat(needed, m.n) if needed is not None else Stat.none(m.n, "the ratio is not above 0")


def _yearly(n: int, days: float) -> Stat:
    yearly = trades_per_year(n, days)
    return Stat(yearly, n) if yearly is not None else Stat.none(n, "no time was observed")


def _mean(values: Sequence[float]) -> Stat:
    return Stat(math.fsum(values) / len(values), len(values)) if values else Stat.none(0, "no trades")


def _defined(value: float, n: int) -> Stat:
    return Stat(value, n) if n else Stat.none(0, "no trades")
