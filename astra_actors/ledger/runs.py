"""Who wrote the ledger: one row a run, its settings, and the lineage that joins a run to the one it continues."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from astra_actors.kernel.errors import LedgerError
from astra_actors.kernel.ids import content_id
from astra_actors.ledger.migrations import SCHEMA_VERSION

# The runs of one lineage share positions, windows and digest; a bare run is a lineage of its own.
OF_LINEAGE = "run_id IN (SELECT run_id FROM runs WHERE lineage = :lineage)"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunIdentity:
    """Everything that tells one run from another. Times are ISO texts: the ledger reads no clock."""

    run_id: str  # a UUID4
    git_sha: str
    started_at: str
    python_version: str
    config_hash: str
    prompt_bundle_hash: str
    paper_mode: bool
    feed: str
    venue: str
    seed: int
    continues: str = ""  # the run whose positions this one takes over; empty for a fresh account


def record_run(connection: sqlite3.Connection, run: RunIdentity, settings_json: str) -> str:
    """Write the run and its settings, or recognise them after a restart; return the lineage."""
    known = connection.execute("SELECT config_hash, lineage FROM runs WHERE run_id = ?", (run.run_id,)).fetchone()
    if known is not None:
        if known[0] != run.config_hash:
            raise LedgerError(f"run {run.run_id} began with settings {known[0][:12]}, not {run.config_hash[:12]}")
        return str(known[1])
    lineage = lineage_of(connection, run.continues) if run.continues else run.run_id
    connection.execute(
        "INSERT INTO runs (run_id, lineage, git_sha, started_at, python_version, config_hash, prompt_bundle_hash,"
        " schema_version, paper_mode, feed, venue, seed) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (run.run_id, lineage, run.git_sha, run.started_at, run.python_version, run.config_hash)  # noqa: RUF005
        + (run.prompt_bundle_hash, SCHEMA_VERSION, run.paper_mode, run.feed, run.venue, run.seed),
    )
    connection.execute(
        "INSERT INTO config_snapshots (session_id, timestamp, config_json, config_hash, run_id) VALUES (?, ?, ?, ?, ?)",
        (content_id("session", run.run_id), run.started_at, settings_json, run.config_hash, run.run_id),
    )
    return lineage


def record_end(connection: sqlite3.Connection, run_id: str, ended_at: str, exit_reason: str) -> None:
    """Say when and why the run ended; the only two columns that ever change."""
    connection.execute(
        "UPDATE runs SET ended_at = ?, exit_reason = ? WHERE run_id = ?", (ended_at, exit_reason, run_id)
    )


def lineage_of(connection: sqlite3.Connection, run_id: str) -> str:
    """The lineage a run belongs to."""
    row = connection.execute("SELECT lineage FROM runs WHERE run_id = ?", (run_id,)).fetchone()
    if row is None:
        raise LedgerError(
            f"this ledger knows no run {run_id}; `astra sql 'select run_id, started_at from runs'` lists them"
        )
    return str(row[0])


def chain_head(connection: sqlite3.Connection, lineage: str, genesis: str) -> tuple[int | None, str]:
    """The last window of a lineage and its digest; None and `genesis` before the first."""
    row = connection.execute(
        f'SELECT "window", digest FROM windows WHERE {OF_LINEAGE} ORDER BY "window" DESC LIMIT 1', {"lineage": lineage}
    ).fetchone()
    return (None, genesis) if row is None else (int(row[0]), str(row[1]))


def last_settings_json(connection: sqlite3.Connection, *, before_run: str = "") -> str | None:
    """The settings of the newest run, or of the newest one before `before_run`: what a new session is compared with."""
    row = connection.execute(
        "SELECT config_json FROM config_snapshots WHERE run_id <> ? ORDER BY rowid DESC LIMIT 1", (before_run,)
    ).fetchone()
    return None if row is None else str(row[0])
