"""Ruin too rare to be seen in ten thousand paths: sampled where it is common and weighed back (Siegmund 1976)."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq

from astra_actors.kernel.errors import BadInput

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class RareRuin:
    """The weighted estimate; `se` is of `p`, and `hits` is how many of the tilted paths were ruined."""

    p: float
    se: float
    hits: int
    paths: int
    tilt: float

    @property
    def relative_error(self) -> float | None:
        """se ÷ p, None where no path was ruined."""
        return self.se / self.p if self.p else None


def tilt_of(steps: Floats) -> float:
    """The θ < 0 with E e^{θX} = 1 of steps that rise on average; raises `BadInput` where there is none."""
    if steps.mean() <= 0.0:
        raise BadInput(
            "returns", f"mean step {steps.mean():.6g}", "rare ruin needs a record that gains: else ruin is common"
        )
    if steps.min() >= 0.0:
        raise BadInput("returns", "no losing trade", "ruin has probability 0 under a record that never loses")
    shift = float(np.abs(steps).max())

    def excess(theta: float) -> float:
        powers = theta * steps
        top = powers.max()
        return float(top + math.log(np.exp(powers - top).mean()))

    low, high = -1.0 / shift, -1e-9 / shift
    if excess(high) >= 0.0:
        return high  # it gains so little that the root lies between here and 0
    while excess(low) <= 0.0:
        low *= 2.0
    return float(brentq(excess, low, high, xtol=1e-15, rtol=1e-14))


def rare_ruin(steps: Floats, fall: float, *, trades: int, paths: int, dice: np.random.Generator) -> RareRuin:
    """P(a sum of `trades` steps, drawn from `steps`, ever falls to −`fall`); `steps` are log returns or units."""
    theta = tilt_of(steps)
    powers = np.exp(theta * steps - (theta * steps).max())
    levels = np.cumsum(powers / powers.sum())
    total, squares, hits = 0.0, 0.0, 0
    for first in range(0, paths, 500):
        count = min(500, paths - first)
        drawn = np.minimum(np.searchsorted(levels, dice.random((count, trades)), side="right"), len(steps) - 1)
        sums = np.cumsum(steps[drawn], axis=1)
        down = sums <= -fall + 1e-9 * fall
        hit = down.any(axis=1)
        at = down.argmax(axis=1)
        weights = np.where(hit, np.exp(-theta * sums[np.arange(count), at]), 0.0)
        total, squares, hits = total + weights.sum(), squares + float(weights @ weights), hits + int(hit.sum())
    mean = float(total) / paths
    variance = max(0.0, squares / paths - mean * mean)
    return RareRuin(p=mean, se=math.sqrt(variance / paths), hits=hits, paths=paths, tilt=theta)
