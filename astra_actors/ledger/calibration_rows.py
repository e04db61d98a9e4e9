"""The rows of the table `calibrations`, and the settled forecasts that a fit learns from."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import fields
from typing import Any, Final

from astra_actors.kernel.canonical import canonical_bytes
from astra_actors.kernel.units import NS_PER_HOUR
from astra_actors.learning.records import Fit, Judgement, Outcome, Verdict
from astra_actors.ledger.runs import OF_LINEAGE

LEAD_HOURS: Final = 24  # a forecast has to stand a day before the close, as in the report's own score (methods §10.7)
_SCORES: Final = tuple(field.name for field in fields(Judgement))
_NAMES: Final = (
    "calibration_id", "category", "method", "cut_ns", "data_hash", "verdict", "why", *_SCORES, "candidate", "in_force",
)  # fmt: skip
_COLUMNS: Final = ", ".join(f'"{name}"' for name in _NAMES)
_INSERT: Final = (
    f"INSERT INTO calibrations ({_COLUMNS}, run_id) VALUES ({', '.join('?' * (len(_NAMES) + 1))})"
    " ON CONFLICT DO NOTHING"
)
_OUTCOMES: Final = f"""
    SELECT r.market_id, m.event_id, m.category, e.p, r.outcome, r.local_ns
    FROM resolutions AS r
    JOIN markets AS m ON m.market_id = r.market_id AND m.{OF_LINEAGE}
    JOIN estimates AS e ON e.rowid = (
        SELECT rowid FROM estimates AS earlier
        WHERE earlier.market_id = r.market_id AND earlier.{OF_LINEAGE}
            AND earlier.local_ns <= min(iif(m.close_ns > 0, m.close_ns, r.local_ns), r.local_ns) - :lead_ns
        ORDER BY earlier.local_ns DESC, earlier.seq DESC LIMIT 1)
    WHERE r.{OF_LINEAGE} AND r.outcome IN ('YES', 'NO') ORDER BY r.local_ns, r.market_id"""


def write_calibrations(connection: sqlite3.Connection, run_id: str, fits: Sequence[Fit]) -> None:
    """Write fits; inside the caller's transaction. One that is known by its content is left as it is."""
    connection.executemany(_INSERT, [(*_row(one), run_id) for one in fits])


def read_calibrations(connection: sqlite3.Connection, lineage: str) -> list[Fit]:
    """Every fit over one lineage, the oldest cut first."""
    query = f"SELECT {_COLUMNS} FROM calibrations WHERE {OF_LINEAGE} ORDER BY cut_ns, rowid"
    return [_fit(dict(zip(_NAMES, row, strict=True))) for row in connection.execute(query, {"lineage": lineage})]


def read_outcomes(connection: sqlite3.Connection, lineage: str, *, lead_hours: float = LEAD_HOURS) -> list[Outcome]:
    """One forecast for each settled market, in order of resolution; voided markets are left out."""
    keys = {"lineage": lineage, "lead_ns": round(lead_hours * NS_PER_HOUR)}
    return [
        Outcome(market_id=market, event_id=event, category=category, p=p, y=int(outcome == "YES"), resolved_ns=at_ns)
        for market, event, category, p, outcome, at_ns in connection.execute(_OUTCOMES, keys)
    ]


def _row(one: Fit) -> tuple[Any, ...]:
    head = (one.calibration_id, one.category, one.method, one.cut_ns, one.data_hash, one.verdict.name, one.why)
    scores = tuple(getattr(one.judgement, name) for name in _SCORES)
    return (*head, *scores, canonical_bytes(one.candidate).decode(), canonical_bytes(one.in_force).decode())


def _fit(row: dict[str, Any]) -> Fit:
    scores = {name: row.pop(name) for name in _SCORES}
    for name in ("alarm", "warning", "worse_than_active"):
        scores[name] = bool(scores[name])
    maps = {name: json.loads(row.pop(name)) for name in ("candidate", "in_force")}
    return Fit(**{**row, **maps, "verdict": Verdict[row["verdict"]], "judgement": Judgement(**scores)})
