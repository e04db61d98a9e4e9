"""The phase gate: what a market's age allows (methods §18.3, with close_window vetoed as in §19.2, 30)."""

from __future__ import annotations

from astra_actors.gates.result import GateResult
from astra_actors.market.phase import PHASE_RULES, MarketPhase
from astra_actors.risk.veto import Veto


def phase_gate(phase: MarketPhase, hours_to_close: float | None) -> GateResult:
    """Open where the phase allows quoting; where it forbids accumulation, open for reducing orders alone."""
    rule = PHASE_RULES[phase]
    if not rule.quote:
        return GateResult(name="phase", ok=False, veto=Veto.PHASE, observed=hours_to_close, detail=phase.value)
    accumulation_veto = None if rule.accumulate else Veto.NO_ACCUMULATION
    return GateResult(
        name="phase", ok=True, observed=hours_to_close, detail=phase.value, accumulation_veto=accumulation_veto
    )
