"""How far an aggressive exit would move the price: the square root of its share in what stands there (methods §6.4).

It prices taker-style exits and stress. A resting order moves nothing, so it never worsens a maker fill.
"""

from __future__ import annotations

from math import sqrt

from astra_actors.risk.veto import Refused, Veto
from astra_actors.venues.paper_params import PaperParams


def impact_points(
    *, size_shares: float, liquidity_shares: float | None, spread_points: float, params: PaperParams
) -> float | Refused:
    """min(K·√(size/liquidity), max(2·spread, floor)) in dollars a share, of the side the exit consumes (BUY: asks).

    Unknown or absent liquidity refuses the estimate: any number put in its place would be an invention.
    """
    if liquidity_shares is None or liquidity_shares <= 0:
        return Refused(Veto.DEPTH_TOO_THIN, liquidity_shares, 0.0, "shares", "no exit estimate without liquidity")
    return min(params.impact_k * sqrt(size_shares / liquidity_shares), impact_cap_points(spread_points, params))


def impact_cap_points(spread_points: float, params: PaperParams) -> float:
    """The most the law may say: twice the spread, and never less than the floor."""
    return max(2.0 * spread_points, params.impact_floor_points)
