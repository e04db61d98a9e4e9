"""Forecasts in ten bins: promised against happened, and the exact parts of the binned Brier score (methods §10.2)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from astra_actors.metrics.brier import BINS, Outcomes, Probabilities, brier


@dataclass(frozen=True, slots=True, kw_only=True)
class Bin:
    """One row of a reliability table; an empty bin has no means."""

    low: float
    high: float
    n: int
    mean_p: float | None = None
    mean_y: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReliabilityTable:
    """BS = REL − RES + UNC + WBV − WBC (Stephenson, Coelho & Jolliffe 2008); ECE and MCE are mean and largest gap."""

    n: int
    bins: tuple[Bin, ...]
    score: float | None = None
    reliability: float | None = None
    resolution: float | None = None
    uncertainty: float | None = None
    within_variance: float | None = None
    within_covariance: float | None = None
    ece: float | None = None
    mce: float | None = None


def bin_of(p: float, bins: int = BINS) -> int:
    """The bin of a forecast: one on an edge goes up, 1.0 to the last. The edges are the doubles nearest k/10."""
    index = min(int(p * bins), bins - 1)
    if index + 1 < bins and p >= (index + 1) / bins:
        return index + 1
    return index - 1 if p < index / bins else index


def reliability_table(p: Probabilities, y: Outcomes, bins: int = BINS) -> ReliabilityTable:
    """The table with its parts; all None without forecasts."""
    whole = brier(p, y)
    members: list[list[tuple[float, int]]] = [[] for _ in range(bins)]
    for pi, yi in zip(p, y, strict=True):
        members[bin_of(pi, bins)].append((pi, yi))
    rows = tuple(_row(index, seen, bins) for index, seen in enumerate(members))
    if not whole.n:
        return ReliabilityTable(n=0, bins=rows)
    n, base = whole.n, math.fsum(y) / whole.n
    parts = [(r.n, r.mean_p, r.mean_y, seen) for r, seen in zip(rows, members, strict=True) if r.n]
    gaps = [(k, abs(mp - my)) for k, mp, my, _ in parts if mp is not None and my is not None]
    return ReliabilityTable(
        n=n,
        bins=rows,
        score=whole.score,
        reliability=math.fsum(k * gap**2 for k, gap in gaps) / n,
        resolution=math.fsum(r.n * (r.mean_y - base) ** 2 for r in rows if r.mean_y is not None) / n,
        uncertainty=base * (1 - base),
        within_variance=math.fsum((pi - mp) ** 2 for _, mp, _, seen in parts for pi, _ in seen if mp is not None) / n,
        within_covariance=2 * _covariance(parts) / n,
        ece=math.fsum(k * gap for k, gap in gaps) / n,
        mce=max(gap for _, gap in gaps),
    )


def _covariance(parts: Sequence[tuple[int, float | None, float | None, list[tuple[float, int]]]]) -> float:
    return math.fsum(
        (pi - mp) * (yi - my) for _, mp, my, seen in parts if mp is not None and my is not None for pi, yi in seen
    )


def _row(index: int, seen: list[tuple[float, int]], bins: int) -> Bin:
    low, high = index / bins, (index + 1) / bins
    if not seen:
        return Bin(low=low, high=high, n=0)
    n = len(seen)
    return Bin(
        low=low,
        high=high,
        n=n,
        mean_p=math.fsum(p for p, _ in seen) / n,
        mean_y=math.fsum(y for _, y in seen) / n,
    )
