"""Steps that carry a ledger forward, each whole or not at all; the file's own `user_version` says how far it is."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from importlib import resources
from typing import Final

from astra_actors.kernel.errors import LedgerError, LedgerNewer

Migration = tuple[int, str]

_FILES: Final = (
    "0001_facts.sql",
    "0002_alerts.sql",
    "0003_supervision.sql",
    "0004_account.sql",
    "0005_calibrations.sql",
)


def shipped() -> tuple[Migration, ...]:
    """Every migration of this version, in order."""
    room = resources.files("astra_actors.ledger") / "sql"
    return tuple((int(name[:4]), (room / name).read_text(encoding="utf-8")) for name in _FILES)


SCHEMA_VERSION: Final = int(_FILES[-1][:4])


def version_of(connection: sqlite3.Connection) -> int:
    """How far this ledger is; 0 for an empty file."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def refuse_newer(connection: sqlite3.Connection, newest: int = SCHEMA_VERSION) -> int:
    """How far this ledger is; raises `LedgerNewer` when that is further than this Astra knows. Changes nothing."""
    have = version_of(connection)
    if have > newest:
        raise LedgerNewer(
            f"this ledger has schema version {have} and this Astra knows {newest}; "
            "use the newer Astra, or restore a backup made before it ran (astra db restore)"
        )
    return have


def migrate(connection: sqlite3.Connection, migrations: Sequence[Migration] | None = None) -> int:
    """Bring the ledger to the newest version and return how many steps that took.

    DDL and `user_version` commit together, so a step that fails leaves the ledger exactly as it was. `executescript` is
    not used: it commits what is open and leaves a half-open transaction behind.
    """
    todo = pending(connection, migrations)
    for number, sql in todo:
        _apply(connection, number, sql)
    return len(todo)


def pending(connection: sqlite3.Connection, migrations: Sequence[Migration] | None = None) -> list[Migration]:
    """The steps this ledger has not taken; one that is ahead of them all is refused as `LedgerNewer`."""
    steps = shipped() if migrations is None else migrations
    have = refuse_newer(connection, steps[-1][0])
    return [step for step in steps if step[0] > have]


def split_statements(sql: str) -> Iterator[str]:
    """The statements of a script, one at a time; a semicolon inside a text or a trigger does not end one."""
    statement = ""
    *ended, rest = sql.split(";")
    for piece in ended:
        statement += piece + ";"
        if sqlite3.complete_statement(statement):
            yield statement.strip()
            statement = ""
    left = [line for line in (statement + rest).splitlines() if line.strip() and not line.lstrip().startswith("--")]
    if left:
        raise LedgerError(f"a migration ends in the middle of a statement: {left[0].strip()[:60]}")


def _apply(connection: sqlite3.Connection, number: int, sql: str) -> None:
    connection.execute("BEGIN IMMEDIATE")
    try:
        for statement in split_statements(sql):
            connection.execute(statement)
        broken = connection.execute("PRAGMA foreign_key_check").fetchone()
        if broken is not None:
            raise LedgerError(f"migration {number} would leave a row of {broken[0]} without its parent")
        connection.execute(f"PRAGMA user_version = {number}")
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
