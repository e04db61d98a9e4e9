"""Every limit of the portfolio in one table, and the caps it gives in money.

Fractions become parts per million once, here, so that every comparison of money is one of integers: exactly 10 % is not
more than 10 %.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Final

from annotated_types import Ge, Interval

PPM: Final = 1_000_000

Fraction = Annotated[float, Interval(ge=0, le=1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskLimits:
    """What may be lost where. Fractions of min(bankroll, equity) unless they say otherwise."""

    __pydantic_config__: ClassVar[Mapping[str, Any]] = {"extra": "forbid"}

    market_cap: Fraction = 0.01  # a hundred markets must be wrong together to ruin us
    cluster_cap: Fraction = 0.12  # binds from twelve full markets on: what hangs together falls together
    aggregate_cap: Fraction = 0.40  # more than half of the money stays out of reach of any outcome
    category_caps: tuple[tuple[str, float], ...] = (
        ("crypto", 0.30),  # one coin moves most of them
        ("crypto_threshold", 0.30),  # the same markets by the name their definitions use
    )
    drawdown_on: Fraction = 0.10  # of the peak: above it no entries
    drawdown_off: Fraction = 0.05  # below it entries again; the gap keeps the breaker from chattering
    drawdown_halt: Fraction = 0.15  # of the peak: reached, everything halts until an operator resets it
    daily_loss: Fraction = 0.05  # of the equity at 00:00 UTC
    near_resolution_hours: Annotated[float, Ge(0)] = 48.0  # news and disputes jump most in the last two days
    near_resolution_factor: Fraction = 0.5
    phase_caps: tuple[tuple[str, float], ...] = (  # methods §18.3; a phase that is not named here gets nothing
        ("normal", 1.0),
        ("watch", 0.8),
        ("close_window", 0.5),
    )
    volatility_target: Annotated[float, Ge(0)] = 0.0096  # sd of one trade's return on equity: Calmar 3 (O12.8)
    volatility_window: Annotated[int, Ge(2)] = 30  # fewer trades say nothing about their spread
    scale_min: Fraction = 0.25  # a wild stretch quarters the caps but leaves trades to learn from
    scale_max: Annotated[float, Ge(1)] = 1.5
    scale_restores: bool = False  # True: a calm stretch may give back what nearness to resolution took away
    cooldown_s: Annotated[int, Ge(0)] = 300  # first pause of a reject storm, doubling with each further reject
    cooldown_max_s: Annotated[int, Ge(0)] = 7_200
    rejects_max: Annotated[int, Ge(1)] = 5  # rejects in a row before the venue is left alone for a while


def ppm(fraction: float) -> int:
    """A fraction as parts per million."""
    return round(fraction * PPM)


def share_e10(base_e10: int, fraction: float) -> int:
    """A fraction of an amount, rounded down."""
    return base_e10 * ppm(fraction) // PPM


def resolution_factor(hours_to_close: float | None, phase_factor: float, limits: RiskLimits) -> float:
    """What nearness to resolution leaves of the market cap: the smaller factor once, never both (methods §12.4)."""
    if hours_to_close is None or hours_to_close < limits.near_resolution_hours:
        return min(phase_factor, limits.near_resolution_factor)
    return phase_factor


def market_cap_e10(base_e10: int, scale: float, factor: float, limits: RiskLimits) -> int:
    """The market cap after scaling and nearness: never above the hard cap (methods §12.7).

    A scale above 1 lifts nothing unless configuration lets it restore what nearness removed.
    """
    scaled = scale * factor if limits.scale_restores else min(scale, 1.0) * factor
    return share_e10(share_e10(base_e10, limits.market_cap), min(scaled, 1.0))


def cooldown_s(rejects: int, limits: RiskLimits) -> int:
    """How long a storm of rejects keeps new orders back: 300 s × 2^(rejects − 5), at most two hours (methods §18.8)."""
    if rejects < limits.rejects_max:
        return 0
    doublings = min(rejects - limits.rejects_max, 64)  # beyond that the maximum holds anyway
    return min(limits.cooldown_s << doublings, limits.cooldown_max_s)
