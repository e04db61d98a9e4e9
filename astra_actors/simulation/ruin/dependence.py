"""How far trades of one cluster fall together: the copula's ρ from a record that names the cluster of each trade.

Returns become normal scores by their rank, which is what the one-factor copula sees; among those ρ is the correlation within
clusters, estimated by the analysis of variance (Searle 1971). The interval resamples whole clusters (Davison & Hinkley 1997).
Many equal returns share a rank and draw the estimate towards 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri
from scipy.stats import rankdata

from astra_actors.kernel.rng import stream
from astra_actors.simulation.ruin.laws import checked_returns

Floats = npt.NDArray[np.float64]

STATED: Final = 0.5  # where the record says nothing: half of the spread of an outcome is common
RESAMPLES: Final = 1_000
CLUSTERS_MIN: Final = 5  # with two trades or more: fewer say nothing about a spread between clusters


@dataclass(frozen=True, slots=True)
class Rho:
    """The correlation and where it comes from; an end of the interval is None where nothing was estimated."""

    value: float
    ci_low: float | None
    ci_high: float | None
    source: str

    def to_dict(self) -> dict[str, Any]:
        """The estimate as JSON holds it."""
        return {"value": self.value, "ci_low": self.ci_low, "ci_high": self.ci_high, "source": self.source}


def rho_of(returns: Sequence[float], clusters: Sequence[str], *, seed: int) -> Rho:
    """ρ with its 95 % interval from clustered trades, or the stated one and why. The same seed gives the same interval."""
    if not clusters:
        return Rho(STATED, None, None, f"rho {STATED} is stated: the record names no clusters")
    groups = _groups(ndtri((rankdata(checked_returns(returns)) - 0.5) / len(returns)), clusters)
    shared = sum(len(group) > 1 for group in groups)
    if shared < CLUSTERS_MIN:
        few = f"only {shared} clusters of the record have two trades or more"
        return Rho(STATED, None, None, f"rho {STATED} is stated: {few}")
    sums = np.array([(len(group), group.sum(), group @ group) for group in groups])
    dice = stream(seed, "rho")
    drawn = [_within(sums[dice.integers(0, len(sums), len(sums))]) for _ in range(RESAMPLES)]
    low, high = (float(np.quantile(drawn, q)) for q in (0.025, 0.975))
    value = _within(sums)
    said = f"rho {value:.3f} ({low:.3f} to {high:.3f}) from {len(returns)} trades in {len(groups)} clusters"
    return Rho(value, low, high, said)


def _groups(scores: Floats, clusters: Sequence[str]) -> list[Floats]:
    """Scores by cluster; a trade without one stands alone."""
    found: dict[str, list[float]] = {}
    for place, (score, name) in enumerate(zip(scores, clusters, strict=True)):
        found.setdefault(name or f"#{place}", []).append(float(score))
    return [np.array(values) for values in found.values()]


def _within(sums: Floats) -> float:
    """(MSB − MSW) ÷ (MSB + (n₀ − 1) MSW), held within 0 and 1; rows are (size, sum, sum of squares) of each cluster."""
    sizes, totals, squares = sums.T
    count, groups = sizes.sum(), len(sizes)
    if groups < 2 or count <= groups:
        return 0.0
    by_cluster = float((totals**2 / sizes).sum())
    between = (by_cluster - totals.sum() ** 2 / count) / (groups - 1)
    within = (squares.sum() - by_cluster) / (count - groups)
    typical = (count - (sizes**2).sum() / count) / (groups - 1)
    scale = between + (typical - 1.0) * within
    return float(min(1.0, max(0.0, (between - within) / scale))) if scale > 0.0 else 0.0
