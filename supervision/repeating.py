"""What a run shows about itself beside its ledger: that it can be repeated, and which settings the environment gave."""

from __future__ import annotations

import os
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from astra_actors.config.overrides import environment_wins, overrides_in_force
from astra_actors.kernel.errors import AstraError
from astra_actors.ledger.connection import open_reader
from astra_actors.lockstep.repetition import Repetition, repeat
from astra_actors.reporting.evidence import EVIDENCE, write_evidence
from astra_actors.reporting.logging import get_logger
from supervision.identity import now_text
from supervision.workspace import Workspace

LOG: Final = get_logger("repeating")
REPEATED_DAYS: Final = 1.0  # of a whole run, at its end: about three seconds in a minute
REPEATED_FROM_DAYS: Final = 21.0  # a shorter run cannot pass the gate that asks for this


def repeat_run(data_dir: Path, run_id: str, days: float) -> Repetition:
    """Live the first `days` of a run through again; the ledger is only read, so this may happen while Astra runs."""
    connection = open_reader(Workspace(data_dir).ledger)
    try:
        found = repeat(connection, run_id, days=days)
    finally:
        connection.close()
    write_evidence(
        data_dir / EVIDENCE,
        "same_seed_same_fills",
        found.same,
        run_id=run_id,
        at=now_text(),
        detail=asdict(found),
    )
    return found


def shown_at_the_end(data_dir: Path, run_id: str, *, days: float, whole: bool) -> dict[str, Any]:
    """What the report of a run says beside its ledger; a `whole` run of some weeks is begun once more and compared."""
    shown: dict[str, Any] = {
        "environment_overrides": overrides_in_force(os.environ),
        "measures": {"environment_overrides": environment_wins()},
        "repetition": None,
    }
    if whole and days >= REPEATED_FROM_DAYS:
        try:
            shown["repetition"] = repeat_run(data_dir, run_id, REPEATED_DAYS).said
        except AstraError as error:  # a run ends with its report, whatever else cannot be shown
            LOG.warning("repetition.failed", error=str(error))
    return shown
