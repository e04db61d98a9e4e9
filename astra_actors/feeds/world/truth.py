"""The true probability of YES at each step, and so the outcome: closed forms on spot, or latent Gaussian information.

Every path is a martingale and ends in 0 or 1. Trading never sees one: it is what tests and analyses compare with.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from astra_actors.feeds.world.spot import STEP_S
from astra_actors.kernel.units import YEAR_S

Path = NDArray[np.float64]

BETA = 0.582597158  # −ζ(½)/√(2π): how far a watched barrier lies beyond a continuous one (methods O3.3d)
_NODES = np.linspace(
    -6.0, 6.0, 49
)  # in units of the remaining deviation; the integrand is analytic, so this is exact to 1e-9


def close_above(spot: Path, level: float, sigma: float) -> Path:
    """P(S at the last step ≥ level) at each step of `spot`."""
    left = np.arange(len(spot) - 1, -1, -1) * (STEP_S / YEAR_S)
    deviation = sigma * np.sqrt(left[:-1])
    d2 = (np.log(spot[:-1] / level) - 0.5 * sigma * sigma * left[:-1]) / deviation
    return np.append(ndtr(d2), float(spot[-1] >= level))


def touch(spot: Path, level: float, sigma: float, *, up: bool) -> Path:
    """P(level reached at some step before the last), 1 from the step that reached it.

    The barrier is watched at steps only, so the continuous formula is asked for a barrier further away.
    """
    reached = np.maximum.accumulate(spot >= level) if up else np.maximum.accumulate(spot <= level)
    reached[-1] = reached[-2]  # "before" the closing moment
    steps_left = np.arange(len(spot) - 2, -2, -1)
    live = ~reached & (steps_left > 0)
    out = reached.astype(np.float64)
    time = steps_left[live] * (STEP_S / YEAR_S)
    away = np.log(level / spot[live]) if up else np.log(spot[live] / level)
    h = away + BETA * sigma * np.sqrt(STEP_S / YEAR_S)
    drift = -0.5 * sigma * sigma if up else 0.5 * sigma * sigma
    deviation = sigma * np.sqrt(time)
    reflected = np.exp(2 * drift * h / (sigma * sigma)) * ndtr((-h - drift * time) / deviation)
    out[live] = ndtr((-h + drift * time) / deviation) + reflected
    return np.minimum(out, 1.0)


def information(
    rng: np.random.Generator, steps: int, *, news: float, news_share: float, final_share: float, final_part: float
) -> Path:
    """The share of what decides a market that becomes known at each step: a slow stream, lumps of news, an end."""
    final_steps = max(1, round(steps * final_part))
    final = np.zeros(steps)
    final[-final_steps:] = 1.0 / final_steps
    lumps = np.zeros(steps)
    count = int(rng.poisson(news))
    if count:
        np.add.at(lumps, rng.integers(0, steps, count), rng.exponential(1.0, count))
        lumps *= news_share / lumps.sum()
    slow = np.full(steps, (1.0 - final_share - lumps.sum()) / steps)
    return np.asarray(slow + lumps + final_share * final)


def latent(rng: np.random.Generator, p0: float, known: Path) -> Path:
    """P(Z ends above 0) for a Gaussian Z that starts at Φ⁻¹(p0) and moves with the variance that becomes known."""
    z = ndtri(p0) + np.concatenate(([0.0], np.cumsum(rng.standard_normal(len(known)) * np.sqrt(known))))
    left = np.append(np.cumsum(known[::-1])[::-1], 0.0)
    return np.append(ndtr(z[:-1] / np.sqrt(left[:-1])), float(z[-1] > 0))


def race(rng: np.random.Generator, start: Path, known: Path) -> Path:
    """P(leg i ends highest) for independent Gaussian legs: one row a leg, and every column sums to 1."""
    legs, steps = len(start), len(known)
    moves = rng.standard_normal((legs, steps)) * np.sqrt(known)
    x = start[:, None] + np.concatenate((np.zeros((legs, 1)), np.cumsum(moves, axis=1)), axis=1)
    left = np.sqrt(np.cumsum(known[::-1])[::-1])
    scaled = x[:, :-1] / left
    scaled -= scaled.max(axis=0)
    out = np.zeros((legs, steps + 1))
    for node in _NODES:  # ∫ f_i Π F_j, with the leader at 0: below −6 the leader itself would have to fall that far
        at = node - scaled
        below = np.maximum(ndtr(at), 1e-300)
        out[:, :-1] += np.exp(-0.5 * at * at) / below * below.prod(axis=0)
    out[:, :-1] /= out[:, :-1].sum(axis=0)
    out[int(x[:, -1].argmax()), -1] = 1.0
    return out
