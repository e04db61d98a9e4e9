"""How one window's budget is dealt out among markets: what stands first, then demand in order of score.

Two passes, because budget cannot move at once: the first finds what every market should have, the second hands out only
what is free now. What a market must give back becomes free when its report shows that the larger lease is out of use.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from astra_actors.kernel.errors import PromiseBroken


@dataclass(slots=True)
class Claim:
    """One market before the caps: what is spent on it, what it could lose already, what it would like."""

    market_id: str
    scopes: tuple[str, ...]  # every cap it counts against, its own apart
    spent_e10: int  # at least the worst case: an older, larger lease may still be in use
    worst_e10: int
    wanted_e10: int = 0  # the whole limit it would like
    cap_e10: int = 0  # its own cap
    score: float = 0.0
    fixed: bool = False  # it did not report: nothing about it may change
    ideal_e10: int = 0
    limit_e10: int = 0
    reducing: bool = False  # its own cap or one of its scopes has shrunk under what stands


@dataclass(frozen=True, slots=True)
class Allocation:
    """What came of it, by scope."""

    committed: dict[str, int]
    reducing_scopes: tuple[str, ...]
    short: dict[str, int]  # by scope that is used up: what markets would have liked beyond it


def allocate(claims: Sequence[Claim], caps: Mapping[str, int]) -> Allocation:
    """Set `limit_e10` and `reducing` of every claim; returns what each scope has committed."""
    ranked = sorted(claims, key=lambda claim: (-claim.score, claim.market_id))
    over, short = _find_ideal(ranked, caps)
    committed = dict.fromkeys(caps, 0)
    for claim in claims:
        if claim.spent_e10:
            for scope in claim.scopes:
                committed[scope] += claim.spent_e10
    before = dict(committed)
    for claim in ranked:
        if not claim.fixed:
            _hand_out(claim, committed, caps)
    check_within(committed, caps, before)
    return Allocation(committed, over, short)


def check_within(committed: Mapping[str, int], caps: Mapping[str, int], before: Mapping[str, int]) -> None:
    """Exposure and everything granted stay within every cap; more than a cap only where that much stood before."""
    for scope, amount_e10 in committed.items():
        allowed_e10 = max(caps[scope], before.get(scope, 0))
        if amount_e10 > allowed_e10:
            raise PromiseBroken(f"grants and exposure of {scope}", amount_e10, allowed_e10)


def _find_ideal(ranked: Sequence[Claim], caps: Mapping[str, int]) -> tuple[tuple[str, ...], dict[str, int]]:
    short: dict[str, int] = {}
    free = dict(caps)
    for claim in ranked:
        standing_e10 = claim.spent_e10 if claim.fixed else claim.worst_e10
        if standing_e10:
            for scope in claim.scopes:
                free[scope] -= standing_e10
    over = [scope for scope, amount_e10 in free.items() if amount_e10 < 0]
    for claim in ranked:
        claim.ideal_e10 = claim.worst_e10
        claim.reducing = claim.worst_e10 > claim.cap_e10
        if over and not claim.reducing:
            claim.reducing = any(scope in over for scope in claim.scopes)
        extra_e10 = min(claim.wanted_e10, claim.cap_e10) - claim.worst_e10
        if extra_e10 > 0 and not claim.reducing and not claim.fixed:
            tightest = min(claim.scopes, key=free.__getitem__)
            if extra_e10 > free[tightest]:
                short[tightest] = short.get(tightest, 0) + extra_e10 - free[tightest]
                extra_e10 = free[tightest]
            claim.ideal_e10 += extra_e10
            for scope in claim.scopes:
                free[scope] -= extra_e10
    return tuple(sorted(over)), short


def _hand_out(claim: Claim, committed: dict[str, int], caps: Mapping[str, int]) -> None:
    claim.limit_e10 = claim.ideal_e10
    more_e10 = claim.ideal_e10 - claim.spent_e10
    if more_e10 > 0:
        room_e10 = max(0, min([caps[scope] - committed[scope] for scope in claim.scopes]))
        more_e10 = min(more_e10, room_e10)
        claim.limit_e10 = claim.spent_e10 + more_e10
        for scope in claim.scopes:
            committed[scope] += more_e10
