"""Limits that pass one by one and make no sense together, or not with this bankroll and these strategies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from astra_actors.config.mistakes import Mistake
from astra_actors.risk.limits import mistakes_in, mistakes_of_account
from astra_actors.strategies.registry import strategy_classes

if TYPE_CHECKING:
    from astra_actors.config.settings import Settings


def of_risk(settings: Settings) -> list[Mistake]:
    """Every mistake of the risk section that one field alone does not show."""
    limits, run = settings.risk, settings.run
    found = [
        Mistake(f"risk.{field}", value, remedy)
        for field, value, remedy in (*mistakes_in(limits), *mistakes_of_account(limits, run.bankroll_usd))
    ]
    known = sorted(strategy_classes())
    for name in limits.satellite_strategies:
        if name not in known:
            remedy = f"there is no such strategy; there are {', '.join(known)}"
            found.append(Mistake("risk.satellite_strategies", name, remedy))
    return found
