"""How the account's state follows its equity: breaker, drawdown halt, day's loss, timers, and the volatility scale."""

from __future__ import annotations

from typing import Final

from astra_actors.kernel.units import usd
from astra_actors.portfolio.equity import drawdown_of
from astra_actors.risk.authority_state import RiskEvent, Saved
from astra_actors.risk.limits import RiskLimits
from astra_actors.risk.scaling import volatility_scale
from astra_actors.risk.trading_state import Hold, TradingState, Trigger

AUTHOR: Final = "authority"
_SCALE_STEP: Final = 0.05  # the scale rises in such steps, and smaller moves of it go unmentioned


def follow(saved: Saved, limits: RiskLimits, equity_e10: int) -> None:
    """Bring the holds up to the window's equity and time."""
    _follow_drawdown(saved, limits, equity_e10)
    _follow_day(saved, limits, equity_e10)
    lapse(saved)


def tell_state(saved: Saved, limits: RiskLimits, was: TradingState, equity_e10: int, events: list[RiskEvent]) -> None:
    """A change of state is an event with its trigger and the drawdown it saw."""
    state = saved.holds.state
    if state == was:
        return
    events.append(
        RiskEvent(
            kind=f"trading_{state.mode.value}",
            scope="account",
            observed=drawdown_of(saved.breaker.peak_e10, equity_e10),
            limit=limits.drawdown_on,
            author=state.author,
            detail=f"{state.trigger.value}: {state.detail}",
        )
    )


def follow_scale(saved: Saved, limits: RiskLimits, events: list[RiskEvent]) -> None:
    """Caps shrink at once when trades turn wild. They grow back in steps, so that not every trade makes new leases."""
    scale = volatility_scale(saved.returns, limits)
    if scale < saved.scale or scale >= saved.scale + _SCALE_STEP or scale >= 1.0:
        saved.scale = scale
    if abs(scale - saved.scale_told) >= _SCALE_STEP:
        events.append(RiskEvent(kind="volatility_scale", scope="account", observed=scale, limit=saved.scale_told))
        saved.scale_told = scale


def lapse(saved: Saved) -> None:
    """Let go what ends with time: cooldowns by their timer, the day's loss with the next day and an acknowledgement."""
    for hold in list(saved.holds.holds.values()):
        due = hold.until_ns is not None and saved.now_ns >= hold.until_ns
        if due and (hold.trigger is Trigger.COOLDOWN or hold.acknowledged):
            saved.holds.lift(hold.trigger, saved.now_ns, AUTHOR, f"{hold.trigger.value} is over")


def _follow_drawdown(saved: Saved, limits: RiskLimits, equity_e10: int) -> None:
    breaker, holds = saved.breaker, saved.holds
    breaker.observe(equity_e10, limits)
    detail = f"drawdown {drawdown_of(breaker.peak_e10, equity_e10):.6f} of a peak of {usd(breaker.peak_e10):.2f} USD"
    if breaker.on:
        holds.raise_hold(Hold(trigger=Trigger.BREAKER, at_ns=saved.now_ns, author=AUTHOR, detail=detail))
    else:
        holds.lift(Trigger.BREAKER, saved.now_ns, AUTHOR, detail)
    if breaker.halted:
        holds.raise_hold(Hold(trigger=Trigger.DRAWDOWN, at_ns=saved.now_ns, author=AUTHOR, detail=detail))


def _follow_day(saved: Saved, limits: RiskLimits, equity_e10: int) -> None:
    day = saved.day
    if day.observe(saved.now_ns, equity_e10, limits):
        detail = f"{usd(equity_e10 - day.start_e10):.2f} USD since 00:00 UTC from {usd(day.start_e10):.2f} USD"
        saved.holds.raise_hold(
            Hold(
                trigger=Trigger.DAILY_LOSS,
                at_ns=saved.now_ns,
                author=AUTHOR,
                detail=detail,
                until_ns=day.next_day_ns,
            )
        )
