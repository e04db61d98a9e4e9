"""The truth of one UTC day, in a handful of sums: written when the day is over, while the run goes on."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from astra_actors.kernel.errors import LedgerError
from astra_actors.kernel.units import NS_PER_DAY, NS_PER_S, usd
from astra_actors.ledger.runs import OF_LINEAGE, lineage_of
from astra_actors.reporting.atomic import write_atomic

_DAY = f"{OF_LINEAGE} AND local_ns > :from_ns AND local_ns <= :to_ns"


def daily_truth(ledger: Path, run_id: str, day: int) -> dict[str, Any]:
    """What the ledger says of one day, counted in days since 1970 UTC; a figure without rows behind it is null."""
    if not ledger.exists():
        raise LedgerError(f"there is no ledger at {ledger}; a run writes one")
    with closing(sqlite3.connect(f"file:{ledger}?mode=ro", uri=True)) as connection:
        where = {
            "lineage": lineage_of(connection, run_id),
            "from_ns": day * NS_PER_DAY,
            "to_ns": (day + 1) * NS_PER_DAY,
        }
        return {
            "date": datetime.fromtimestamp(day * NS_PER_DAY // NS_PER_S, UTC).date().isoformat(),
            "run_id": run_id,
            "equity": _equity(connection, where),
            "trades": _trades(connection, where),
            "orders": _orders(connection, where),
            "risk": _risk(connection, where),
        }


def write_daily(report: dict[str, Any], folder: Path) -> Path:
    """Put one day's report in place whole."""
    return write_atomic(folder / f"{report['date']}.json", json.dumps(report, indent=1, allow_nan=False) + "\n")


def _equity(connection: sqlite3.Connection, where: dict[str, Any]) -> dict[str, Any]:
    first, last, low, state = connection.execute(
        "SELECT (SELECT equity_e10 FROM equity WHERE " + _DAY + " ORDER BY local_ns LIMIT 1),"
        " (SELECT equity_e10 FROM equity WHERE " + _DAY + " ORDER BY local_ns DESC LIMIT 1),"
        " (SELECT MAX(drawdown) FROM equity WHERE " + _DAY + "),"
        " (SELECT trading_state FROM equity WHERE " + _DAY + " ORDER BY local_ns DESC LIMIT 1)",
        where,
    ).fetchone()
    known = first is not None
    return {
        "start_usd": usd(first) if known else None,
        "end_usd": usd(last) if known else None,
        "daily_return": (last - first) / first if known and first else None,
        "max_drawdown": low,
        "trading_state": state,
    }


def _trades(connection: sqlite3.Connection, where: dict[str, Any]) -> dict[str, Any]:
    rows = connection.execute(
        "SELECT strategy, category, COUNT(*), SUM(pnl_e10), SUM(pnl_e10 > 0) FROM trades WHERE " + _DAY
        + " GROUP BY strategy, category ORDER BY strategy, category",
        where,
    ).fetchall()  # fmt: skip
    return {
        "closed": sum(row[2] for row in rows),
        "pnl_usd": usd(sum(row[3] for row in rows)) if rows else None,
        "by_strategy_and_category": [
            {"strategy": strategy, "category": category, "closed": count, "pnl_usd": usd(pnl), "won": won}
            for strategy, category, count, pnl, won in rows
        ],
    }


def _orders(connection: sqlite3.Connection, where: dict[str, Any]) -> dict[str, Any]:
    sent = connection.execute("SELECT COUNT(*) FROM orders WHERE " + _DAY, where).fetchone()[0]
    events = dict(
        connection.execute(
            "SELECT event_type, COUNT(*) FROM order_events WHERE " + _DAY + " GROUP BY event_type", where
        )
    )
    fills, size_e6 = connection.execute("SELECT COUNT(*), SUM(size_e6) FROM fills WHERE " + _DAY, where).fetchone()
    markouts = {
        f"markout_{horizon_s}s_points": mean / 10_000
        for horizon_s, mean in connection.execute(
            "SELECT horizon_s, AVG(markout_e4) FROM markouts WHERE markout_e4 IS NOT NULL AND " + _DAY
            + " GROUP BY horizon_s", where
        )
    }  # fmt: skip
    return {
        "quote_count": sent,
        "fill_count": fills,
        "shares_filled": (size_e6 or 0) / 1e6,
        "cancel_count": events.get("cancel_ack", 0),
        "reject_count": events.get("reject", 0),
        "expire_count": events.get("expire", 0),
        "fill_rate_per_quote": fills / sent if sent else None,
        **markouts,
    }


def _risk(connection: sqlite3.Connection, where: dict[str, Any]) -> dict[str, int]:
    return dict(connection.execute("SELECT kind, COUNT(*) FROM risk_events WHERE " + _DAY + " GROUP BY kind", where))
