"""One consistent reading of the ledger: everything a report is made of, from one lineage, in one short transaction.

SQLite from the standard library reads here, because a report may be asked for in the process that writes the ledger,
where a second SQLite would cost the writer its locks.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final

import msgspec

from astra_actors.kernel.units import NS_PER_HOUR
from astra_actors.ledger.connection import open_reader
from astra_actors.ledger.runs import OF_LINEAGE, lineage_of
from astra_actors.metrics.attribution import TaggedTrade
from astra_actors.reporting.ledger_rows import (
    EntryForecast,
    EquityMark,
    FillRow,
    LedgerReading,
    MarketForecast,
    MarketRow,
)

LEAD_HOURS: Final = 24  # the close window begins a day before the close: a forecast has to stand before it

_FORECASTS: Final = f"""
    SELECT r.market_id, r.outcome, m.category, m.event_id, e.p, e.market_p
    FROM resolutions AS r
    JOIN markets AS m ON m.market_id = r.market_id AND m.{OF_LINEAGE}
    LEFT JOIN estimates AS e ON e.rowid = (
        SELECT rowid FROM estimates AS earlier
        WHERE earlier.market_id = r.market_id AND earlier.{OF_LINEAGE}
            AND earlier.local_ns <= min(iif(m.close_ns > 0, m.close_ns, r.local_ns), r.local_ns) - :lead_ns
        ORDER BY earlier.local_ns DESC, earlier.seq DESC LIMIT 1)
    WHERE r.{OF_LINEAGE} ORDER BY r.local_ns, r.market_id"""


def read_ledger(path: Path, run_id: str, *, lead_hours: float = LEAD_HOURS) -> LedgerReading:
    """Read one lineage as it stands; the run may be any of its runs."""
    with _snapshot(path) as db:
        lineage = lineage_of(db, run_id)
        reading = _head(db, run_id, lineage)
        scope = {"lineage": lineage, "lead_ns": round(lead_hours * NS_PER_HOUR)}
        _counts(db, reading, scope)
        _markets(db, reading, scope)
        _trades(db, reading, scope)
        _flows(db, reading, scope)
        _marks(db, reading, scope)
    return reading


@contextmanager
def _snapshot(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(open_reader(path)) as db:
        db.row_factory = sqlite3.Row
        db.execute("BEGIN")
        yield db


def _head(db: sqlite3.Connection, run_id: str, lineage: str) -> LedgerReading:
    run = dict(db.execute("SELECT * FROM runs WHERE run_id = ?", (run_id,)).fetchone())
    window = db.execute(
        f'SELECT digest, end_ns FROM windows WHERE {OF_LINEAGE} ORDER BY "window" DESC LIMIT 1', {"lineage": lineage}
    ).fetchone()
    settings = db.execute("SELECT config_json FROM config_snapshots WHERE run_id = ?", (lineage,)).fetchone()
    return LedgerReading(
        run=run,
        lineage=lineage,
        runs=db.execute("SELECT count(*) FROM runs WHERE lineage = ?", (lineage,)).fetchone()[0],
        digest=window["digest"] if window else "",
        last_end_ns=window["end_ns"] if window else 0,
        journal_mode=db.execute("PRAGMA journal_mode").fetchone()[0],
        bankroll_usd=_bankroll(settings["config_json"]) if settings else None,
        catalogue_url=_catalogue(settings["config_json"]) if settings else "",
    )


def _bankroll(settings_json: str) -> float | None:
    try:
        return float(msgspec.json.decode(settings_json)["run"]["bankroll_usd"])
    except (msgspec.DecodeError, KeyError, TypeError, ValueError):
        return None  # a ledger written without settings: the first mark says what it began with


def _catalogue(settings_json: str) -> str:
    try:
        return str(msgspec.json.decode(settings_json)["stream"]["gamma_url"])
    except (msgspec.DecodeError, KeyError, TypeError):
        return ""


def _counts(db: sqlite3.Connection, reading: LedgerReading, scope: dict[str, Any]) -> None:
    for table in ("orders", "estimates", "definitions", "alerts", "resolutions", "leases"):
        reading.counts[table] = db.execute(f"SELECT count(*) FROM {table} WHERE {OF_LINEAGE}", scope).fetchone()[0]
    row = db.execute(f"SELECT count(*) FROM alerts WHERE delivered = 1 AND {OF_LINEAGE}", scope).fetchone()
    reading.counts["alerts_delivered"] = row[0]
    for table, key in (("orders", "order_id"), ("fills", "fill_id"), ("trades", "trade_id")):
        row = db.execute(f"SELECT count(*) - count(DISTINCT {key}) FROM {table} WHERE {OF_LINEAGE}", scope).fetchone()
        reading.counts[f"duplicate_{table}"] = row[0]
    row = db.execute(f"SELECT count(DISTINCT order_id) FROM fills WHERE {OF_LINEAGE}", scope).fetchone()
    reading.counts["orders_filled"] = row[0]
    row = db.execute(
        f"SELECT count(*) FROM trades WHERE {OF_LINEAGE} AND pnl_e10 = proceeds_e10 - cost_e10 - fees_e10", scope
    ).fetchone()
    reading.counts["trades_with_pnl"] = row[0]


def _markets(db: sqlite3.Connection, reading: LedgerReading, scope: dict[str, Any]) -> None:
    outcomes = dict(db.execute(f"SELECT market_id, outcome FROM resolutions WHERE {OF_LINEAGE}", scope).fetchall())
    for row in db.execute(f"SELECT * FROM markets WHERE {OF_LINEAGE} ORDER BY local_ns, seq", scope):
        reading.markets[row["market_id"]] = MarketRow(
            market_id=row["market_id"],
            event_id=row["event_id"],
            question=row["question"],
            category=row["category"],
            clusters=tuple(msgspec.json.decode(row["clusters"])),
            strategy=row["strategy"],
            outcome=outcomes.get(row["market_id"]),
        )


def _trades(db: sqlite3.Connection, reading: LedgerReading, scope: dict[str, Any]) -> None:
    for row in db.execute(f"SELECT * FROM trades WHERE {OF_LINEAGE} ORDER BY closed_ns, trade_id", scope):
        market = reading.markets.get(row["market_id"])
        event_id = market.event_id if market else row["market_id"]
        reading.trades.append(
            TaggedTrade(
                closed_ns=row["closed_ns"],
                opened_ns=row["opened_ns"],
                pnl_e10=row["pnl_e10"],
                cost_e10=row["cost_e10"],
                fees_e10=row["fees_e10"],
                size_e6=row["size_e6"],
                block=event_id,
                market_id=row["market_id"],
                strategy=row["strategy"],
                category=row["category"],
                event_type=row["event_type"],
                vol_bucket=row["vol_bucket"],
                ttr_bucket=row["ttr_bucket"],
                direction=row["direction"],
                exit_kind=row["exit_kind"],
                outcome=row["resolution_outcome"],
            )
        )
        if row["resolution_outcome"] is not None:
            reading.entries.append(
                EntryForecast(
                    p=row["entry_p"],
                    market_p=row["entry_market_p"],
                    outcome=row["resolution_outcome"],
                    event_id=event_id,
                    closed_ns=row["closed_ns"],
                )
            )
    found = {row["market_id"]: MarketForecast(**dict(row)) for row in db.execute(_FORECASTS, scope)}
    reading.forecasts = list(found.values())  # a market that two runs of the lineage listed is one market
    for row in db.execute(f"SELECT * FROM resolutions WHERE {OF_LINEAGE} ORDER BY local_ns, market_id", scope):
        reading.settled_pnl_e10[row["market_id"]] = (
            row["pnl_e10"],
            row["pnl_pessimistic_e10"],
            row["pnl_optimistic_e10"],
        )


def _flows(db: sqlite3.Connection, reading: LedgerReading, scope: dict[str, Any]) -> None:
    columns = ", ".join(name for name in FillRow.__slots__)
    for row in db.execute(f"SELECT {columns} FROM fills WHERE {OF_LINEAGE} ORDER BY local_ns, market_id, seq", scope):
        reading.fills.append(FillRow(**{**dict(row), "degraded": bool(row["degraded"])}))
    for row in db.execute(
        f"SELECT variant, count(*), coalesce(sum(size_e6), 0) FROM shadow_fills WHERE {OF_LINEAGE} GROUP BY variant",
        scope,
    ):
        reading.shadow[row[0]] = (row[1], row[2])
    reading.markouts = [
        tuple(row)
        for row in db.execute(
            f"SELECT fill_id, horizon_s, markout_e4 FROM markouts WHERE {OF_LINEAGE} ORDER BY local_ns, market_id, seq",
            scope,
        )
    ]
    for row in db.execute(
        "SELECT event_type, CASE WHEN reason LIKE 'queue_ahead%' THEN '' ELSE reason END AS why, count(*)"
        f" FROM order_events WHERE {OF_LINEAGE} GROUP BY event_type, why",
        scope,
    ):
        reading.order_events[(row[0], row[1])] = row[2]


def _marks(db: sqlite3.Connection, reading: LedgerReading, scope: dict[str, Any]) -> None:
    for row in db.execute(f"SELECT * FROM equity WHERE {OF_LINEAGE} ORDER BY local_ns, seq", scope):
        reading.equity.append(
            EquityMark(
                at_ns=row["local_ns"],
                equity_e10=row["equity_e10"],
                peak_e10=row["peak_e10"],
                drawdown=row["drawdown"],
                exposure_e10=row["exposure_e10"],
                granted_e10=row["granted_e10"],
                state=row["trading_state"],
            )
        )
    for row in db.execute(
        "SELECT kind, iif(instr(scope, ':'), substr(scope, 1, instr(scope, ':') - 1), scope) AS family, count(*)"
        f" FROM risk_events WHERE {OF_LINEAGE} GROUP BY kind, family",
        scope,
    ):
        reading.risk_events[(row[0], row[1])] = row[2]
    reading.rebased_ns = [
        row[0]
        for row in db.execute(
            f"SELECT local_ns FROM risk_events WHERE kind = 'reset_drawdown' AND {OF_LINEAGE} ORDER BY local_ns", scope
        )
    ]
    reading.feed_sessions = [
        tuple(row)
        for row in db.execute(f"SELECT connection, started_ns, ended_ns FROM feed_sessions WHERE {OF_LINEAGE}", scope)
    ]
