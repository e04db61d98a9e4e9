"""Any question over ledger and Parquet at once: DuckDB in memory, fed by one pass over the tables that are asked for.

Never in the process that writes the ledger: ADBC brings a second SQLite, and when that closes the file the writer loses
its locks. From any other process it is safe while Astra runs.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import adbc_driver_sqlite.dbapi as adbc
import duckdb

from astra_actors.kernel.errors import BadInput, LedgerError

_DUCK_TYPE: Final = {"INTEGER": "BIGINT", "REAL": "DOUBLE", "TEXT": "VARCHAR", "BLOB": "BLOB"}
_COLUMNS_OF_TABLES: Final = """
    SELECT t.name AS t, c.cid AS cid, c.name AS c, c.type AS kind
    FROM sqlite_schema AS t JOIN pragma_table_info(t.name) AS c
    WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%'"""
_WRITES: Final = frozenset({"INSERT", "UPDATE", "DELETE", "MERGE_INTO", "CREATE", "ALTER", "DROP"})
_BATCH_ROWS: Final = (
    "1000000000"  # ADBC guesses a column's type from its first batch; NULLs before text would mislead it
)


@dataclass(frozen=True, slots=True)
class Answer:
    """The rows a question gave, under their column names."""

    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]

    def dicts(self) -> list[dict[str, Any]]:
        """One mapping a row."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]


def ask(ledger: Path | str, query: str, parquet: Mapping[str, str] | None = None) -> Answer:
    """Answer one query over the ledger's tables, and over Parquet files by name (`{"decisions": "dir/*.parquet"}`).

    The query reads and cannot write, load extensions or open other files.
    """
    path = Path(ledger)
    if not path.exists():
        raise LedgerError(f"there is no ledger at {path}; a run writes one")
    with duckdb.connect(config={"autoinstall_known_extensions": "false"}) as duck:
        _copy_tables(duck, path, query)
        for name, pattern in (parquet or {}).items():
            if _named(name, query):
                _add_files(duck, name, pattern)
        duck.execute("SET enable_external_access = false")
        duck.execute("SET lock_configuration = true")
        return _answered(duck, query)


def _answered(duck: Any, query: str) -> Answer:
    try:
        statements = duck.extract_statements(query)
        if len(statements) != 1:
            raise BadInput("query", query, "ask one question at a time")
        if statements[0].type.name in _WRITES:  # it would change a copy in memory and look as if it had worked
            raise BadInput("query", query, "a question only reads: begin it with select")
        cursor = duck.execute(query)
        columns = tuple(str(each[0]) for each in cursor.description or ())
        return Answer(columns, cursor.fetchall())
    except duckdb.Error as error:
        raise BadInput("query", query, str(error).splitlines()[0]) from error


def _copy_tables(duck: Any, path: Path, query: str) -> None:
    """Copy the tables the query names, whole, from one consistent view of the ledger."""
    try:
        with adbc.connect(f"{path.resolve().as_uri()}?mode=ro", autocommit=False) as source, source.cursor() as cursor:
            cursor.adbc_statement.set_options(**{"adbc.sqlite.query.batch_rows": _BATCH_ROWS})
            _incoming(duck, cursor, _COLUMNS_OF_TABLES)
            columns = duck.execute("SELECT * FROM astra_incoming ORDER BY ALL").fetchall()
            duck.unregister("astra_incoming")
            for table in dict.fromkeys(row[0] for row in columns):
                if _named(table, query):
                    _copy_table(duck, cursor, table, [(name, kind) for of, _, name, kind in columns if of == table])
    except adbc.Error as error:
        raise LedgerError(f"{path} cannot be read: {error}; look at it with `astra db check`") from error


def _copy_table(duck: Any, cursor: Any, table: str, columns: Sequence[tuple[str, str]]) -> None:
    declared = ", ".join(f'"{name}" {_DUCK_TYPE[kind]}' for name, kind in columns)  # an empty table has types too
    duck.execute(f'CREATE TABLE "{table}" ({declared})')
    _incoming(duck, cursor, f'SELECT * FROM "{table}"')
    duck.execute(f'INSERT INTO "{table}" SELECT * FROM astra_incoming')
    duck.unregister("astra_incoming")


def _incoming(duck: Any, cursor: Any, sql: str) -> None:
    """Let DuckDB read what SQLite answers, as an Arrow stream; without pyarrow there is no other way to the rows."""
    cursor.execute(sql)
    duck.register("astra_incoming", cursor.fetch_arrow())


def _add_files(duck: Any, name: str, pattern: str) -> None:
    reader = "read_ndjson_auto" if pattern.endswith(".jsonl") else "read_parquet"
    try:
        duck.execute(f"CREATE TABLE \"{name}\" AS SELECT * FROM {reader}('{pattern.replace(chr(39), chr(39) * 2)}')")
    except duckdb.Error as error:
        raise BadInput(name, pattern, "no file there can be read; a finished run or segment writes one") from error


def _named(name: str, query: str) -> bool:
    return re.search(rf"\b{re.escape(name)}\b", query, re.IGNORECASE) is not None
