"""The drawdown of Brownian motion with drift, exact: a yardstick for paths of many small trades (methods §13.6).

Sources: Taylor (1975); Magdon-Ismail, Atiya, Pratap & Abu-Mostafa (2004). The drawdown is a diffusion with drift −μ,
reflected at 0 and killed at h; its survival is a series over the eigenfunctions sin(θ(1 − x/h)) with tan θ = −θ/k,
k = −μh/σ². A walk that is looked at in steps falls short of these values by O(1/√n).
"""

from __future__ import annotations

import math
from collections.abc import Callable

from scipy.integrate import quad
from scipy.optimize import brentq

_TERMS = 400  # the exponent grows with the square of the number: far more than any horizon needs
_EDGE = 1e-9  # brackets stop this short of the poles of the tangent
_NEGLIGIBLE = 60.0  # e⁻⁶⁰
_STEEP = 200.0  # a fall this far against the drift: the chance is about e⁻²⁰⁰


def drawdown_beyond(h: float, *, drift: float, sd: float, horizon: float) -> float:
    """P(maximum drawdown > h) within `horizon`, for dX = drift dt + sd dW; all in units of one time unit."""
    if h <= 0.0:
        return 1.0
    k = -drift * h / sd**2
    if abs(k + 1.0) < 1e-9:
        k = -1.0 + 1e-9  # where the lowest eigenfunction is a straight line, its neighbours are as good
    rate = sd**2 / (2.0 * h * h)
    alive = 0.0
    if k < -_STEEP:
        return 0.0
    if k < -1.0:
        eta = _root(lambda x: math.tanh(x) + x / k, _EDGE, -k)
        gap = (k / math.cosh(eta)) ** 2  # k² − η² at the root, without the cancellation
        weight = eta * math.sinh(eta) / gap / (math.sinh(2.0 * eta) / (2.0 * eta) - 1.0)
        alive += 2.0 * math.exp(k) * weight * math.exp(-rate * gap * horizon)
    for number in range(_TERMS):
        theta = _angle(number, k)
        if theta is None:
            continue
        decay = rate * (theta * theta + k * k) * horizon
        if decay > _NEGLIGIBLE + abs(k):
            break
        weight = theta * math.sin(theta) / (k * k + theta * theta) / (1.0 - math.sin(2.0 * theta) / (2.0 * theta))
        alive += 2.0 * math.exp(k - decay) * weight
    return min(1.0, max(0.0, 1.0 - alive))


def expected_drawdown(*, drift: float, sd: float, horizon: float) -> float:
    """E[maximum drawdown] = ∫ P(drawdown > h) dh."""
    spread = sd * math.sqrt(horizon)
    longest = 12.0 * spread + max(0.0, -drift) * horizon * 2.0
    value, _ = quad(
        lambda h: drawdown_beyond(h, drift=drift, sd=sd, horizon=horizon), 0.0, longest, limit=400, epsabs=1e-11
    )
    return float(value)


def _angle(number: int, k: float) -> float | None:
    """The `number`-th root θ > 0 of tan θ = −θ/k."""
    if k == 0.0:
        return (number + 0.5) * math.pi
    if k > 0.0:
        low, high = (number + 0.5) * math.pi, (number + 1) * math.pi
    elif number == 0 and k <= -1.0:
        return None  # its place is taken by the hyperbolic one
    else:
        low, high = number * math.pi, (number + 0.5) * math.pi
    return _root(lambda x: k * math.sin(x) + x * math.cos(x), low + _EDGE, high - _EDGE)


def _root(function: Callable[[float], float], low: float, high: float) -> float:
    return float(brentq(function, low, high, xtol=1e-14, rtol=1e-14))
