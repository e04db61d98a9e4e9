"""What a sample of markouts says: means, and whether we lose to those who trade with us (methods §7.5)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from scipy.special import stdtr


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkoutStatistics:
    """Means in points. `p` is the chance of a mean this low if the true one were 0; None with too few fills."""

    count: int
    mean: float
    weighted_mean: float  # by size
    adverse_selection: float | None  # mean of what was earned at the fill less the markout
    t: float | None
    p: float | None


def markout_statistics(
    points: Sequence[float], sizes: Sequence[float], earned: Sequence[float] | None = None
) -> MarkoutStatistics | None:
    """Summarise one horizon; None without fills or without size. The sequences run in parallel."""
    count, weight = len(points), math.fsum(sizes)
    if count == 0 or weight <= 0.0:
        return None
    mean = math.fsum(points) / count
    t, p = _one_sided(points, mean)
    return MarkoutStatistics(
        count=count,
        mean=mean,
        weighted_mean=math.fsum(x * size for x, size in zip(points, sizes, strict=True)) / weight,
        adverse_selection=None if earned is None else _mean_gap(earned, points),
        t=t,
        p=p,
    )


def _mean_gap(earned: Sequence[float], points: Sequence[float]) -> float:
    return math.fsum(at_fill - later for at_fill, later in zip(earned, points, strict=True)) / len(points)


def _one_sided(points: Sequence[float], mean: float) -> tuple[float | None, float | None]:
    """Student's t for "mean < 0"; none with one fill or with fills that all agree."""
    count = len(points)
    spread = math.fsum((x - mean) ** 2 for x in points)
    if count < 2 or spread <= 0.0:
        return None, None
    t = mean / math.sqrt(spread / (count - 1) / count)
    return t, float(stdtr(count - 1, t))
