"""How much a price moves in a year, from bars, with the interval that a finite sample leaves (methods §3.5)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from scipy.special import chdtri

from astra_actors.kernel.errors import BadInput

DAYS_A_YEAR: Final = 365  # bars count trading days of a market that never closes; model time has 365.25
PARKINSON_FACTOR: Final = 0.407332223  # variance of one bar's estimate, where close-to-close has 2


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar; a high or low that its own open or close contradicts is refused."""

    open: float
    high: float
    low: float
    close: float

    def __post_init__(self) -> None:
        if not 0 < self.low <= min(self.open, self.close) <= max(self.open, self.close) <= self.high < math.inf:
            raise BadInput("bar", self, "need 0 < low ≤ open, close ≤ high")


@dataclass(frozen=True, slots=True)
class SigmaRange:
    """A volatility with its interval; `n` returns made it, 0 for a value from the table."""

    sigma: float
    lo: float
    hi: float
    n: int


def log_returns(closes: Sequence[float]) -> list[float]:
    """ln(C_t / C_{t−1}), one fewer than closes."""
    return [math.log(b / a) for a, b in pairwise(closes)]


def close_to_close(returns: Sequence[float], per_year: float, *, zero_mean: bool = False) -> float:
    """Annual σ of log returns, as a sample (n − 1) or around zero (n)."""
    if len(returns) < (1 if zero_mean else 2):
        raise BadInput("returns", len(returns), "give at least one return, two where their mean is estimated")
    mean = 0.0 if zero_mean else math.fsum(returns) / len(returns)
    squares = math.fsum((r - mean) ** 2 for r in returns)
    return math.sqrt(per_year * squares / (len(returns) - (0 if zero_mean else 1)))


def ewma(returns: Sequence[float], per_year: float, *, decay: float = 0.94) -> float:
    """Annual σ with the past fading by `decay` a bar: v₁ = r₁², v_t = λ·v_{t−1} + (1 − λ)·r_t²."""
    if not returns:
        raise BadInput("returns", 0, "give at least one return")
    variance = returns[0] ** 2
    for r in returns[1:]:
        variance = decay * variance + (1 - decay) * r * r
    return math.sqrt(per_year * variance)


def parkinson(bars: Sequence[Bar], per_year: float) -> float:
    """Annual σ from the range of each bar (Parkinson 1980)."""
    return _annual([math.log(b.high / b.low) ** 2 / (4 * math.log(2)) for b in bars], per_year)


def garman_klass(bars: Sequence[Bar], per_year: float) -> float:
    """Annual σ from range and body (Garman & Klass 1980)."""
    body = 2 * math.log(2) - 1
    return _annual(
        [0.5 * math.log(b.high / b.low) ** 2 - body * math.log(b.close / b.open) ** 2 for b in bars], per_year
    )


def rogers_satchell(bars: Sequence[Bar], per_year: float) -> float:
    """Annual σ that a drift does not disturb (Rogers & Satchell 1991)."""
    return _annual(
        [
            math.log(b.high / b.close) * math.log(b.high / b.open)
            + math.log(b.low / b.close) * math.log(b.low / b.open)
            for b in bars
        ],
        per_year,
    )


def sigma_interval(sigma: float, n: float, *, confidence: float = 0.95) -> SigmaRange:
    """σ·√(n/χ²): what n returns leave open about the volatility they were drawn from."""
    if n < 1:
        raise BadInput("n", n, "an interval needs at least one return")
    tail = 0.5 * (1 - confidence)
    lo = sigma * math.sqrt(n / float(chdtri(n, tail)))
    hi = sigma * math.sqrt(n / float(chdtri(n, 1 - tail)))
    return SigmaRange(sigma, lo, hi, int(n))


def se_close(sigma: float, n: int) -> float:
    """Standard error of a close-to-close σ from n returns."""
    return sigma / math.sqrt(2 * n)


def se_parkinson(sigma: float, n: int) -> float:
    """Standard error of a range σ from n bars: less than half of the former."""
    return sigma * math.sqrt(PARKINSON_FACTOR / (4 * n))


def _annual(variances: Sequence[float], per_year: float) -> float:
    if not variances:
        raise BadInput("bars", 0, "give at least one bar")
    return math.sqrt(per_year * math.fsum(variances) / len(variances))
