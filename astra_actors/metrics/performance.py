"""What closed trades say: return per dollar committed, and what it is worth against its spread (methods §9).

Trades come net of fees, in order of their close. A figure without enough data is None with a reason, never 0.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from astra_actors.kernel.units import usd
from astra_actors.metrics.confidence import Z_975, sharpe_se, wilson
from astra_actors.metrics.stat import Stat

SD_MIN: Final = 1e-12  # below it returns differ by rounding alone
DAYS_A_YEAR: Final = 365  # the market never closes


@dataclass(frozen=True, slots=True, kw_only=True)
class Trade:
    """One closed trade as statistics see it. `block` names the event: trades of one event are one bet."""

    closed_ns: int
    pnl_e10: int
    cost_e10: int
    opened_ns: int = 0
    fees_e10: int = 0
    size_e6: int = 0
    block: str = ""

    @property
    def ret(self) -> float:
        """P&L over the cost committed."""
        return self.pnl_e10 / self.cost_e10


@dataclass(frozen=True, slots=True, kw_only=True)
class Moments:
    """Mean and sd (ddof 1) with the population's skewness and kurtosis, 3 for a normal; sd None under two values."""

    n: int
    mean: float | None = None
    sd: float | None = None
    skewness: float | None = None
    kurtosis: float | None = None


def moments(values: Sequence[float]) -> Moments:
    """Moments of a sample.

    Examples
    --------
    >>> moments([1.0, 3.0]).mean
    2.0
    """
    n = len(values)
    if n == 0:
        return Moments(n=0)
    mean = math.fsum(values) / n
    second = math.fsum((v - mean) ** 2 for v in values) / n
    if n < 2 or math.sqrt(second) < SD_MIN:
        return Moments(n=n, mean=mean, sd=0.0 if n > 1 else None)
    return Moments(
        n=n,
        mean=mean,
        sd=math.sqrt(second * n / (n - 1)),
        skewness=math.fsum((v - mean) ** 3 for v in values) / n / second**1.5,
        kurtosis=math.fsum((v - mean) ** 4 for v in values) / n / second**2,
    )


def sharpe(returns: Sequence[float]) -> Stat:
    """Sharpe ratio per trade against 0, with the 95 % interval of Mertens (2002)."""
    m = moments(returns)
    if m.mean is None or m.sd is None:
        return Stat.none(m.n, "fewer than two trades")
    if m.skewness is None or m.kurtosis is None:
        return Stat.none(m.n, "all returns are equal")
    ratio = m.mean / m.sd
    reach = Z_975 * sharpe_se(ratio, m.n, m.skewness, m.kurtosis)
    return Stat(ratio, m.n, ratio - reach, ratio + reach)


def trades_per_year(n: int, window_days: float) -> float | None:
    """Trades a year from the wall-clock time observed, never from first to last close."""
    return n / window_days * DAYS_A_YEAR if window_days > 0 else None


def annualised(per_trade: Stat, window_days: float) -> Stat:
    """A per-trade ratio and its interval × √N_y, as if trades were independent."""
    yearly = trades_per_year(per_trade.n, window_days)
    if per_trade.value is None or yearly is None:
        return Stat.none(per_trade.n, per_trade.reason or "no time was observed")
    scale = math.sqrt(yearly)
    low, high = (None if end is None else end * scale for end in (per_trade.lo, per_trade.hi))
    return Stat(per_trade.value * scale, per_trade.n, low, high, per_trade.reason)


def downside_deviation(returns: Sequence[float], target: float = 0.0) -> float | None:
    """√ of the mean over all trades of the squared shortfall (Sortino & van der Meer 1991)."""
    if not returns:
        return None
    return math.sqrt(math.fsum(min(r - target, 0.0) ** 2 for r in returns) / len(returns))


def sortino(returns: Sequence[float], target: float = 0.0) -> Stat:
    """Mean excess over the downside deviation; None without a shortfall."""
    deviation = downside_deviation(returns, target)
    n = len(returns)
    if deviation is None or deviation < SD_MIN:
        return Stat.none(n, "no trade fell short of the target" if n else "no trades")
    return Stat((math.fsum(returns) / n - target) / deviation, n)


def win_rate(pnls: Sequence[float]) -> Stat:
    """Share of trades that earned more than 0, with Wilson's 95 % interval."""
    wins, n = sum(p > 0 for p in pnls), len(pnls)
    ends = wilson(wins, n)
    return Stat(wins / n, n, *ends) if ends else Stat.none(0, "no trades")


def profit_factor(pnls: Sequence[float]) -> Stat:
    """Gross profit over gross loss; None without a loss, because infinity is no figure."""
    loss = -math.fsum(p for p in pnls if p < 0)
    if loss <= 0:
        return Stat.none(len(pnls), "no losses" if pnls else "no trades")
    return Stat(math.fsum(p for p in pnls if p > 0) / loss, len(pnls))


def expectancy(pnls: Sequence[float]) -> Stat:
    """Mean P&L a trade with its 95 % interval."""
    m = moments(pnls)
    if m.mean is None:
        return Stat.none(0, "no trades")
    reach = None if m.sd is None else Z_975 * m.sd / math.sqrt(m.n)
    return Stat(m.mean, m.n) if reach is None else Stat(m.mean, m.n, m.mean - reach, m.mean + reach)


def average_win(pnls: Sequence[float]) -> Stat:
    """Mean of what the winners earned."""
    wins = [p for p in pnls if p > 0]
    return Stat(math.fsum(wins) / len(wins), len(wins)) if wins else Stat.none(0, "no wins")


def average_loss(pnls: Sequence[float]) -> Stat:
    """Mean of the rest, signed; a trade that earned 0 counts among the losses."""
    losses = [p for p in pnls if p <= 0]
    return Stat(math.fsum(losses) / len(losses), len(losses)) if losses else Stat.none(0, "no losses")


def payoff(pnls: Sequence[float]) -> Stat:
    """Mean win over mean loss, as a positive number."""
    win, loss = average_win(pnls), average_loss(pnls)
    if win.value is None or not loss.value:
        return Stat.none(len(pnls), "needs a win and a loss")
    return Stat(win.value / -loss.value, len(pnls))


def value_at_risk(returns: Sequence[float], level: float = 0.95) -> Stat:
    """The (1 − level) quantile of returns, interpolated at (n − 1)(1 − level); negative is a loss."""
    if not returns:
        return Stat.none(0, "no trades")
    ordered = sorted(returns)
    at = (len(ordered) - 1) * (1 - level)
    low = min(int(at), len(ordered) - 1)
    high = min(low + 1, len(ordered) - 1)
    return Stat(ordered[low] + (at - low) * (ordered[high] - ordered[low]), len(ordered))


def expected_shortfall(returns: Sequence[float], level: float = 0.95) -> Stat:
    """Mean of the returns at or below the value at risk."""
    limit = value_at_risk(returns, level).value
    if limit is None:
        return Stat.none(0, "no trades")
    tail = [r for r in returns if r <= limit]
    return Stat(math.fsum(tail) / len(tail), len(returns)) if tail else Stat(limit, len(returns))


def usable(trades: Sequence[Trade]) -> list[Trade]:
    """The trades that have a return, in order of close; one without cost has none."""
    return sorted((t for t in trades if t.cost_e10 > 0), key=lambda t: t.closed_ns)


def pnls_usd(trades: Sequence[Trade]) -> list[float]:
    """P&L of each trade in dollars."""
    return [usd(t.pnl_e10) for t in trades]
