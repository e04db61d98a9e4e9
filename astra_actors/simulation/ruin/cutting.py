"""What the market cap leaves of a law's wins: as much as it leaves of its losses, for win and loss come from one stake.

A return does not say what was staked for it. A loss above the cap does: at least so much, and the cap would have cut that stake
and with it what it won elsewhere. Cutting losses alone would turn any record of large stakes into a gain.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from astra_actors.simulation.ruin.laws import Bets, Copula, Iid, Normal, ReturnLaw, Stationary

Floats = npt.NDArray[np.float64]

_GRID: Final = 10_000  # equally likely outcomes that stand for a normal law


def wins_kept(law: ReturnLaw, cap: float) -> float:
    """The mean loss with every loss cut to `cap` ÷ the mean loss as it is; 1 where no loss is larger than the cap."""
    losses = -np.minimum(_outcomes(law), 0.0)
    total = float(losses.sum())
    return float(np.minimum(losses, cap).sum()) / total if total > 0.0 else 1.0


def _outcomes(law: ReturnLaw) -> Floats:
    if isinstance(law, Iid | Stationary | Copula):
        return law.returns
    if isinstance(law, Bets):
        return np.array([-law.stake])
    if isinstance(law, Normal):
        drawn: Floats = np.maximum(law.mean + law.sd * ndtri((np.arange(_GRID) + 0.5) / _GRID), -1.0)
        return drawn
    return np.zeros(1)
