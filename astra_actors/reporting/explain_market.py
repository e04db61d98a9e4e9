"""A market: what its rules gave, what we believe, what we did in it, and why it was last left alone."""

from __future__ import annotations

import json
import sqlite3

from astra_actors.ledger.runs import OF_LINEAGE
from astra_actors.reporting.clusters_of_run import recorded_reasons
from astra_actors.reporting.decision_files import DecisionFiles
from astra_actors.reporting.explain_text import cents, decision_lines, exact_usd, moment, size, traded_live


def market_lines(db: sqlite3.Connection, files: DecisionFiles, lineage: str, market_id: str) -> list[str]:
    """Everything on record about one market, the last skip told in full."""
    market = _last(db, "markets", lineage, market_id)
    assert market is not None, "only a market that was found is explained"
    closes = moment(market["close_ns"]) if market["close_ns"] else "not stated"
    lines = [
        f"market {market_id} of run {lineage[:8]}: {market['question']}",
        f"  {market['category']}, event {market['event_id']}, closes {closes}",
        f"  strategy {market['strategy'] or 'none'}",
        *_clusters(market),
        *_rules(_last(db, "definitions", lineage, market_id)),
        *_seen(db, lineage, market_id),
        *_done(db, lineage, market_id),
        "",
    ]
    return lines + _skipped(files, market_id)


def _clusters(market: sqlite3.Row) -> list[str]:
    """What it hangs together with, and the reason that was written down for it; older ledgers have none."""
    reasons = recorded_reasons(market["cause"])
    names: list[str] = json.loads(market["clusters"])
    return [f"  cluster {name}" + (f": {reasons[name]}" if name in reasons else "") for name in names]


def _rules(row: sqlite3.Row | None) -> list[str]:
    if row is None:
        return ["  definition: none on record"]
    if row["definition_hash"] is None:
        return [f"  definition: none could be read; {row['reason']}"]
    return [f"  definition {row['definition_hash'][:16]}: {row['contract']}"]


def _seen(db: sqlite3.Connection, lineage: str, market_id: str) -> list[str]:
    lines = []
    if (top := _last(db, "market_snapshots", lineage, market_id)) is not None:
        lines.append(
            f"  last seen {moment(top['local_ns'])}: bid {cents(top['best_bid_e4'])}, ask {cents(top['best_ask_e4'])},"
            f" regime {top['regime']}, toxicity {top['toxicity']:.3f}"
        )
    if (found := _last(db, "estimates", lineage, market_id)) is not None:
        lines.append(
            f"  last estimate {moment(found['local_ns'])}: {found['p']:.4f} in [{found['p_lo']:.4f}, {found['p_hi']:.4f}]"
            f" by {found['estimator']} {found['estimator_version']} ({found['estimate_id']})"
        )
    if (lease := _last(db, "leases", lineage, market_id)) is not None:
        why = f", {lease['reason']}" if lease["reason"] else ""
        lines.append(f"  last lease {lease['lease_id']}: {exact_usd(lease['limit_e10'])} worst case{why}")
    return lines


def _done(db: sqlite3.Connection, lineage: str, market_id: str) -> list[str]:
    scope = {"market": market_id, "lineage": lineage}
    where = f"WHERE market_id = :market AND {OF_LINEAGE}"
    orders = db.execute(f"SELECT count(*) FROM orders {where}", scope).fetchone()[0]
    fills, filled_e6 = db.execute(f"SELECT count(*), coalesce(sum(size_e6), 0) FROM fills {where}", scope).fetchone()
    trades, pnl_e10 = db.execute(f"SELECT count(*), coalesce(sum(pnl_e10), 0) FROM trades {where}", scope).fetchone()
    lines = [
        f"  {orders:,} orders, {fills:,} fills of {size(filled_e6)}, closed trades: {trades:,}, {exact_usd(pnl_e10)}"
    ]
    end = _last(db, "resolutions", lineage, market_id)
    if end is not None:
        less, more = exact_usd(end["pnl_pessimistic_e10"]), exact_usd(end["pnl_optimistic_e10"])
        otherwise = "" if traded_live(db, lineage) else f" (pessimistic {less}, optimistic {more})"
        lines.append(
            f"  settled {end['outcome']} by {end['source_a']} and {end['source_b']} at {moment(end['local_ns'])}:"
            f" payout {exact_usd(end['payout_e10'])}, profit {exact_usd(end['pnl_e10'])}" + otherwise
        )
    return lines


def _skipped(files: DecisionFiles, market_id: str) -> list[str]:
    if files.empty:
        return [f"no decision artifacts under {files.folder}"]
    skip = files.last(market_id, skips_only=True)
    if skip is None:
        return ["it was never skipped"]
    return ["why it was last skipped", *(f"  {line}" for line in decision_lines(skip))]


def _last(db: sqlite3.Connection, table: str, lineage: str, market_id: str) -> sqlite3.Row | None:
    row: sqlite3.Row | None = db.execute(
        f"SELECT * FROM {table} WHERE market_id = :market AND {OF_LINEAGE} ORDER BY local_ns DESC, seq DESC LIMIT 1",
        {"market": market_id, "lineage": lineage},
    ).fetchone()
    return row
