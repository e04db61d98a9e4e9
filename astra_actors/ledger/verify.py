"""Whether the ledger still says what it said: the facts of every window must give the digest it was sealed with.

SQLite's own check finds a broken page; this one finds a changed number.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from itertools import groupby
from typing import Any

from astra_actors.kernel.errors import LedgerCorrupt
from astra_actors.kernel.facts import FACTS, Fact
from astra_actors.ledger.digest import GENESIS, window_digest
from astra_actors.ledger.runs import OF_LINEAGE
from astra_actors.ledger.schema import reader, select_sql


def lineages(connection: sqlite3.Connection) -> list[str]:
    """Every lineage of the ledger, the oldest first."""
    return [row[0] for row in connection.execute("SELECT lineage FROM runs GROUP BY lineage ORDER BY MIN(rowid)")]


def verify(connection: sqlite3.Connection, lineage: str) -> int:
    """Check the chain of one lineage and return its windows; raise `LedgerCorrupt` at the first that differs."""
    tables = [_Reader(connection, lineage, fact_class) for fact_class in FACTS]
    before, count = GENESIS, 0
    sealed = connection.execute(
        f'SELECT "window", facts, digest FROM windows WHERE {OF_LINEAGE} ORDER BY "window"', {"lineage": lineage}
    )
    for window, expected, digest in sealed:
        facts = [fact for table in tables for fact in table.take(window)]
        if len(facts) != expected:
            raise LedgerCorrupt(f"window {window} holds {len(facts)} facts and was sealed with {expected}")
        before = window_digest(before, facts)
        if before != digest:
            raise LedgerCorrupt(
                f"window {window} was sealed as {digest[:12]} and reads as {before[:12]}: a fact was changed"
            )
        count += 1
    left = [table.name for table in tables if table.has_more]
    if left:
        raise LedgerCorrupt(f"facts of a window that was never sealed stand in {', '.join(left)}")
    return count


class _Reader:
    """One table read once from front to back, a window at a time."""

    def __init__(self, connection: sqlite3.Connection, lineage: str, fact_class: type[Fact]) -> None:
        self.name = fact_class.table
        query = select_sql(fact_class).replace(" FROM ", ', "window" FROM ', 1)
        rows = connection.execute(f"{query} WHERE {OF_LINEAGE} ORDER BY rowid", {"lineage": lineage})
        self._read = reader(fact_class)
        self._groups = groupby(rows, key=lambda row: row[-1])
        self._next: tuple[int, Iterator[Any]] | None = next(self._groups, None)

    @property
    def has_more(self) -> bool:
        return self._next is not None

    def take(self, window: int) -> list[Fact]:
        """The facts of this window; none when the next row belongs to another."""
        if self._next is None or self._next[0] != window:
            return []
        facts: list[Fact] = [self._read(row[:-1]) for row in self._next[1]]
        self._next = next(self._groups, None)
        return facts
