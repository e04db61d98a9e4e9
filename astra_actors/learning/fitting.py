"""Fitting a map to outcomes: maximum likelihood by Newton's method, and pooling of adjacent violators (methods §11.1–11.4)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.special import expit

from astra_actors.learning.maps import (
    Beta,
    CalibrationMap,
    Floats,
    Isotonic,
    Platt,
    Temperature,
    clipped,
    logits,
    paired,
)

# Outcomes in training before a family may be fitted: it has as many ways to be wrong as it has parameters.
NEEDED: Final[Mapping[str, int]] = MappingProxyType({"platt": 50, "temperature": 50, "beta": 150, "isotonic": 300})

PULL: Final = 1.0 / 4.0  # towards identity: a normal prior of variance 4 on a − 1 and b, so that nothing separates
_STEPS, _SMALL, _HALVINGS = 100, 1e-13, 60

Record = Sequence[float] | Floats


def fit(method: str, p: Record, y: Record) -> CalibrationMap:
    """The map of a family as Astra fits it."""
    return FITS[method](p, y)


def fit_platt(p: Record, y: Record, *, pull: float = PULL, smooth: bool = False) -> Platt:
    """a and b; `pull` 0 is plain maximum likelihood, `smooth` takes Platt's own targets in the place of 0 and 1."""
    said, came = paired(p, y)
    if smooth:
        wins = came.sum()
        came = np.where(came > 0.5, (wins + 1.0) / (wins + 2.0), 1.0 / (len(came) - wins + 2.0))
    columns = np.column_stack([logits(said), np.ones(len(said))])
    a, b = _logistic(columns, came, centre=np.array([1.0, 0.0]), pull=pull)
    return Platt(float(a), float(b))


def fit_temperature(p: Record, y: Record) -> Temperature:
    """t > 0; a record that would turn every favourite round gets the mildest forecaster there is."""
    said, came = paired(p, y)
    (slope,) = _logistic(logits(said)[:, None], came, centre=np.array([1.0]), pull=0.0)
    return Temperature(1.0 / max(float(slope), 1e-3))


def fit_beta(p: Record, y: Record) -> Beta:
    """a, b ≥ 0 and c; one that comes out negative is set to 0, and the rest is fitted again."""
    said, came = paired(p, y)
    inner = clipped(said)
    columns = np.column_stack([np.log(inner), -np.log1p(-inner), np.ones(len(inner))])
    free = [0, 1, 2]
    while True:
        values = np.zeros(3)
        values[free] = _logistic(columns[:, free], came, centre=np.ones(3)[free] * (np.array(free) < 2), pull=0.0)
        negative = [place for place in free if place < 2 and values[place] < 0.0]
        if not negative:
            return Beta(*(float(value) for value in values))
        free.remove(min(negative, key=lambda place: values[place]))


def fit_isotonic(p: Record, y: Record) -> Isotonic:
    """Pool adjacent violators in order of p; the map runs through the pooled means."""
    said, came = paired(p, y)
    points, inverse = np.unique(said, return_inverse=True)
    weight = np.bincount(inverse).astype(np.float64)
    blocks: list[list[float]] = []  # mean, weight, how many points
    for mean, count in zip(np.bincount(inverse, weights=came) / weight, weight, strict=True):
        blocks.append([float(mean), float(count), 1.0])
        while len(blocks) > 1 and blocks[-2][0] >= blocks[-1][0]:
            mean_b, weight_b, points_b = blocks.pop()
            mean_a, weight_a, points_a = blocks[-1]
            total = weight_a + weight_b
            blocks[-1] = [(mean_a * weight_a + mean_b * weight_b) / total, total, points_a + points_b]
    meant = np.repeat([block[0] for block in blocks], [int(block[2]) for block in blocks])
    return Isotonic(tuple(map(float, points)), tuple(map(float, meant)), 1.0 / (2.0 * len(said)))


FITS: Final[Mapping[str, Callable[[Record, Record], CalibrationMap]]] = MappingProxyType(
    {"platt": fit_platt, "temperature": fit_temperature, "beta": fit_beta, "isotonic": fit_isotonic}
)


def _logistic(columns: Floats, y: Floats, *, centre: Floats, pull: float) -> npt.NDArray[np.float64]:
    """Newton's method on −log likelihood + pull·|w − centre|²/2, each step halved until it helps; starts at the centre."""
    weights = centre.astype(np.float64)
    ridge = max(pull, 1e-12) * np.eye(len(weights))

    def loss(w: Floats) -> float:
        score = columns @ w
        away = w - centre
        return float(np.sum(np.logaddexp(0.0, score) - y * score) + 0.5 * pull * away @ away)

    for _ in range(_STEPS):
        q = expit(columns @ weights)
        slope = columns.T @ (q - y) + pull * (weights - centre)
        curve = columns.T @ (columns * (q * (1.0 - q))[:, None]) + ridge
        step = np.linalg.solve(curve, slope)
        size, before = 1.0, loss(weights)
        for _ in range(_HALVINGS):
            if loss(weights - size * step) <= before:
                break
            size /= 2.0
        weights = weights - size * step
        if np.max(np.abs(size * step)) < _SMALL * (1.0 + np.max(np.abs(weights))):
            break
    return weights
