"""The expected-value gate: the lower bound of the edge after frictions, in points a share (methods §1.3)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from astra_actors.gates.params import EvParams
from astra_actors.kernel.units import PRICE_ONE_E4
from astra_actors.risk.veto import Veto

BOUNDS_SLACK: Final = 1e-9  # methods §1.3: what float arithmetic of an estimator may be off
ROUNDING: Final = 1e-12  # an edge equal to the threshold is refused, also when its last bit was rounded up


@dataclass(frozen=True, slots=True)
class EvResult:
    """The verdict with every term; terms are None when a veto came before any arithmetic, and no size is admissible."""

    ok: bool
    veto: Veto | None
    gross: float | None
    slip: float | None
    adverse: float | None
    resolution: float | None
    net_lb: float | None
    threshold: float
    size_limit_usd: float = 0.0
    fee: float = 0.0
    detail: str = ""


def expected_value(p: float, cost: float, void_p: float = 0.0) -> float:
    """EV of one share of a token that wins with probability `p`, bought at all-in `cost`; a void pays one half.

    >>> round(expected_value(0.62, 0.55, 0.03), 10)
    0.0664
    """
    return with_void(p, void_p) - cost


def return_on_cost(p: float, cost: float, void_p: float = 0.0) -> float:
    """EV of one share over what it costs."""
    return expected_value(p, cost, void_p) / cost


def with_void(p: float, void_p: float) -> float:
    """(1 − v)·p + v/2: expected payout when the market may be voided."""
    return (1.0 - void_p) * p + void_p / 2.0


def ev_gate(
    side_is_bid: bool,
    yes_price_e4: float,
    p: float,
    p_lo: float,
    p_hi: float,
    spread_points: float | None,
    size_usd: float,
    depth_usd: float | None,
    toxicity: float,
    rrs: float,
    void_p: float,
    params: EvParams,
    fee_points: float = 0.0,
) -> EvResult:
    """Judge one wish: a bid buys YES at its price, an ask buys NO at the complement. `p`s are of YES.

    `spread_points` is ask − bid, None with a one-sided book; `depth_usd` the side an exit would consume, None unknown.
    """
    assert isinstance(side_is_bid, bool), side_is_bid  # a truthy name of a side must not pass for a bid
    veto = _probability(p, p_lo, p_hi) or _price(yes_price_e4, fee_points) or _book(spread_points, depth_usd, params)
    veto = veto or _measures(toxicity, rrs, void_p, size_usd)
    if veto is not None or spread_points is None or depth_usd is None:
        return _refused(veto or (Veto.NO_BOOK, "one-sided"), params)
    win_lo = max(p_lo if side_is_bid else 1.0 - p_hi, 0.0)
    win_lo = min(win_lo, with_void(win_lo, void_p))  # the haircut applies only when it hurts
    gross = win_lo - (yes_price_e4 if side_is_bid else PRICE_ONE_E4 - yes_price_e4) / PRICE_ONE_E4
    depth = max(depth_usd, params.depth_floor_usd)
    depth_term = params.k_depth * size_usd / depth
    slip = params.base_slip + params.k_spread * spread_points + depth_term
    adverse = params.base_buffer * (1.0 + toxicity)
    resolution = params.k_res * rrs
    net = gross - fee_points - slip - adverse - resolution
    ok = net > params.threshold + ROUNDING
    return EvResult(
        ok=ok,
        veto=None if ok else Veto.NET_LB_BELOW_THRESHOLD,
        gross=gross,
        slip=slip,
        adverse=adverse,
        resolution=resolution,
        net_lb=net,
        threshold=params.threshold,
        size_limit_usd=max(0.0, depth * (net + depth_term - params.threshold) / params.k_depth),
        fee=fee_points,
    )


Refusal = tuple[Veto, str]


def _probability(p: float, p_lo: float, p_hi: float) -> Refusal | None:
    """NaN fails every comparison, so it is refused here as well."""
    inside = -BOUNDS_SLACK <= p_lo <= p + BOUNDS_SLACK and p <= p_hi + BOUNDS_SLACK <= 1.0 + 2 * BOUNDS_SLACK
    return None if inside else (Veto.INVALID_PROBABILITY, f"lo {p_lo}, p {p}, hi {p_hi}")


def _price(yes_price_e4: float, fee_points: float) -> Refusal | None:
    if not 0 < yes_price_e4 < PRICE_ONE_E4:
        return Veto.INVALID_PRICE, f"price {yes_price_e4} in 1/10,000 dollar"
    return None if 0.0 <= fee_points < 1.0 else (Veto.INVALID_PRICE, f"fee {fee_points} points a share")


def _book(spread_points: float | None, depth_usd: float | None, params: EvParams) -> Refusal | None:
    if spread_points is None or not math.isfinite(spread_points):
        return Veto.NO_BOOK, "one-sided"
    if spread_points <= 0.0:
        return Veto.CROSSED_BOOK, f"spread {spread_points} points"
    if depth_usd is None or not math.isfinite(depth_usd) or depth_usd < 0.0:
        return Veto.DEPTH_TOO_THIN, "depth unknown"
    if params.depth_veto and depth_usd < params.depth_floor_usd:
        return Veto.DEPTH_TOO_THIN, f"depth {depth_usd:.2f} USD, floor {params.depth_floor_usd:.2f} USD"
    return None


def _measures(toxicity: float, rrs: float, void_p: float, size_usd: float) -> Refusal | None:
    for name, value in (("toxicity", toxicity), ("resolution risk", rrs), ("void probability", void_p)):
        if not 0.0 <= value <= 1.0:
            return Veto.INVALID_PROBABILITY, f"{name} {value} is not in [0, 1]"
    return None if 0.0 < size_usd < math.inf else (Veto.SIZE_BELOW_MIN, f"size {size_usd} USD")


def _refused(refusal: Refusal, params: EvParams) -> EvResult:
    veto, detail = refusal
    return EvResult(False, veto, None, None, None, None, None, params.threshold, detail=detail)
