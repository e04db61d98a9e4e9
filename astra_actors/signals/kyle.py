"""Kyle's lambda: how many points the mid moves for each share bought (methods §7.4)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

TRADES_MIN: Final = 30  # methods §7.4


@dataclass(frozen=True, slots=True, kw_only=True)
class KyleFit:
    """Slope in points a share, standard error, t value, R²; `through_origin` is the slope without intercept."""

    slope: float
    standard_error: float | None
    t: float | None
    r2: float | None
    through_origin: float
    count: int


class KyleRegression:
    """Ordinary least squares of the move of the mid on signed volume, one pair at a time."""

    __slots__ = ("_cross", "_mean_x", "_mean_y", "_n", "_raw_cross", "_raw_xx", "_xx", "_yy")

    def __init__(self) -> None:
        self._n = 0
        self._mean_x = self._mean_y = self._xx = self._yy = self._cross = 0.0
        self._raw_xx = self._raw_cross = 0.0

    def add(self, signed_shares: float, move: float) -> None:
        """Take the signed volume of one stretch and the move of the mid over it, in points."""
        self._n += 1
        dx, dy = signed_shares - self._mean_x, move - self._mean_y
        self._mean_x += dx / self._n
        self._mean_y += dy / self._n
        # Welford's update: sums of squares of large, equal volumes would cancel away the slope.
        self._xx += dx * (signed_shares - self._mean_x)
        self._yy += dy * (move - self._mean_y)
        self._cross += dx * (move - self._mean_y)
        self._raw_xx += signed_shares * signed_shares
        self._raw_cross += signed_shares * move

    def fit(self, count_min: int = TRADES_MIN) -> KyleFit | None:
        """The regression so far; None with fewer than `count_min` pairs or when the volume never varied.

        Source: Kyle (1985).
        """
        if self._n < max(count_min, 2) or self._xx <= 0.0:
            return None
        slope = self._cross / self._xx
        residual = max(self._yy - slope * self._cross, 0.0)
        error = math.sqrt(residual / (self._n - 2) / self._xx) if self._n > 2 else None
        return KyleFit(
            slope=slope,
            standard_error=error,
            t=slope / error if error else None,
            r2=1.0 - residual / self._yy if self._yy > 0.0 else None,
            through_origin=self._raw_cross / self._raw_xx,
            count=self._n,
        )


def kyle_lambda(signed_shares: Sequence[float], moves: Sequence[float], count_min: int = TRADES_MIN) -> KyleFit | None:
    """The regression over two sequences of equal length."""
    regression = KyleRegression()
    for shares, move in zip(signed_shares, moves, strict=True):
        regression.add(shares, move)
    return regression.fit(count_min)
