"""What an operator would have to do by hand, in virtual time, where nobody is there; it goes on record like theirs."""

from __future__ import annotations

from typing import Final

from astra_actors.risk.authority import RiskAuthority
from astra_actors.risk.authority_state import AuthorityDecision
from astra_actors.risk.trading_state import Trigger

UNATTENDED: Final = "unattended run in virtual time"


def stand_in(authority: RiskAuthority, decision: AuthorityDecision) -> None:
    """Acknowledge a day's loss; rebase the peak where a drawdown holds a flat book, which can never recover by itself."""
    trigger = decision.state.trigger
    if trigger is Trigger.DAILY_LOSS:
        authority.acknowledge(UNATTENDED)
    elif trigger in (Trigger.BREAKER, Trigger.DRAWDOWN) and decision.equity.exposure_e10 == 0:
        authority.reset_drawdown(UNATTENDED, "flat below the breaker: nothing held could bring the equity back")
