"""A ledger looked at from outside: is the file whole, is it ours, and does its chain of windows hold."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from astra_actors.kernel.errors import LedgerCorrupt, LedgerError
from astra_actors.ledger.backup import existing
from astra_actors.ledger.migrations import SCHEMA_VERSION, version_of
from astra_actors.ledger.verify import lineages, verify


def inspect(path: Path) -> dict[str, Any]:
    """What `astra db check` prints; raises `LedgerCorrupt` when SQLite finds the file damaged."""
    if not path.exists():
        raise LedgerError(f"there is no ledger at {path}; a run writes one")
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        try:
            verdict = connection.execute("PRAGMA integrity_check").fetchone()[0]
        except sqlite3.DatabaseError as error:
            verdict = str(error)
        if verdict != "ok":
            raise LedgerCorrupt(f"{path} is damaged ({verdict}); restore a backup with: astra db restore")
        runs, facts = connection.execute(
            "SELECT (SELECT COUNT(*) FROM runs), (SELECT SUM(facts) FROM windows)"
        ).fetchone()
        gaps = connection.execute(
            'SELECT COUNT(*) FROM (SELECT "window" - LAG("window") OVER (PARTITION BY run_id ORDER BY "window") AS step'
            " FROM windows) WHERE step <> 1"
        ).fetchone()[0]
        return {
            "integrity": verdict,
            "schema_version": version_of(connection),
            "newest_schema": SCHEMA_VERSION,
            "sqlite": sqlite3.sqlite_version,
            "runs": runs,
            "facts": facts or 0,
            "gaps_in_windows": gaps,
            "windows_verified": sum(verify(connection, lineage) for lineage in lineages(connection)),
            "backups": [f"bak{number}" for number in existing(path)],
        }
