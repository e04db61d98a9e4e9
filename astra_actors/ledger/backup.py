"""Three backups beside the ledger, the newest first, and the way back to one of them."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import Final

from astra_actors.kernel.errors import LedgerCorrupt, LedgerError
from astra_actors.ledger.connection import check, claim

KEPT: Final = 3


def backup_path(path: Path, n: int) -> Path:
    """Where backup `n` of a ledger lies; 1 is the newest."""
    return path.with_name(f"{path.name}.bak{n}")


def existing(path: Path) -> list[int]:
    """The numbers of the backups that are there."""
    return [n for n in range(1, KEPT + 1) if backup_path(path, n).exists()]


def rotate(connection: sqlite3.Connection, path: Path) -> Path:
    """Copy the open ledger to bak1 after the older ones moved down; a copy that fails moves nothing."""
    fresh = path.with_name(path.name + ".bak.new")
    fresh.unlink(missing_ok=True)
    _copy(connection, fresh)
    for n in range(KEPT, 1, -1):
        older = backup_path(path, n - 1)
        if older.exists():
            os.replace(older, backup_path(path, n))
    os.replace(fresh, backup_path(path, 1))
    return backup_path(path, 1)


def restore(path: Path | str, n: int = 1) -> Path:
    """Put backup `n` in the ledger's place once it passed its own check; return where the old one was put aside."""
    path = Path(path)
    source = backup_path(path, n)
    if not source.exists():
        there = ", ".join(f"bak{k}" for k in existing(path)) or "none"
        raise LedgerError(f"there is no backup {n} of {path}; there are: {there}")
    lock = claim(path)
    try:
        fresh = path.with_name(path.name + ".restoring")
        fresh.unlink(missing_ok=True)
        _copy_checked(source, fresh)
        aside = path.with_name(path.name + ".replaced")
        for suffix in (
            "-wal",
            "-shm",
        ):  # they belong to the ledger that goes: beside another file they would destroy it
            leftover = path.with_name(path.name + suffix)
            if leftover.exists():
                os.replace(leftover, aside.with_name(aside.name + suffix))
        if path.exists():
            os.replace(path, aside)
        os.replace(fresh, path)
    finally:
        lock.close()
    return aside


def _copy_checked(source: Path, target: Path) -> None:
    try:
        connection = sqlite3.connect(f"{source.resolve().as_uri()}?mode=ro", uri=True)
        try:
            check(connection, source)
            _copy(connection, target)
        finally:
            connection.close()
    except sqlite3.DatabaseError as error:
        target.unlink(missing_ok=True)
        raise LedgerCorrupt(f"{source} is damaged too ({error}); try an older backup") from error


def _copy(connection: sqlite3.Connection, target: Path) -> None:
    copy = sqlite3.connect(target)
    try:
        connection.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE")  # a backup is one file: no -wal beside it to lose
        check(copy, target)
    finally:
        copy.close()
