"""The quoteability score: how well a market can be made, and which markets are made at all (methods §18.7)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

import msgspec

from astra_actors.gates.params import QuoteabilityParams
from astra_actors.kernel.units import SIZE_ONE_E6
from astra_actors.market.phase import MarketPhase
from astra_actors.risk.veto import Veto

Levels = Sequence[tuple[int, int]]  # (price_e4, size_e6), best first

BAND_E4: Final = 100  # size is summed within one, two and three cents of the mid
BANDS: Final = 3


class QuoteScore(msgspec.Struct, frozen=True, gc=False):
    """The score in [0, 1]; 0 with a veto and the numbers it compared."""

    score: float
    veto: Veto | None = None
    observed: float | None = None
    limit: float | None = None


def quoteability(
    bids: Levels,
    asks: Levels,
    churn: float,
    jump: float,
    hours: float | None,
    rrs: float,
    phase: MarketPhase,
    age_ms: int,
    live: bool,
    liquidity_usd: float,
    tick_e4: int,
    params: QuoteabilityParams,
    toxic: bool = False,
) -> QuoteScore:
    """Score one market from both sides of its YES book; churn in mid changes a second, jump in dollars of price."""
    veto = _market_veto(hours, jump, rrs, phase, liquidity_usd, params) or _book_veto(
        bids, asks, age_ms, live, tick_e4, params
    )
    if veto is None and toxic:
        veto = QuoteScore(0.0, Veto.TOXIC_FLOW)
    if veto is not None:
        return veto
    score = (
        params.w_depth * depth_score(bids, asks, params.depth_full_shares)
        + params.w_churn / (1.0 + churn)
        + params.w_jump / (1.0 + params.jump_scale * jump)
        + params.w_resolution * resolution_score(hours)
    )
    return QuoteScore(min(max(score, 0.0), 1.0))


def depth_score(bids: Levels, asks: Levels, full_shares: float) -> float:
    """Sum of both sides' size within one, two and three cents of the mid over `full_shares`, at most 1."""
    if not bids or not asks:
        return 0.0
    mid2 = bids[0][0] + asks[0][0]  # twice the mid, an integer
    total = sum(size * _bands(mid2 - 2 * price) for price, size in bids)
    total += sum(size * _bands(2 * price - mid2) for price, size in asks)
    return min(1.0, total / (full_shares * SIZE_ONE_E6))


def _bands(away2: int) -> int:
    """How many of the bands hold a level, by twice its distance from the mid."""
    return BANDS if away2 <= 0 else max(0, BANDS - (away2 - 1) // (2 * BAND_E4))


def resolution_score(hours: float | None) -> float:
    """How comfortably far the close is; 0 when unknown."""
    if hours is None:
        return 0.0
    if hours > 168:
        return 1.0
    if hours > 72:
        return 0.8
    return 0.6 if hours > 48 else 0.4


def active_set(
    scores: Sequence[tuple[str, str | tuple[str, ...], float]], size: int = 40, per_cluster: int = 5
) -> tuple[str, ...]:
    """The best markets, at most `per_cluster` of any cluster they belong to; ties go by market id, zeros never enter.

    Each entry is (market_id, its cluster or clusters, score); a market with an empty cluster stands alone.
    """
    chosen: list[str] = []
    taken: Counter[str] = Counter()
    for market_id, cluster, score in sorted(scores, key=lambda entry: (-entry[2], entry[0])):
        if len(chosen) == size or not score > 0.0:
            break
        clusters = (cluster,) if isinstance(cluster, str) else cluster
        named = [name for name in clusters if name]
        if all(taken[name] < per_cluster for name in named):
            taken.update(named)
            chosen.append(market_id)
    return tuple(chosen)


def _market_veto(
    hours: float | None,
    jump: float,
    rrs: float,
    phase: MarketPhase,
    liquidity_usd: float,
    params: QuoteabilityParams,
) -> QuoteScore | None:
    if not rrs <= params.rrs_max:
        return QuoteScore(0.0, Veto.RESOLUTION_RISK, rrs, params.rrs_max)
    if phase not in (MarketPhase.NORMAL, MarketPhase.WATCH):
        return QuoteScore(0.0, Veto.PHASE)
    if hours is not None and hours < params.near_close_hours and jump > params.near_close_jump_max:
        return QuoteScore(0.0, Veto.NEAR_CLOSE_VOLATILE, jump, params.near_close_jump_max)
    if not liquidity_usd >= params.liquidity_usd_min:
        return QuoteScore(0.0, Veto.LIQUIDITY, liquidity_usd, params.liquidity_usd_min)
    return None


def _book_veto(
    bids: Levels, asks: Levels, age_ms: int, live: bool, tick_e4: int, params: QuoteabilityParams
) -> QuoteScore | None:
    if not bids or not asks:
        return QuoteScore(0.0, Veto.NO_BOOK)
    spread_e4 = asks[0][0] - bids[0][0]
    if spread_e4 <= 0:
        return QuoteScore(0.0, Veto.CROSSED_BOOK, spread_e4, 0)
    if spread_e4 < tick_e4:
        return QuoteScore(0.0, Veto.SPREAD_UNDER_TICK, spread_e4, tick_e4)
    age_ms_max = params.book_age_ms_max_live if live else params.book_age_ms_max_paper
    return QuoteScore(0.0, Veto.STALE_BOOK, age_ms, age_ms_max) if age_ms > age_ms_max else None
