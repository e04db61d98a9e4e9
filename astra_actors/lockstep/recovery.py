"""From the ledger back to a running portfolio: the last state, and every input that open markets were given."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from astra_actors.engine.messages import WindowCommand
from astra_actors.kernel.errors import LedgerError
from astra_actors.kernel.facts import RiskRaised
from astra_actors.ledger.runs import OF_LINEAGE, lineage_of
from astra_actors.lockstep.journal import LIVE_WINDOWS
from astra_actors.lockstep.run_plan import RunPlan
from astra_actors.lockstep.run_state import SavedState, decode_state
from astra_actors.risk.lease import Lease
from astra_actors.risk.veto import Veto


@dataclass(frozen=True, slots=True)
class Resume:
    """A run as far as its ledger has it; of a live one only the last windows, and each market's last lease."""

    saved: SavedState
    commands: dict[int, WindowCommand]  # by window, without leases
    leases: dict[int, list[Lease]]  # those that changed, by the window they were given for, or the first one above


def load_resume(ledger: Path, run_id: str, plan: RunPlan) -> Resume | None:
    """Read where a run's lineage stands; None when it has not finished a window yet."""
    with read_only(ledger) as connection:
        lineage = {"lineage": lineage_of(connection, run_id)}
        row = connection.execute("SELECT state FROM run_states WHERE lineage = :lineage", lineage).fetchone()
        if row is None:
            return None
        saved = decode_state(row[0])
        commands = dict(_commands(connection, lineage, plan))
        leases: dict[int, list[Lease]] = {}
        first = min(commands, default=0)
        for lease_window, lease in _leases(connection, lineage, only_last=plan.live):
            leases.setdefault(max(lease_window, first), []).append(lease)
    return Resume(saved, commands, leases)


@contextmanager
def read_only(ledger: Path) -> Iterator[sqlite3.Connection]:
    """A connection that cannot write, for as long as one question takes."""
    if not ledger.exists():
        raise LedgerError(f"there is no ledger at {ledger}; a run writes one")
    with closing(sqlite3.connect(f"file:{ledger}?mode=ro", uri=True)) as connection:
        yield connection


def _commands(
    connection: sqlite3.Connection, lineage: dict[str, str], plan: RunPlan
) -> Iterator[tuple[int, WindowCommand]]:
    """Windows with the veto that stood in each. Each begins where the last one ended, whatever its length."""
    vetoes = _by_window(connection, lineage, "veto")
    stops = _by_window(connection, lineage, "stop")
    from_ns = plan.start_ns
    rows = connection.execute(
        f'SELECT "window", end_ns FROM windows WHERE {OF_LINEAGE} ORDER BY "window" DESC LIMIT :windows',
        {**lineage, "windows": LIVE_WINDOWS + 1 if plan.live else -1},  # -1: all of them
    ).fetchall()[::-1]
    if plan.live and len(rows) > LIVE_WINDOWS:
        _, from_ns = rows.pop(0)
    changes = [number for number in vetoes if rows and number < rows[0][0]]
    said = vetoes[max(changes)] if changes else ""
    for number, end_ns in rows:
        said = vetoes.get(number, said)
        yield (
            number,
            WindowCommand(
                window=number,
                from_ns=from_ns,
                to_ns=end_ns,
                lease_until_ns=plan.renewed_until_ns(from_ns, end_ns),
                veto=Veto[said] if said else None,
                cancel_all=number in stops,
            ),
        )
        from_ns = end_ns


def _by_window(connection: sqlite3.Connection, lineage: dict[str, str], kind: str) -> dict[int, str]:
    rows = connection.execute(
        f'SELECT "window", detail FROM {RiskRaised.table} WHERE kind = :kind AND {OF_LINEAGE} ORDER BY rowid',
        {**lineage, "kind": kind},
    )
    return {int(number): str(detail) for number, detail in rows}


def _leases(connection: sqlite3.Connection, lineage: dict[str, str], *, only_last: bool) -> Iterator[tuple[int, Lease]]:
    last = f" AND rowid IN (SELECT MAX(rowid) FROM leases WHERE {OF_LINEAGE} GROUP BY market_id)" if only_last else ""
    rows = connection.execute(
        'SELECT "window", lease_id, market_id, incarnation, limit_e10, local_ns, expires_ns, reason FROM leases'
        f" WHERE {OF_LINEAGE}{last} ORDER BY rowid",
        lineage,
    )
    for number, lease_id, market_id, incarnation, limit_e10, granted_ns, expires_ns, reason in rows:
        yield (
            int(number),
            Lease(
                lease_id=lease_id,
                market_id=market_id,
                incarnation=incarnation,
                limit_e10=limit_e10,
                granted_ns=granted_ns,
                expires_ns=expires_ns,
                reduce_only=Veto[reason] if reason else None,
            ),
        )
