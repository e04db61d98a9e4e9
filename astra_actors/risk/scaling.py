"""How far caps follow the spread of recent trade returns (methods §12.7)."""

from __future__ import annotations

import math
from collections.abc import Sequence

from astra_actors.risk.limits import RiskLimits


def volatility_scale(returns: Sequence[float], limits: RiskLimits) -> float:
    """The multiplier from the last trades' returns on equity; 1 while they are too few to say anything.

    >>> volatility_scale([0.01] * 29, RiskLimits())
    1.0
    """
    recent = returns[-limits.volatility_window :]
    if len(recent) < limits.volatility_window:
        return 1.0
    return scale_of(limits.volatility_target, sample_sd(recent), limits)


def scale_of(target: float, realised: float, limits: RiskLimits) -> float:
    """clip(σ_target ÷ σ_realised, 0.25, 1.5); returns without any spread scale nothing."""
    if realised == 0.0:
        return 1.0
    return min(max(target / realised, limits.scale_min), limits.scale_max)


def sample_sd(values: Sequence[float]) -> float:
    """Standard deviation with n − 1; equal values give exactly 0."""
    mean = math.fsum(values) / len(values)
    sd = math.sqrt(math.fsum((value - mean) ** 2 for value in values) / (len(values) - 1))
    return sd if sd >= 1e-12 else 0.0  # below that it is the rounding of the mean (methods §9.1)
