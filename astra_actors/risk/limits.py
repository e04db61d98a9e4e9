"""Every limit of the portfolio in one table, and the caps it gives in money.

Fractions become parts per million once, here, so that every comparison of money is one of integers: exactly 10 % is not
more than 10 %.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Final

from annotated_types import Ge, Interval

from astra_actors.definitions.lint import EVENT_CATEGORY, THRESHOLD_CATEGORY
from astra_actors.market.instrument import Category

PPM: Final = 1_000_000
ORDER_USD_MIN: Final = 5  # the venue's usual least order: five shares, each worth at most a dollar

Fraction = Annotated[float, Interval(ge=0, le=1)]
Hours = Annotated[float, Interval(ge=0, le=87_600)]
Seconds = Annotated[float, Interval(ge=0, le=864_000)]


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskLimits:
    """What may be lost where. Fractions of min(bankroll, equity) unless they say otherwise."""

    __pydantic_config__: ClassVar[Mapping[str, Any]] = {"extra": "forbid"}

    market_cap: Fraction = 0.01  # a hundred markets must be wrong together to ruin us
    cluster_cap: Fraction = 0.12  # binds from twelve full markets on: what hangs together falls together
    aggregate_cap: Fraction = 0.40  # more than half of the money stays out of reach of any outcome
    category_caps: tuple[tuple[str, Fraction], ...] = (  # by the category of a listing, or of its definition
        ("crypto", 0.30),  # one coin moves most of them
        ("crypto_threshold", 0.30),  # the same markets by the name their definitions use
    )
    satellite_cap: Fraction = 0.15  # bets on being right, beside the core that earns a spread (methods §18.8)
    satellite_strategies: tuple[
        str, ...
    ] = ()  # whose markets count as satellite; none of the shipped ones bets like that
    drawdown_on: Fraction = 0.10  # of the peak: above it no entries
    drawdown_off: Fraction = 0.05  # below it entries again; the gap keeps the breaker from chattering
    drawdown_halt: Fraction = 0.15  # of the peak: reached, everything halts until an operator resets it
    daily_loss: Fraction = 0.05  # of the equity at 00:00 UTC
    near_resolution_hours: Hours = 48.0  # news and disputes jump most in the last two days
    near_resolution_factor: Fraction = 0.5
    phase_caps: tuple[tuple[str, Fraction], ...] = (  # methods §18.3; a phase that is not named here gets nothing
        ("normal", 1.0),
        ("watch", 0.8),
        ("close_window", 0.5),
    )
    volatility_target: Annotated[float, Interval(ge=0, le=10)] = 0.0096  # sd of one trade's return: Calmar 3 (O12.8)
    volatility_window: Annotated[int, Ge(2)] = 30  # fewer trades say nothing about their spread
    scale_min: Fraction = 0.25  # a wild stretch quarters the caps but leaves trades to learn from
    scale_max: Annotated[float, Interval(ge=1, le=10)] = 1.5
    scale_restores: bool = False  # True: a calm stretch may give back what nearness to resolution took away
    failures_max: Annotated[int, Ge(1)] = 3  # failed submissions in a row before the venue is left alone (rule 6.3)
    failures_pause_s: Seconds = 600.0  # and for how long
    feed_halt_s: Seconds = 120.0  # every market without a book for this long: halted until one is back (§18.9)
    feed_log_s: Seconds = 300.0  # the same, on record as rule 6.4
    sharpe_trades_min: Annotated[int, Ge(2)] = 100  # a loss over fewer trades may be luck (rule 6.6)
    exposure_cut: Fraction = 0.5  # what rules 6.6 and 6.7 leave of every cap
    fill_rate_off: Annotated[float, Interval(ge=1, le=100)] = 3.0  # simulated against live, either way (rule 6.7)
    brier_max: Fraction = 0.30  # worse than knowing nothing, which is 0.25 (rule 6.8)
    brier_min: Annotated[int, Ge(1)] = 50  # forecasts before rule 6.8 speaks


def mistakes_in(limits: RiskLimits) -> Iterator[tuple[str, Any, str]]:
    """Limits that are each possible and together are not: (field, value, remedy)."""
    if limits.drawdown_off >= limits.drawdown_on:
        yield "drawdown_off", limits.drawdown_off, f"keep it below drawdown_on {limits.drawdown_on}, or it never lifts"
    if limits.drawdown_halt <= limits.drawdown_on:
        yield "drawdown_halt", limits.drawdown_halt, f"keep it above drawdown_on {limits.drawdown_on}"
    known = (*(category.value for category in Category), THRESHOLD_CATEGORY, EVENT_CATEGORY)
    for name, _ in limits.category_caps:
        if name not in known:
            yield "category_caps", name, f"there is no such category; there are {', '.join(known)}"
    if limits.volatility_target == 0:
        yield "volatility_target", limits.volatility_target, "give the spread of returns that is aimed at, above 0"


def mistakes_of_account(limits: RiskLimits, bankroll_usd: Decimal) -> Iterator[tuple[str, Any, str]]:
    """Whether the money is enough to place any order at all under its own market cap: (field, value, remedy)."""
    cap_usd = float(bankroll_usd) * limits.market_cap
    if bankroll_usd > 0 and cap_usd < ORDER_USD_MIN:
        least = math.ceil(ORDER_USD_MIN / float(bankroll_usd) * 1e4) / 1e4
        remedy = (
            f"of {bankroll_usd} USD it leaves {cap_usd:.2f} USD a market, and the venue's least order takes up to "
            f"{ORDER_USD_MIN} USD; "
        )
        if least <= 1:
            yield "market_cap", limits.market_cap, f"{remedy}give at least {least:g} or a larger bankroll"
        else:
            yield "market_cap", limits.market_cap, f"{remedy}no cap is enough: give a larger bankroll"


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
