"""Little data pulled towards what was believed before, and accepted changes kept small (methods §11.7)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from scipy.special import betaincinv

from astra_actors.kernel.errors import BadInput
from astra_actors.kernel.units import NS_PER_DAY

CHANGE_MAX: Final = 0.30  # of the default: a learned parameter further away is a bug or a regime, and a person looks
EXPIRES_NS: Final = 30 * NS_PER_DAY  # a month later the world is another


@dataclass(frozen=True, slots=True)
class Shrunk:
    """A posterior: its mean, its spread or 95 % interval, and how much of it the data are."""

    mean: float
    data_weight: float
    sd: float | None = None
    interval: tuple[float, float] | None = None


def shrunk_rate(wins: int, n: int, *, alpha: float, beta: float) -> Shrunk:
    """A rate under a Beta(α, β) prior: (α + k) ÷ (α + β + n), with its 95 % interval."""
    if not 0 <= wins <= n or alpha <= 0.0 or beta <= 0.0:
        raise BadInput("wins, n, alpha, beta", (wins, n, alpha, beta), "give 0 ≤ wins ≤ n and a proper prior")
    a, b = alpha + wins, beta + n - wins
    low, high = (float(betaincinv(a, b, q)) for q in (0.025, 0.975))
    return Shrunk(mean=a / (a + b), data_weight=n / (alpha + beta + n), interval=(low, high))


def shrunk_mean(mean: float, n: int, *, noise_sd: float, prior_mean: float, prior_sd: float) -> Shrunk:
    """A mean of n with known noise under a normal prior; taking the data in one by one gives the same."""
    if n < 0 or noise_sd <= 0.0 or prior_sd <= 0.0:
        raise BadInput("n, noise_sd, prior_sd", (n, noise_sd, prior_sd), "give n ≥ 0 and spreads above 0")
    before, data = 1.0 / prior_sd**2, n / noise_sd**2
    return Shrunk(
        mean=(prior_mean * before + mean * data) / (before + data),
        data_weight=data / (before + data),
        sd=1.0 / math.sqrt(before + data),
    )


def bounded(learned: float, default: float) -> float:
    """The learned value, no further from the default than ±30 % of it."""
    reach = CHANGE_MAX * abs(default)
    return min(max(learned, default - reach), default + reach)


def in_force(accepted_ns: int, now_ns: int) -> bool:
    """Whether an accepted change still holds."""
    return 0 <= now_ns - accepted_ns < EXPIRES_NS
