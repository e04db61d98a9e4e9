"""Where a price will stand at one time: geometric Brownian motion against a level (methods §3.1, §3.2, §3.7).

S spot, K level, T in years of 365.25 days, σ a year, μ the drift of the price (0: the price is a martingale). What is
asked is Φ(d₂); Φ(d₁) belongs to the share measure and is never the answer.
"""

from __future__ import annotations

import math
from typing import Final

from scipy.special import stdtr

from astra_actors.kernel.errors import BadInput

DEVIATION_MIN: Final = 1e-12  # below it σ√T is no randomness at all, only a division by nothing
_ROOT_HALF: Final = math.sqrt(0.5)


def phi(x: float) -> float:
    """The normal law Φ, exact in both tails."""
    return 0.5 * math.erfc(-x * _ROOT_HALF)


def d2(spot: float, level: float, years: float, sigma: float, drift: float = 0.0) -> float:
    """How many deviations the level lies below where ln S is heading; ±∞ where nothing is random any more."""
    checked(spot, level, years, sigma)
    gap = math.log(spot / level) + (drift - 0.5 * sigma * sigma) * years
    deviation = sigma * math.sqrt(years)
    if deviation < DEVIATION_MIN:
        return math.inf if gap >= 0 else -math.inf
    return gap / deviation


def close_above(spot: float, level: float, years: float, sigma: float, drift: float = 0.0) -> float:
    """P(S_T > K)."""
    return phi(d2(spot, level, years, sigma, drift))


def close_between(spot: float, low: float, high: float, years: float, sigma: float, drift: float = 0.0) -> float:
    """P(low ≤ S_T ≤ high)."""
    return close_above(spot, low, years, sigma, drift) - close_above(spot, high, years, sigma, drift)


def close_above_t(
    spot: float, level: float, years: float, sigma: float, drift: float = 0.0, *, df: float = 4.0
) -> float:
    """P(S_T > K) with Student-t log returns of the same variance: fatter tails, same location."""
    if df <= 2:
        raise BadInput("df", df, "a Student-t law has a variance only above 2 degrees of freedom")
    return t_above(d2(spot, level, years, sigma, drift), df)


def t_above(distance: float, df: float) -> float:
    """The Student-t answer to a distance d₂ measured in deviations."""
    return float(stdtr(df, distance * math.sqrt(df / (df - 2))))


def checked(spot: float, level: float, years: float, sigma: float) -> None:
    """Refuse what lies outside the model's domain; NaN fails every comparison and is refused with it."""
    if not (0 < spot < math.inf and 0 < level < math.inf):
        raise BadInput("spot, level", (spot, level), "prices are positive and finite")
    if not (0 <= years < math.inf and 0 < sigma < math.inf):
        raise BadInput("years, sigma", (years, sigma), "time is not negative, and a volatility is positive and finite")
