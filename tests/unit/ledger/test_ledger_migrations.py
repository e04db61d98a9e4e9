"""A migration happens whole or not at all, after a backup, and never backwards."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from astra_actors.kernel.errors import LedgerError, LedgerNewer
from astra_actors.kernel.facts import OrderFilled
from astra_actors.ledger import migrations
from astra_actors.ledger.backup import backup_path
from astra_actors.ledger.migrations import SCHEMA_VERSION, migrate, shipped, split_statements, version_of
from astra_actors.ledger.store import LedgerStore

Make = Callable[..., Any]
ONE, TWO = (1, "CREATE TABLE a (x INTEGER) STRICT; INSERT INTO a VALUES (1);"), (2, "ALTER TABLE a ADD COLUMN y TEXT;")


@pytest.fixture
def empty() -> sqlite3.Connection:
    return sqlite3.connect(":memory:", isolation_level=None)


def names(connection: sqlite3.Connection) -> list[str]:
    return [row[0] for row in connection.execute("SELECT name FROM sqlite_schema ORDER BY name")]


def test_steps_are_taken_once_and_in_order(empty: sqlite3.Connection) -> None:
    assert migrate(empty, [ONE]) == 1
    assert migrate(empty, [ONE, TWO]) == 1
    assert migrate(empty, [ONE, TWO]) == 0
    assert version_of(empty) == 2
    assert empty.execute("SELECT * FROM a").fetchall() == [(1, None)]


BROKEN = [
    pytest.param("CREATE TABLE b (x INTEGER); INSERT INTO nowhere VALUES (1);", sqlite3.OperationalError, id="bad SQL"),
    pytest.param("CREATE TABLE b (x INTEGER); CREATE TABLE c (", LedgerError, id="half a statement"),
    pytest.param(
        "CREATE TABLE b (x INTEGER); CREATE TABLE c (x REFERENCES a (x)); INSERT INTO c VALUES (5);",
        sqlite3.DatabaseError,
        id="a row without its parent",
    ),
]


@pytest.mark.parametrize(("sql", "error"), BROKEN)
def test_a_broken_step_leaves_the_ledger_as_it_was(empty: sqlite3.Connection, sql: str, error: type[Exception]) -> None:
    migrate(empty, [ONE, TWO])
    with pytest.raises(error):
        migrate(empty, [ONE, TWO, (3, sql)])
    assert (version_of(empty), names(empty)) == (2, ["a"])
    assert not empty.in_transaction
    assert migrate(empty, [ONE, TWO, (3, "CREATE TABLE b (x INTEGER);")]) == 1


def test_a_newer_ledger_is_refused_with_the_way_out(path: Path) -> None:
    LedgerStore.open(path).close()
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    connection.close()
    with pytest.raises(LedgerNewer, match=rf"version {SCHEMA_VERSION + 1}.*knows {SCHEMA_VERSION};.*astra db restore"):
        LedgerStore.open(path)
    assert not backup_path(path, 1).exists()


def test_a_ledger_is_backed_up_before_it_is_migrated(
    path: Path, make: Make, run: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    with LedgerStore.open(path) as store:
        store.begin_run(run(), "{}")
        store.commit(1, 1, [make(OrderFilled, 1)])
    assert not backup_path(path, 1).exists()
    longer = (*shipped(), (SCHEMA_VERSION + 1, "DROP TABLE fills;"))
    monkeypatch.setattr(migrations, "shipped", lambda: longer)
    LedgerStore.open(path).close()
    kept = sqlite3.connect(backup_path(path, 1))
    assert version_of(kept) == SCHEMA_VERSION
    assert kept.execute("SELECT COUNT(*) FROM fills").fetchone() == (1,)
    kept.close()


STATEMENTS = [
    pytest.param("", [], id="nothing"),
    pytest.param("-- only a word\n", [], id="a comment"),
    pytest.param("A; B;", ["A;", "B;"], id="two"),
    pytest.param("INSERT INTO t VALUES ('a;b');", ["INSERT INTO t VALUES ('a;b');"], id="a semicolon in a text"),
    pytest.param(
        "CREATE TRIGGER r AFTER INSERT ON t BEGIN DELETE FROM t; SELECT 1; END; B;",
        ["CREATE TRIGGER r AFTER INSERT ON t BEGIN DELETE FROM t; SELECT 1; END;", "B;"],
        id="a trigger",
    ),
]


@pytest.mark.parametrize(("sql", "expected"), STATEMENTS)
def test_a_script_is_split_where_its_statements_end(sql: str, expected: list[str]) -> None:
    assert list(split_statements(sql)) == expected
