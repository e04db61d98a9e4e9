"""What a rehearsal that passed shows for the live gate, kept beside the newest paper run it is meant for."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from astra_actors.kernel.errors import BadInput
from astra_actors.reporting.evidence import EVIDENCE, write_evidence
from astra_actors.reporting.gate_file import read_gate

if TYPE_CHECKING:
    from supervision.rehearsal import Outcome


def keep_evidence(data_dir: Path, outcome: Outcome, *, at: str) -> list[str]:
    """The measures that were written: none where it did not pass, or where no paper run waits for them."""
    if not outcome.passed:
        return []
    try:
        run_id = read_gate(data_dir, "live", wanted=_on_paper).run_id
    except BadInput:
        return []
    shown = [name for name, good in shown_by(outcome).items() if good]
    for name in shown:
        detail = {"folder": outcome.folder, "orders": outcome.orders, "fills": outcome.fills}
        write_evidence(data_dir / EVIDENCE, name, True, run_id=run_id, at=at, detail=detail)
    return shown


def shown_by(outcome: Outcome) -> dict[str, bool]:
    """Each measure of section 3 that a rehearsal can show, and whether this one did."""
    return {
        "client_authenticated": outcome.orders > 0,
        "submit_and_cancel": outcome.orders > 0 and outcome.seconds_to_cancel is not None,
        "reconciliation": compared(Path(outcome.folder) / "live" / "ledger.db"),
        "user_feed": outcome.fills > 0 and not outcome.lost_fills,
    }


def compared(ledger: Path) -> bool:
    """Whether ledger and venue were compared at the start and again, and nothing differed twice."""
    with closing(sqlite3.connect(f"file:{ledger}?mode=ro", uri=True)) as connection:
        row = connection.execute("SELECT COUNT(*), COALESCE(SUM(persisting), 0) FROM reconciliations").fetchone()
    return bool(row[0] >= 2 and not row[1])


def _on_paper(content: Mapping[str, Any]) -> bool:
    return content.get("venue") == "paper" and content.get("feed") == "polymarket"
