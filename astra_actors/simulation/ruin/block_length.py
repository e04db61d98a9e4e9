"""How long the blocks of a stationary bootstrap should be (Politis & White 2004; Patton, Politis & White 2009)."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

_SIGNIFICANT = 2.0  # c of the rule: an autocorrelation below c·√(log10 n ÷ n) is noise


def automatic_block(record: Floats) -> float:
    """The mean block length that fits the record's own dependence; 1 for a record without any.

    >>> automatic_block(np.array([1.0, -1.0, 1.0, 1.0, -1.0, -1.0, 1.0, -1.0]))
    1.0
    """
    count = len(record)
    reach = max(5, math.isqrt(math.ceil(math.log10(count))))  # K of the rule: how many in a row must be noise
    lags_max = min(count - 1, math.ceil(math.sqrt(count)) + reach)
    bound = _SIGNIFICANT * math.sqrt(math.log10(count) / count)
    correlation = autocovariances(record, lags_max) / max(float(np.var(record)), 1e-300)
    lag = _last_significant(correlation, bound, reach)
    if lag == 0:
        return 1.0
    window = min(2 * lag, lags_max)
    lags = np.arange(-window, window + 1)
    cov = autocovariances(record, window)[np.abs(lags)] * _flat_top(np.abs(lags) / window)
    return optimal_block(g=float(np.sum(np.abs(lags) * cov)), d=2.0 * float(np.sum(cov)) ** 2, count=count)


def optimal_block(*, g: float, d: float, count: int) -> float:
    """(2g² ÷ d)^⅓ · n^⅓, at least 1 and at most 3√n or n/3 as the rule has it. `d` is 2·(spectrum at 0)²."""
    if d <= 0.0:
        return 1.0
    longest = max(1.0, min(math.ceil(3.0 * math.sqrt(count)), count / 3.0))
    return float(min(max(1.0, (2.0 * g * g / d * count) ** (1.0 / 3.0)), longest))


def autocovariances(record: Floats, lags_max: int) -> Floats:
    """R_0 … R_lags with divisor n."""
    centred = record - record.mean()
    return np.array([float(centred[: len(centred) - lag] @ centred[lag:]) for lag in range(lags_max + 1)]) / len(record)


def _last_significant(correlation: Floats, bound: float, reach: int) -> int:
    """The lag after which `reach` in a row are noise; the last significant one where there is no such stretch."""
    loud = np.abs(correlation[1:]) > bound
    for lag in range(len(loud) - reach + 1):
        if not loud[lag : lag + reach].any():
            return lag
    last = np.flatnonzero(loud)
    return int(last[-1]) + 1 if len(last) else 0


def _flat_top(distance: Floats) -> Floats:
    """1 up to one half, then falling to 0 at 1."""
    return np.clip(2.0 * (1.0 - distance), 0.0, 1.0)
