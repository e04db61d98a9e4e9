"""Fill intensity learned from what filled and what did not: by distance to mid, and by covariates (methods §6.7)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log, log1p, sqrt

import numpy as np
from numpy.typing import NDArray
from scipy import special

from astra_actors.kernel.errors import BadInput

_Floats = NDArray[np.float64]
_STEPS_MAX = 50  # Newton on a convex function: a handful of steps, or there is no maximum


@dataclass(frozen=True, slots=True)
class DistanceHazard:
    """Λ(δ) = A·e^(−kδ) fills a second at distance δ (points) from mid; k is the one of the quoting model."""

    a: float
    k: float
    se_ln_a: float
    se_k: float
    deviance: float

    def rate(self, distance_points: float) -> float:
        """Fills a second at this distance."""
        return self.a * exp(-self.k * distance_points)


def distance_hazard(
    distances_points: Sequence[float], fills: Sequence[int], exposures_s: Sequence[float]
) -> DistanceHazard | None:
    """Poisson regression of fill counts, log exposure as offset; None with fills at fewer than two distances."""
    if len({d for d, n in zip(distances_points, fills, strict=True) if n}) < 2:
        return None
    rows = np.column_stack([np.ones(len(fills)), -np.asarray(distances_points, dtype=np.float64)])
    counts, exposures = np.asarray(fills, dtype=np.float64), np.asarray(exposures_s, dtype=np.float64)
    beta, inverse = _poisson(rows, counts, exposures, ridge=0.0)
    expected = exposures * np.exp(rows @ beta)
    deviance = float(2.0 * np.sum(special.xlogy(counts, counts / expected) - (counts - expected)))
    ln_a, k = (float(b) for b in beta)
    return DistanceHazard(exp(ln_a), k, sqrt(float(inverse[0, 0])), sqrt(float(inverse[1, 1])), deviance)


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposure:
    """One order's time at its level: how long, whether it filled (else censored), and under what circumstances."""

    seconds: float
    filled: bool
    spread_points: float
    depth_ahead_shares: float
    to_close_s: float
    hour_utc: int

    def logs(self) -> tuple[float, float, float, float]:
        """The covariates as logs; the two that may be 0 are counted from 1."""
        if self.spread_points <= 0 or self.to_close_s <= 0:
            raise BadInput("exposure", self, "a spread and a time to close are positive while an order rests")
        return log(self.spread_points), log1p(self.depth_ahead_shares), log(self.to_close_s), log1p(self.hour_utc)


@dataclass(frozen=True, slots=True)
class ProportionalHazard:
    """ln h = b₀ + Σ bᵢ·covariateᵢ."""

    coefficients: tuple[float, ...]

    def rate(self, exposure: Exposure) -> float:
        """Fills a second under these circumstances."""
        first, *rest = self.coefficients
        return exp(first + sum(b * x for b, x in zip(rest, exposure.logs(), strict=True)))

    def log_likelihood(self, exposures: Sequence[Exposure]) -> float:
        """Σ filled·ln h − h·t over orders."""
        rated = ((self.rate(e), e) for e in exposures)
        return sum(log(h) * e.filled - h * e.seconds for h, e in rated)


def refit(
    train: Sequence[Exposure], held_out: Sequence[Exposure], incumbent: ProportionalHazard | None, ridge: float = 1.0
) -> ProportionalHazard | None:
    """A newly fitted model where it explains the held-out orders better than the present one, else the present one.

    Without a present one the bar is the constant hazard of the training orders. No fill to learn from changes nothing.
    """
    fills, seconds = sum(e.filled for e in train), sum(e.seconds for e in train)
    if not fills or seconds <= 0 or not held_out:
        return incumbent
    rows = np.array([(1.0, *e.logs()) for e in train])
    counts = np.array([float(e.filled) for e in train])
    beta, _ = _poisson(rows, counts, np.array([e.seconds for e in train]), ridge=ridge)
    challenger = ProportionalHazard(tuple(float(b) for b in beta))
    bar = incumbent or ProportionalHazard((log(fills / seconds), 0.0, 0.0, 0.0, 0.0))
    return challenger if challenger.log_likelihood(held_out) > bar.log_likelihood(held_out) else incumbent


def _poisson(rows: _Floats, counts: _Floats, exposures: _Floats, *, ridge: float) -> tuple[_Floats, _Floats]:
    """Maximum of the penalised Poisson likelihood by Newton, and the inverse information; the intercept is free."""
    penalty = np.diag([0.0, *([ridge] * (rows.shape[1] - 1))])
    beta = np.zeros(rows.shape[1])
    beta[0] = log(counts.sum() / exposures.sum())
    value = _objective(rows, counts, exposures, beta, penalty)
    inverse: _Floats = np.eye(len(beta))
    for _ in range(_STEPS_MAX):
        expected = exposures * np.exp(rows @ beta)
        inverse = np.asarray(np.linalg.pinv(rows.T @ (rows * expected[:, None]) + penalty), dtype=np.float64)
        step = inverse @ (rows.T @ (counts - expected) - penalty @ beta)
        shorter = 1.0
        while (after := _objective(rows, counts, exposures, beta + shorter * step, penalty)) < value and shorter > 1e-9:
            shorter /= 2.0  # a full step may overshoot where the exponential is steep
        beta, value = beta + shorter * step, after
        if float(np.max(np.abs(step))) < 1e-12 * (1.0 + float(np.max(np.abs(beta)))):
            break
    return beta, inverse


def _objective(rows: _Floats, counts: _Floats, exposures: _Floats, beta: _Floats, penalty: _Floats) -> float:
    eta = rows @ beta
    with np.errstate(over="ignore"):  # an overshooting step may reach infinity; it loses against any finite value
        return float(counts @ eta - np.sum(exposures * np.exp(eta)) - 0.5 * beta @ penalty @ beta)
