"""An overridden gate on record: a risk event of the ledger's first window, and a line of the report."""

from __future__ import annotations

from typing import Any, Final

from astra_actors.config.settings import Settings
from astra_actors.kernel.facts import RiskRaised
from astra_actors.lockstep.coordinator import Coordinator

KIND: Final = "gate_overridden"
AUTHOR: Final = "operator"


def note_override(coordinator: Coordinator, settings: Settings) -> None:
    """Before the first window of a run whose gate had not passed; a run that is taken up has it already."""
    live, state = settings.live, coordinator.state
    if settings.run.venue == "paper" or not live.gate_override or state.window:
        return
    coordinator.journal.note(
        RiskRaised,
        state.now_ns,
        kind=KIND,
        scope="account",
        author=AUTHOR,
        observed=float(len(live.gate_rows)),
        detail=f"{live.gate_override}; open rows: {', '.join(live.gate_rows)}",
    )


def said_of_live(settings: Settings) -> dict[str, Any]:
    """What the report of a live run says about its phase and its gate; nothing of a paper run."""
    if settings.run.venue == "paper":
        return {}
    live = settings.live
    return {"phase": live.phase, "gate_override": live.gate_override or None, "gate_rows": list(live.gate_rows)}
