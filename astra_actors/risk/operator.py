"""What people and the supervision may do to trading, and what stays on record of it."""

from __future__ import annotations

from astra_actors.kernel.errors import BadInput
from astra_actors.kernel.units import usd
from astra_actors.risk import criteria
from astra_actors.risk.authority_state import RiskEvent, Saved
from astra_actors.risk.limits import RiskLimits
from astra_actors.risk.trading_state import HOLDS, Hold, TradingState, Trigger
from astra_actors.risk.veto import Refused, Veto
from astra_actors.risk.watch import lapse

_RESUMES = (Trigger.PAUSE, Trigger.SUPERVISION, Trigger.SHARD_OUT, Trigger.COOLDOWN, Trigger.INTEGRITY)
_KEEPS = (Trigger.KILL, Trigger.DRAWDOWN, Trigger.DAILY_LOSS, Trigger.BREAKER)  # not to be waved away


def hold(
    saved: Saved, trigger: Trigger, author: str, why: str, now_ns: int | None, until_ns: int | None = None
) -> TradingState:
    """Put a hold up in somebody's name."""
    at_ns = _at(saved, now_ns)
    raised = saved.holds.raise_hold(Hold(trigger=trigger, at_ns=at_ns, author=author, detail=why, until_ns=until_ns))
    if raised:
        _record(saved, trigger.name.lower(), author, why)
    return saved.holds.state


def resume(saved: Saved, limits: RiskLimits, author: str, why: str, now_ns: int | None) -> TradingState | Refused:
    """Lift what a person may lift; refused as long as something stands that a person may not. Both go on record."""
    at_ns = _at(saved, now_ns)
    for trigger in _KEEPS:
        if saved.holds.stands(trigger):
            refused = refusal(saved, limits, trigger)
            _record(saved, "resume_refused", author, why, refused.observed or 0.0, refused.limit or 0.0)
            return refused
    lifted = [trigger for trigger in _RESUMES if saved.holds.lift(trigger, at_ns, author, why or "resumed")]
    reviewed = criteria.review(saved)
    if lifted or reviewed:
        _record(saved, "resume", author, why)
    return saved.holds.state


def distrust(saved: Saved, why: str) -> None:
    """Halt the account over a promise of ours that does not hold."""
    saved.holds.raise_hold(Hold(trigger=Trigger.INTEGRITY, at_ns=saved.now_ns, author="authority", detail=why))


def revive(saved: Saved, author: str, why: str, now_ns: int | None) -> TradingState:
    """Undo a kill and leave the account paused."""
    at_ns = _at(saved, now_ns)
    if saved.holds.stands(Trigger.KILL):
        saved.holds.raise_hold(Hold(trigger=Trigger.PAUSE, at_ns=at_ns, author=author, detail="revived after a kill"))
        saved.holds.lift(Trigger.KILL, at_ns, author, why)
        _record(saved, "revive", author, why)
    return saved.holds.state


def acknowledge(saved: Saved, author: str, now_ns: int | None) -> TradingState:
    """Accept the day's loss; it is over when the next day has come as well."""
    _at(saved, now_ns)
    standing = saved.holds.holds.get(Trigger.DAILY_LOSS.name)
    if standing is not None and not standing.acknowledged:
        standing.acknowledged = True
        _record(saved, "acknowledge", author, standing.detail)
        lapse(saved)
    return saved.holds.state


def reset_drawdown(saved: Saved, author: str, reason: str, now_ns: int | None) -> TradingState:
    """Rebase the peak to the present equity; without a reason it is refused."""
    if not reason.strip():
        raise BadInput("reason", reason, "say why the peak may be rebased; it goes on record")
    at_ns = _at(saved, now_ns)
    before_e10, equity_e10 = saved.breaker.peak_e10, saved.equity.equity_e10
    saved.breaker.rebase(equity_e10)
    saved.holds.lift(Trigger.BREAKER, at_ns, author, reason)
    saved.holds.lift(Trigger.DRAWDOWN, at_ns, author, reason)
    _record(saved, "reset_drawdown", author, reason, observed=equity_e10, limit=before_e10)
    return saved.holds.state


def refusal(saved: Saved, limits: RiskLimits, trigger: Trigger) -> Refused:
    """Why a person's word alone does not end this hold, with the numbers it rests on."""
    veto = HOLDS[trigger][1]
    detail = saved.holds.holds[trigger.name].detail
    if trigger is Trigger.DAILY_LOSS:
        lost = usd(saved.day.start_e10 - saved.equity.equity_e10)
        return Refused(veto, lost, usd(saved.day.start_e10) * limits.daily_loss, "usd", detail)
    if veto is Veto.KILLED:
        return Refused(veto, detail=detail)
    limit = limits.drawdown_halt if trigger is Trigger.DRAWDOWN else limits.drawdown_off
    return Refused(veto, saved.equity.drawdown, limit, "fraction of the peak", detail)


def _at(saved: Saved, now_ns: int | None) -> int:
    if now_ns is not None and now_ns > saved.now_ns:
        saved.now_ns = now_ns
    return saved.now_ns


def _record(saved: Saved, kind: str, author: str, why: str, observed: float = 0.0, limit: float = 0.0) -> None:
    saved.events.append(
        RiskEvent(kind=kind, scope="account", observed=observed, limit=limit, author=author, detail=why)
    )
