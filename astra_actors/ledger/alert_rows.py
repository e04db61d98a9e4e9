"""The rows of the table `alerts`: what a person was to be told, and whether somebody was.

They stand beside the sealed windows, never in them: when an alert is sent and what became of it depends on the clock on
the wall, on networks and on who listens, and two runs of one seed must give one digest.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRow:
    """One message, and how often it happened since the one before it of its kind and scope."""

    alert_id: str
    run_id: str
    kind: str
    severity: str
    scope: str
    message: str
    count: int
    run_ns: int  # the run's own time: virtual in a world, the venue's day on a tape
    raised_ns: int  # the clock on the wall
    delivered: bool  # at least one target took it
    delivered_ns: int | None
    attempts: int  # over all targets
    outcome: str  # a word of `reporting.alert_desk.Outcome`
    detail: str  # which targets did not take it, and why


_NAMES = tuple(field.name for field in fields(AlertRow))
_COLUMNS = ", ".join(f'"{name}"' for name in _NAMES)
_UPSERT = f"INSERT OR REPLACE INTO alerts ({_COLUMNS}) VALUES ({', '.join('?' * len(_NAMES))})"


def write_alert_rows(connection: sqlite3.Connection, rows: Sequence[AlertRow]) -> None:
    """Write rows, or their newer state; inside the caller's transaction."""
    connection.executemany(_UPSERT, [astuple(row) for row in rows])


def read_alert_rows(connection: sqlite3.Connection, *, last: int) -> list[AlertRow]:
    """The last rows of the whole ledger, the oldest first."""
    query = f"SELECT {_COLUMNS} FROM alerts ORDER BY raised_ns DESC, rowid DESC LIMIT ?"
    found = [dict(zip(_NAMES, row, strict=True)) for row in connection.execute(query, (last,))]
    return [AlertRow(**{**values, "delivered": bool(values["delivered"])}) for values in reversed(found)]
