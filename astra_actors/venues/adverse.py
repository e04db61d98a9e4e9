"""How far the fair value moves against a maker after a fill: a mark, never a price paid (methods §6.6)."""

from __future__ import annotations

from math import log1p

from astra_actors.kernel.rng import unit
from astra_actors.kernel.units import PRICE_ONE_E4
from astra_actors.venues.paper_params import PaperParams


def adverse_mean_e4(spread_e4: float | None, params: PaperParams) -> float:
    """mean·(1 + extra·max(0, 1 − s/s₀)): the tighter the spread, the better informed who crossed it.

    An unknown spread counts as none, the dearest reading.
    """
    spread_points = 0.0 if spread_e4 is None else spread_e4 / PRICE_ONE_E4
    tightness = max(0.0, 1.0 - spread_points / params.adverse_spread_points)
    return params.adverse_mean_e4 * (1.0 + params.adverse_tight_extra * tightness)


def adverse_quantile_e4(spread_e4: float | None, u: float, params: PaperParams) -> float:
    """The u-quantile of the exponential move, u in [0, 1); positive is against us."""
    return -adverse_mean_e4(spread_e4, params) * log1p(-u)


def adverse_move_e4(seed: int, fill_id: str, spread_e4: float | None, params: PaperParams) -> float:
    """The move after one fill; it depends on the fill alone, so a replay books the same."""
    return adverse_quantile_e4(spread_e4, unit(seed, fill_id, "adverse"), params)
