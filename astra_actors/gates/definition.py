"""The definition gate: no contract read from the market's own rules, no trade (methods §18.1)."""

from __future__ import annotations

from astra_actors.definitions.contract import DefinitionContract
from astra_actors.gates.result import GateResult
from astra_actors.risk.veto import Veto


def definition_gate(definition: DefinitionContract | None, reason: str, market_id: str) -> GateResult:
    """Open for a contract of this very market."""
    if definition is None:
        return GateResult(name="definition", ok=False, veto=Veto.NO_DEFINITION, detail=reason)
    if definition.market_id != market_id:
        detail = f"the contract is of market {definition.market_id}"
        return GateResult(name="definition", ok=False, veto=Veto.NO_DEFINITION, detail=detail)
    return GateResult(name="definition", ok=True, detail=definition.definition_hash)
