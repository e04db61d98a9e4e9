"""How likely a resting order fills in some time, as a rate a second: closed forms, the earlier model, and its estimate.

A chance per look depends on how often one looks; a hazard does not: rates here are per second (methods §6.2–6.7).
The paper venue does not draw from these: they are what its fill times, and later live ones, are compared with.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, expm1, inf, log, log1p, sqrt

import numpy as np
from scipy import linalg, special

from astra_actors.kernel.errors import BadInput

Z_975 = 1.959963984540054
EARLIER_BASE, EARLIER_CAP = 0.15, 0.70  # per look, as the earlier system had them
EARLIER_PARTIAL_CHANCE, EARLIER_PARTIAL_LEAST = 0.30, 0.20


def fill_probability(hazard_per_s: float, seconds: float) -> float:
    """P(fill in Δ) = 1 − e^(−hΔ)."""
    return -expm1(-hazard_per_s * seconds)


def hazard_of(probability: float, seconds: float) -> float:
    """The rate whose fill probability over `seconds` is this one; a certain fill has an infinite rate."""
    if not 0 <= probability <= 1:
        raise BadInput("probability", probability, "a probability lies in [0, 1]")
    return inf if probability == 1 else -log1p(-probability) / seconds


def queue_fill_probability(*, trades_per_s: float, seconds: float, ahead: int, cancels_per_s: float = 0.0) -> float:
    """P(unit trades at rate μ and cancels at rate θ for each order ahead reach us by t), `ahead` orders before us.

    Without cancels the count is Poisson; with them the wait is a sum of exponentials of rates μ+jθ, …, μ+θ, μ.
    """
    if cancels_per_s == 0:
        return float(special.pdtrc(ahead, trades_per_s * seconds))
    rates = np.array([trades_per_s + j * cancels_per_s for j in range(ahead, -1, -1)])
    moves = np.diag(-rates) + np.diag(rates[:-1], 1)
    return 1.0 - float(linalg.expm(moves * seconds)[0].sum())


def queue_mean_time_s(*, trades_per_s: float, ahead: int, cancels_per_s: float = 0.0) -> float:
    """The mean wait of the same race."""
    return sum(1.0 / (trades_per_s + j * cancels_per_s) for j in range(ahead + 1))


def earlier_time_factor(seconds: float) -> float:
    """0.2 + 0.35·ln max(1, t): 0.763, 1.390, 1.633, 1.876 at 5, 30, 60, 120 s (methods §19.3, 42)."""
    return 0.2 + 0.35 * log(max(1.0, seconds))


def earlier_probability(*, seconds: float, spread_points: float, distance_points: float, trades: int) -> float:
    """The earlier system's chance per look, kept to compare its numbers with ours."""
    spread = min(max(1.0 / (1.0 + 10.0 * spread_points), 0.5), 2.0)
    queue = max(0.5, 1.5 - 20.0 * distance_points)
    activity = min(1.5, 1.0 + trades / 200.0)
    return min(EARLIER_CAP, EARLIER_BASE * earlier_time_factor(seconds) * spread * queue * activity)


def earlier_mean_filled_fraction() -> float:
    """Three fills of ten were partial, uniform from a fifth to all of what was left."""
    return 1.0 - EARLIER_PARTIAL_CHANCE * (1.0 - (1.0 + EARLIER_PARTIAL_LEAST) / 2.0)


@dataclass(frozen=True, slots=True)
class HazardEstimate:
    """A constant hazard per second; `log_normal` and `se` are None without a fill."""

    rate: float
    se: float | None
    exact: tuple[float, float]
    log_normal: tuple[float, float] | None


def constant_hazard(fills: int, exposure_s: float) -> HazardEstimate | None:
    """ĥ = d/E with exact Poisson limits at 95 %; None without any exposure (methods §6.7).

    A cancel, an expiry, or the level moving away censors an order: its time counts, its fill does not.
    """
    if exposure_s <= 0:
        return None
    upper = float(special.gammaincinv(fills + 1, 0.975)) / exposure_s  # χ²(q; 2n)/2 is this inverse at n
    if fills == 0:
        return HazardEstimate(0.0, None, (0.0, upper), None)
    rate = fills / exposure_s
    width = exp(Z_975 / sqrt(fills))
    exact = (float(special.gammaincinv(fills, 0.025)) / exposure_s, upper)
    return HazardEstimate(rate, rate / sqrt(fills), exact, (rate / width, rate * width))
