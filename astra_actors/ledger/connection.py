"""Opening the ledger file: one writer at a time, readers beside it, and a plain sentence when the file is not sound."""

from __future__ import annotations

import fcntl
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

from astra_actors.kernel.errors import LedgerCorrupt, LedgerError, LedgerHeld
from astra_actors.ledger.migrations import refuse_newer

BUSY_TIMEOUT_MS: Final = 5_000  # a backup or a reader's checkpoint never holds the file that long
CACHE_KIB: Final = 65_536  # random ids land all over their index: without it a long run reads its own pages back
CHECKPOINT_PAGES: Final = 16_384  # 64 MB of WAL: the same index pages are written back once, not once a window

_REMEDY: Final = "look at it with `astra db check` and go back to a backup with `astra db restore`"


def open_writer(path: Path) -> sqlite3.Connection:
    """The read-write connection: WAL, every commit on disk before it returns, foreign keys held."""
    with _as_ledger_errors(path):
        connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        try:
            connection.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
            refuse_newer(connection)  # before anything is changed: even the journal mode is written into the file
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")  # NORMAL may lose the last commits in a power cut
            connection.execute("PRAGMA foreign_keys = ON")
            connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
            connection.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")
            check(connection, path)
        except BaseException:
            connection.close()
            raise
    return connection


def open_reader(path: Path) -> sqlite3.Connection:
    """A read-only connection for another process. Close it soon: an open transaction stops checkpoints."""
    if not path.exists():
        raise LedgerError(f"there is no ledger at {path}; a run writes one")
    with _as_ledger_errors(path):
        connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, isolation_level=None)
        connection.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
        connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    return connection


def check(connection: sqlite3.Connection, path: Path) -> None:
    """Raise `LedgerCorrupt` unless SQLite finds the file sound."""
    with _as_ledger_errors(path):
        found = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    if found != "ok":
        raise LedgerCorrupt(f"{path} is damaged ({found}); {_REMEDY}")


def claim(path: Path) -> IO[bytes]:
    """Be the one writer of this ledger until the returned file is closed, or this process dies.

    The lock is on a file of its own: to open the ledger by other means than SQLite would drop SQLite's locks.
    """
    lock = path.with_name(path.name + ".writer").open("ab")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        lock.close()
        raise LedgerHeld(f"another Astra is writing {path}; stop it, or use another --data-dir") from error
    return lock


@contextmanager
def transaction(connection: sqlite3.Connection, path: Path) -> Iterator[None]:
    """All or nothing; a failure of SQLite becomes a `LedgerError`."""
    with _as_ledger_errors(path):
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise


@contextmanager
def _as_ledger_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except (sqlite3.IntegrityError, sqlite3.OperationalError, OverflowError) as error:
        raise LedgerError(f"{path}: {error}") from error
    except sqlite3.DatabaseError as error:  # "file is not a database", "database disk image is malformed"
        raise LedgerCorrupt(f"{path} is damaged ({error}); {_REMEDY}") from error
