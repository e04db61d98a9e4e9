"""The rows of the account: intents, ends, fills and reconciliations, written as they happen and read back at each start.

Whoever writes may write again after a failure, so every row is recognised by its id. Of an end and of a fill the later word
stands; an intent never changes. All of it stands beside the sealed windows, never in them.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import astuple, fields
from itertools import groupby
from typing import Any, Final, TypeVar

from astra_actors.kernel.units import NS_PER_S
from astra_actors.ledger.recovery import ENDED_SQL
from astra_actors.ledger.runs import OF_LINEAGE
from astra_actors.venues.clob.account_memory import AccountMemory
from astra_actors.venues.clob.account_rows import AccountFillRow, AccountRow, EndRow, IntentRow, ReconciliationRow

R = TypeVar("R", IntentRow, EndRow, AccountFillRow, ReconciliationRow)
ENDED_KEPT_S: Final = 3_600  # an order that ended longer ago can have no news on its way any more
_TABLES: Final[dict[type, str]] = {
    IntentRow: "intents",
    EndRow: "order_ends",
    AccountFillRow: "account_fills",
    ReconciliationRow: "reconciliations",
}
_AGAIN: Final[dict[type, str]] = {  # what becomes of a row whose id is known
    IntentRow: "ON CONFLICT DO NOTHING",
    EndRow: "ON CONFLICT (venue_id) DO UPDATE SET state = excluded.state, reason = excluded.reason,"
    " filled_e6 = excluded.filled_e6, at_ns = excluded.at_ns WHERE excluded.at_ns > order_ends.at_ns",
    AccountFillRow: "ON CONFLICT (fill_id) DO UPDATE SET settling = excluded.settling, moved_ns = excluded.moved_ns,"
    " order_id = CASE excluded.order_id WHEN '' THEN account_fills.order_id ELSE excluded.order_id END"
    " WHERE excluded.moved_ns >= account_fills.moved_ns",
    ReconciliationRow: "ON CONFLICT DO NOTHING",
}
_NOT_ENDED: Final = "NOT EXISTS (SELECT 1 FROM order_ends WHERE order_ends.venue_id = intents.venue_id)"
_ENDED_LATELY: Final = (  # or so that its owner's own records do not have it
    f"{OF_LINEAGE} AND (EXISTS (SELECT 1 FROM order_ends"
    " WHERE order_ends.venue_id = intents.venue_id AND order_ends.at_ns >= :since_ns)"
    " OR NOT EXISTS (SELECT 1 FROM order_events"
    f" WHERE order_events.order_id = intents.order_id AND event_type IN ({ENDED_SQL})"
    f" AND order_events.{OF_LINEAGE}))"  # a run on paper counts its orders in the same way, to the same ids
)


def write_account(connection: sqlite3.Connection, run_id: str, rows: Iterable[AccountRow]) -> None:
    """Write rows in their order; inside the caller's transaction."""
    for kind, same in groupby(rows, key=type):
        connection.executemany(_upsert(kind), [(*astuple(row), run_id) for row in same])


def read_account(connection: sqlite3.Connection, lineage: str, now_ns: int) -> AccountMemory:
    """What a holder of the account goes on from. Orders that may still rest come from every run: the wallet is one."""
    keys = {"lineage": lineage, "since_ns": now_ns - ENDED_KEPT_S * NS_PER_S}
    open_ids = f"SELECT venue_id FROM intents WHERE {_NOT_ENDED}"
    kept = f"SELECT venue_id FROM intents WHERE {_ENDED_LATELY}"

    def column(query: str) -> frozenset[str]:
        return frozenset(row[0] for row in connection.execute(query, keys))

    intents = f"WHERE {_NOT_ENDED} OR ({_ENDED_LATELY}) ORDER BY written_ns, rowid"
    fills = f"WHERE {OF_LINEAGE} OR venue_id IN ({open_ids}) ORDER BY seen_ns, rowid"
    return AccountMemory(
        intents=tuple(_read(connection, IntentRow, intents, keys)),
        ends=tuple(_read(connection, EndRow, f"WHERE venue_id IN ({kept}) ORDER BY at_ns, rowid", keys)),
        fills=tuple(_read(connection, AccountFillRow, fills, keys)),
        known_fills=column(f"SELECT fill_id FROM fills WHERE {OF_LINEAGE}"),
        others=column(f"{open_ids} AND NOT {OF_LINEAGE}"),
        markets=column(f"SELECT DISTINCT market_id FROM intents WHERE {OF_LINEAGE}"),
    )


def later_fills(connection: sqlite3.Connection, lineage: str, after_row: int) -> tuple[int, list[str]]:
    """The ids of fills that the owners have recorded since a row of the table, and the row to go on from."""
    rows = connection.execute(
        f"SELECT rowid, fill_id FROM fills WHERE rowid > :after AND {OF_LINEAGE} ORDER BY rowid",
        {"lineage": lineage, "after": after_row},
    ).fetchall()
    return (rows[-1][0] if rows else after_row), [row[1] for row in rows]


def read_reconciliations(connection: sqlite3.Connection, lineage: str, *, last: int) -> list[ReconciliationRow]:
    """The last comparisons with the venue, the oldest first."""
    newest = f"WHERE {OF_LINEAGE} ORDER BY at_ns DESC LIMIT :last"
    return _read(connection, ReconciliationRow, newest, {"lineage": lineage, "last": last})[::-1]


def _upsert(kind: type[AccountRow]) -> str:
    names = [*_names(kind), '"run_id"']
    return f"INSERT INTO {_TABLES[kind]} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))}) {_AGAIN[kind]}"


def _read(connection: sqlite3.Connection, kind: type[R], where: str, keys: dict[str, Any]) -> list[R]:
    rows: Sequence[tuple[Any, ...]] = connection.execute(
        f"SELECT {', '.join(_names(kind))} FROM {_TABLES[kind]} {where}", keys
    ).fetchall()
    names = [field.name for field in fields(kind)]
    flags = [field.name for field in fields(kind) if field.type == "bool"]
    made = [dict(zip(names, row, strict=True)) for row in rows]
    return [kind(**{**values, **{flag: bool(values[flag]) for flag in flags}}) for values in made]


def _names(kind: type[AccountRow]) -> list[str]:
    return [f'"{field.name}"' for field in fields(kind)]
