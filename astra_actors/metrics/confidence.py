"""How sure a figure is: intervals of Sharpe ratios and win rates, and the trades a claim needs (methods §9.2–9.12)."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.special import ndtr, ndtri

from astra_actors.kernel.errors import BadInput

Z_95: Final = float(ndtri(0.95))
Z_975: Final = float(ndtri(0.975))
EULER_GAMMA: Final = 0.5772156649015329


@dataclass(frozen=True, slots=True, kw_only=True)
class BinaryBet:
    """The law of one binary bet bought at `cost` with win probability `q` (methods §9.5)."""

    sharpe: float
    skewness: float
    kurtosis: float


def wilson(wins: int, n: int, z: float = Z_975) -> tuple[float, float] | None:
    """Wilson's (1927) interval of a proportion; None without trials.

    Examples
    --------
    >>> low, high = wilson(114, 200)
    >>> round(low, 6), round(high, 6)
    (0.500705, 0.636657)
    """
    if n == 0:
        return None
    if not 0 <= wins <= n:
        raise BadInput("wins", wins, f"give a count from 0 to n, here {n}")
    return _wilson_at(wins / n, n, z)


def wins_needed(n: int, level: float = 0.5) -> int | None:
    """The fewest wins out of n whose lower Wilson bound is above `level`; None if not even n are enough."""
    return next((wins for wins in range(n + 1) if n and _wilson_at(wins / n, n, Z_975)[0] > level), None)


def trades_for_win_rate(rate: float, level: float = 0.5) -> int:
    """The fewest trades, in whole wins of at least this rate, whose lower Wilson bound is above `level`."""
    if not level < rate <= 1:
        raise BadInput("rate", rate, f"only a rate above {level} is ever shown to be above it")
    n = 1
    while _wilson_at(math.ceil(rate * n - 1e-9) / n, n, Z_975)[0] <= level:  # 0.52 × 50 is 26, whatever the float says
        n += 1
    return n


def sharpe_variance(sharpe: float, skewness: float = 0.0, kurtosis: float = 3.0) -> float:
    """V of SE = √(V/n) (Mertens 2002; Opdyke 2007): 1 + SR²/2 − γ₃SR + (γ₄ − 3)SR²/4.

    With the defaults it is Lo's (2002) normal form, which is too low for negatively skewed trades.
    """
    return 1 + sharpe**2 / 2 - skewness * sharpe + (kurtosis - 3) * sharpe**2 / 4


def sharpe_se(sharpe: float, n: int, skewness: float = 0.0, kurtosis: float = 3.0) -> float:
    """Standard error of a per-trade Sharpe ratio."""
    return math.sqrt(max(sharpe_variance(sharpe, skewness, kurtosis), 0.0) / n)


def probabilistic_sharpe(
    sharpe: float, n: int, skewness: float, kurtosis: float, benchmark: float = 0.0
) -> float | None:
    """PSR: the chance that the true Sharpe ratio is above the benchmark (Bailey & López de Prado 2012)."""
    spread = _psr_spread(sharpe, skewness, kurtosis)
    if n < 2 or spread <= 0:
        return None
    return float(ndtr((sharpe - benchmark) * math.sqrt(n - 1) / math.sqrt(spread)))


def min_track_record(
    sharpe: float, skewness: float, kurtosis: float, benchmark: float = 0.0, z: float = Z_95
) -> float | None:
    """MinTRL: the trades after which PSR reaches the level of z; None at or below the benchmark."""
    if sharpe <= benchmark:
        return None
    return 1 + _psr_spread(sharpe, skewness, kurtosis) * (z / (sharpe - benchmark)) ** 2


def trades_for_width(width: float, sharpe: float, skewness: float = 0.0, kurtosis: float = 3.0) -> int:
    """Trades until the 95 % interval of a per-trade Sharpe ratio is no wider than `width`, end to end."""
    if width <= 0:
        raise BadInput("width", width, "give the full width of the interval, above 0")
    return math.ceil(4 * Z_975**2 * sharpe_variance(sharpe, skewness, kurtosis) / width**2)


def trades_until_positive(sharpe: float, skewness: float = 0.0, kurtosis: float = 3.0) -> int | None:
    """Trades until the lower 95 % bound of this Sharpe ratio is above 0; None when it never is."""
    if sharpe <= 0:
        return None
    return math.floor(Z_975**2 * sharpe_variance(sharpe, skewness, kurtosis) / sharpe**2) + 1


def expected_best_sharpe(trials: int, variance: float) -> float:
    """SR*: the best ratio that luck alone gives among `trials` configurations, the discarded ones counted."""
    if trials < 2:
        return 0.0
    luck = (1 - EULER_GAMMA) * ndtri(1 - 1 / trials) + EULER_GAMMA * ndtri(1 - 1 / (trials * math.e))
    return math.sqrt(variance) * float(luck)


def binary_bet(q: float, cost: float) -> BinaryBet:
    """Sharpe ratio and shape of one bet; break-even is q = cost, whatever the win rate (methods §9.5)."""
    if not (0 < q < 1 and 0 < cost < 1):
        raise BadInput("q, cost", (q, cost), "both lie strictly between 0 and 1")
    spread = q * (1 - q)
    return BinaryBet(
        sharpe=(q - cost) / math.sqrt(spread), skewness=(1 - 2 * q) / math.sqrt(spread), kurtosis=1 / spread - 3
    )


def annual_sharpe_ar1(sharpe: float, trades_per_year: int, rho: float) -> float:
    """Annual Sharpe ratio of serially dependent trades: SR·N/√(N + 2Σ(N − k)ρᵏ) (Lo 2002)."""
    if not -1 < rho < 1:
        raise BadInput("rho", rho, "an autocorrelation lies strictly between −1 and 1")
    total, power = 0.0, rho
    for k in range(1, trades_per_year):
        total += (trades_per_year - k) * power
        power *= rho
        if abs(power) < 1e-18:  # what follows cannot reach the last digit
            break
    return sharpe * trades_per_year / math.sqrt(trades_per_year + 2 * total)


def years_for_bound(sharpe: float, bound: float) -> float:
    """Years of trading until an annual Sharpe ratio has this lower 95 % bound; its SE is 1/√years (methods §9.12)."""
    if sharpe <= bound:
        raise BadInput("bound", bound, f"a ratio of {sharpe} never shows a bound at or above itself")
    return (Z_975 / (sharpe - bound)) ** 2


def years_for_width(width: float) -> float:
    """Years of trading until the 95 % interval of an annual Sharpe ratio is this wide."""
    return (2 * Z_975 / width) ** 2


def sharpe_for_bound(bound: float, days: float) -> float:
    """The annual Sharpe ratio that `days` of trading must show for this lower 95 % bound."""
    return bound + Z_975 / math.sqrt(days / 365)


def block_interval(
    values: Sequence[float],
    blocks: Sequence[Hashable],
    statistic: Callable[[np.ndarray], float],
    *,
    rng: np.random.Generator,
    draws: int = 2_000,
) -> tuple[float, float] | None:
    """95 % percentile interval with whole blocks drawn again: trades of one event are one bet (methods §9.11).

    None with fewer than ten blocks, or where the statistic is undefined in the draws.
    """
    groups: dict[Hashable, list[float]] = {}
    for value, block in zip(values, blocks, strict=True):
        groups.setdefault(block, []).append(value)
    parts = [np.asarray(group) for group in groups.values()]
    if len(parts) < 10:
        return None
    picks = rng.integers(0, len(parts), size=(draws, len(parts)))
    seen = np.asarray([statistic(np.concatenate([parts[i] for i in row])) for row in picks])
    seen = seen[np.isfinite(seen)]
    if len(seen) < draws // 2:
        return None
    low, high = np.quantile(seen, (0.025, 0.975))
    return float(low), float(high)


def _wilson_at(rate: float, n: int, z: float) -> tuple[float, float]:
    centre = rate + z * z / (2 * n)
    reach = z * math.sqrt(rate * (1 - rate) / n + z * z / (4 * n * n))
    scale = 1 + z * z / n
    return max(0.0, (centre - reach) / scale), min(1.0, (centre + reach) / scale)


def _psr_spread(sharpe: float, skewness: float, kurtosis: float) -> float:
    return 1 - skewness * sharpe + (kurtosis - 1) * sharpe**2 / 4
