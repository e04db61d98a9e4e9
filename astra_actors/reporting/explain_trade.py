"""A closed trade: its fills, and its profit as arithmetic that can be checked by hand."""

from __future__ import annotations

import sqlite3

from astra_actors.kernel.units import NS_PER_HOUR
from astra_actors.ledger.runs import OF_LINEAGE
from astra_actors.reporting.explain_text import cents, exact_usd, moment, size

_WAYS = {"flat": "sold back to flat", "settled": "held until the market settled"}


def trade_lines(db: sqlite3.Connection, lineage: str, trade_id: str) -> list[str]:
    """What was bought, what came back, and what was believed when it was opened."""
    row = db.execute(
        f"SELECT * FROM trades WHERE trade_id = :key AND {OF_LINEAGE}", {"key": trade_id, "lineage": lineage}
    ).fetchone()
    hours = (row["closed_ns"] - row["opened_ns"]) / NS_PER_HOUR
    cost, back, fees, pnl = row["cost_e10"], row["proceeds_e10"], row["fees_e10"], row["pnl_e10"]
    other = pnl - (back - cost - fees)
    lines = [
        f"trade {trade_id} of run {lineage[:8]}",
        f"  {row['direction']} in market {row['market_id']} by {row['strategy']}",
        f"  opened {moment(row['opened_ns'])}, {_WAYS.get(row['exit_kind'], row['exit_kind'])} {hours:.2f} hours later",
        f"  {size(row['size_e6'])} for {exact_usd(cost)}, on average {cents(_average_e4(row))} a share",
        "  profit: "
        + f"{exact_usd(back)} back − {exact_usd(cost)} paid − {exact_usd(fees)} fees"
        + (f" + {exact_usd(other)} rebates" if other else "")
        + f" = {exact_usd(pnl)}"
        + (f", {pnl / cost:+.2%} of what it cost" if cost else ""),
        f"  the market's outcome: {row['resolution_outcome'] or 'not settled yet'}",
        _belief(row),
        f"  tags: {row['category']}, {row['event_type']}, volatility {row['vol_bucket']}, {row['ttr_bucket']} to resolution",
        "  its fills:",
    ]
    return lines + _fills(db, lineage, row)


def _average_e4(row: sqlite3.Row) -> float | None:
    return row["cost_e10"] / row["size_e6"] if row["size_e6"] else None


def _belief(row: sqlite3.Row) -> str:
    if row["entry_p"] is None:
        return "  no estimate stands behind it"
    market = "unknown" if row["entry_market_p"] is None else f"{row['entry_market_p']:.4f}"
    return f"  believed at entry: YES {row['entry_p']:.4f}, the market {market} ({row['estimate_id']})"


def _fills(db: sqlite3.Connection, lineage: str, row: sqlite3.Row) -> list[str]:
    fills = db.execute(
        "SELECT * FROM fills WHERE market_id = :market AND strategy = :strategy"
        f" AND local_ns BETWEEN :opened AND :closed AND {OF_LINEAGE} ORDER BY local_ns, seq",
        {
            "market": row["market_id"],
            "strategy": row["strategy"],
            "opened": row["opened_ns"],
            "closed": row["closed_ns"],
            "lineage": lineage,
        },
    ).fetchall()
    return [
        f"    {moment(f['local_ns'])} {f['side']} {f['token']} {size(f['size_e6'])} at {cents(f['price_e4'])}"
        f" ({f['fill_id']} of {f['order_id']})"
        for f in fills
    ]
