"""How good forecasts were: the Brier score with its parts, calibration, and skill against the market (methods §10).

A statistic without enough data is None; every result carries its n.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Final

from scipy.special import stdtr

from astra_actors.kernel.errors import BadInput

BINS: Final = 10
CLIP: Final = 1e-4  # a log score does not become infinite for one surprise

Probabilities = Sequence[float]
Outcomes = Sequence[int]  # 1 for YES, 0 for NO; a voided market is left out and counted by the caller


@dataclass(frozen=True, slots=True, kw_only=True)
class BrierScore:
    """Mean squared error with its standard error, and its exact parts by distinct forecast value (Murphy 1973)."""

    n: int
    score: float | None = None
    se: float | None = None
    reliability: float | None = None
    resolution: float | None = None
    uncertainty: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """What a calibrated forecaster would have scored, and how far the truth is from that (Spiegelhalter 1986)."""

    n: int
    expected: float | None = None
    z: float | None = None
    p_value: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Skill:
    """The score against the market's own at the same moments, and the paired test of the difference."""

    n: int
    clusters: int = 0
    market_score: float | None = None
    skill: float | None = None
    base_rate_skill: float | None = None
    mean_gain: float | None = None
    t: float | None = None
    p_value: float | None = None


def brier(p: Probabilities, y: Outcomes) -> BrierScore:
    """BS = mean (p − y)² = REL − RES + UNC.

    Examples
    --------
    >>> brier([0.8, 0.4], [1, 0]).score
    0.1
    """
    n = _paired(p, y)
    if n == 0:
        return BrierScore(n=0)
    errors = [(pi - yi) ** 2 for pi, yi in zip(p, y, strict=True)]
    base = math.fsum(y) / n
    groups: dict[float, list[int]] = {}
    for pi, yi in zip(p, y, strict=True):
        groups.setdefault(pi, []).append(yi)
    means = {value: math.fsum(seen) / len(seen) for value, seen in groups.items()}
    return BrierScore(
        n=n,
        score=math.fsum(errors) / n,
        se=_sd(errors) / math.sqrt(n) if n > 1 else None,
        reliability=math.fsum(len(seen) * (value - means[value]) ** 2 for value, seen in groups.items()) / n,
        resolution=math.fsum(len(seen) * (means[value] - base) ** 2 for value, seen in groups.items()) / n,
        uncertainty=base * (1 - base),
    )


def log_score(p: Probabilities, y: Outcomes) -> float | None:
    """−mean ln of the probability given to what happened, p clipped to [10⁻⁴, 1 − 10⁻⁴] (Good 1952)."""
    n = _paired(p, y)
    if n == 0:
        return None
    clipped = [min(max(pi, CLIP), 1 - CLIP) for pi in p]
    return -math.fsum(math.log(pi if yi else 1 - pi) for pi, yi in zip(clipped, y, strict=True)) / n


def calibration(p: Probabilities, y: Outcomes) -> Calibration:
    """Expected score mean p(1 − p), and Spiegelhalter's z; None where every forecast is certain or one half."""
    n = _paired(p, y)
    if n == 0:
        return Calibration(n=0)
    expected = math.fsum(pi * (1 - pi) for pi in p) / n
    spread = math.fsum((1 - 2 * pi) ** 2 * pi * (1 - pi) for pi in p)
    if spread <= 0:
        return Calibration(n=n, expected=expected)
    z = math.fsum((yi - pi) * (1 - 2 * pi) for pi, yi in zip(p, y, strict=True)) / math.sqrt(spread)
    return Calibration(n=n, expected=expected, z=z, p_value=math.erfc(abs(z) / math.sqrt(2)))


def skill(p: Probabilities, market: Probabilities, y: Outcomes, events: Sequence[Hashable] | None = None) -> Skill:
    """BSS = 1 − BS/BS_market, with a paired t on the gain in squared error, clustered by event when events repeat."""
    n = _paired(p, y)
    if n == 0:
        return Skill(n=0)
    _paired(market, y)
    ours = [(pi - yi) ** 2 for pi, yi in zip(p, y, strict=True)]
    theirs = [(mi - yi) ** 2 for mi, yi in zip(market, y, strict=True)]
    score, market_score, base = math.fsum(ours) / n, math.fsum(theirs) / n, math.fsum(y) / n
    gains = [b - a for a, b in zip(ours, theirs, strict=True)]
    clusters, t, p_value = _clustered_t(gains, events if events is not None else range(n))
    return Skill(
        n=n,
        clusters=clusters,
        market_score=market_score,
        skill=1 - score / market_score if market_score > 0 else None,
        base_rate_skill=1 - score / (base * (1 - base)) if 0 < base < 1 else None,
        mean_gain=math.fsum(gains) / n,
        t=t,
        p_value=p_value,
    )


def rolling_brier(p: Probabilities, y: Outcomes, k: int = 50) -> list[float]:
    """Mean score of each k neighbours in order of resolution; empty with fewer than k."""
    n = _paired(p, y)
    errors = [(pi - yi) ** 2 for pi, yi in zip(p, y, strict=True)]
    return [math.fsum(errors[i : i + k]) / k for i in range(n - k + 1)]


def overconfidence(p: Probabilities, y: Outcomes) -> float | None:
    """mean (p − y): above 0, YES was promised more often than it came."""
    n = _paired(p, y)
    return math.fsum(pi - yi for pi, yi in zip(p, y, strict=True)) / n if n else None


def _clustered_t(gains: Sequence[float], events: Sequence[Hashable]) -> tuple[int, float | None, float | None]:
    if len(events) != len(gains):
        raise BadInput("events", len(events), f"give one event a forecast, here {len(gains)}")
    n = len(gains)
    mean = math.fsum(gains) / n
    sums: dict[Hashable, float] = {}
    for event, gain in zip(events, gains, strict=True):
        sums[event] = sums.get(event, 0.0) + gain - mean
    count = len(sums)
    variance = math.fsum(s * s for s in sums.values()) * count / (count - 1) / n**2 if count > 1 else 0.0
    if variance <= 0:
        return count, None, None
    t = mean / math.sqrt(variance)
    return count, t, 2 * float(stdtr(count - 1, -abs(t)))


def _sd(values: Sequence[float]) -> float:
    mean = math.fsum(values) / len(values)
    return math.sqrt(math.fsum((v - mean) ** 2 for v in values) / (len(values) - 1))


def _paired(p: Probabilities, y: Outcomes) -> int:
    if len(p) != len(y):
        raise BadInput("p, y", (len(p), len(y)), "give one outcome a forecast")
    for pi in p:
        if not 0 <= pi <= 1:
            raise BadInput("p", pi, "a probability lies in [0, 1]")
    for yi in y:
        if yi not in (0, 1):
            raise BadInput("y", yi, "an outcome is 0 or 1; leave voided markets out")
    return len(p)
