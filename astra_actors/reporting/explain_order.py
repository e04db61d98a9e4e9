"""An order told from the decision that made it to the mid ten minutes after its last fill."""

from __future__ import annotations

import sqlite3

from astra_actors.execution.order import Order
from astra_actors.kernel.units import NS_PER_S
from astra_actors.ledger.runs import OF_LINEAGE
from astra_actors.market.instrument import Side, Token, complement_e4
from astra_actors.reporting.decision_files import DecisionFiles
from astra_actors.reporting.explain_text import bps, cents, decision_lines, exact_usd, moment, size, traded_live
from astra_actors.strategies.base import QuoteSide
from astra_actors.venues.clob.words import VOID


def order_lines(db: sqlite3.Connection, files: DecisionFiles, lineage: str, order_id: str) -> list[str]:
    """The whole life of one order."""
    row = _one(db, "orders", "order_id", lineage, order_id)
    lines = _head(db, lineage, row)
    lines += ["", "why it was placed"]
    decision = files.get(row["decision_id"], row["window"])
    if decision is None:
        lines.append(f"  decision {row['decision_id']} is not among the artifacts under {files.folder}")
    else:
        lines += [f"  {line}" for line in decision_lines(decision)]
    lines += ["", "what became of it", *_life(db, lineage, row)]
    fills = _rows(db, "fills", lineage, "order_id", order_id)
    live = traded_live(db, lineage)
    for fill in fills:
        lines += ["", *_fill(db, lineage, fill, live=live)]
    if live:
        return lines
    return [*lines, "", *_shadows(db, lineage, row, sum(fill["size_e6"] for fill in fills))]


def fill_lines(db: sqlite3.Connection, files: DecisionFiles, lineage: str, fill_id: str) -> list[str]:
    """One execution, its trade if it belongs to one, and the order behind it."""
    fill = _one(db, "fills", "fill_id", lineage, fill_id)
    lines = _fill(db, lineage, fill, live=traded_live(db, lineage))
    trade = db.execute(
        f"SELECT trade_id FROM trades WHERE market_id = :m AND strategy = :s AND opened_ns <= :t AND closed_ns >= :t"
        f" AND {OF_LINEAGE} ORDER BY opened_ns LIMIT 1",
        {"m": fill["market_id"], "s": fill["strategy"], "t": fill["local_ns"], "lineage": lineage},
    ).fetchone()
    lines.append(f"  part of trade {trade[0]}" if trade else "  its trade is still open")
    return [*lines, "", *order_lines(db, files, lineage, fill["order_id"])]


def _head(db: sqlite3.Connection, lineage: str, row: sqlite3.Row) -> list[str]:
    order = _order(row)
    market = db.execute(
        f"SELECT question FROM markets WHERE market_id = :m AND {OF_LINEAGE}",
        {"m": row["market_id"], "lineage": lineage},
    ).fetchone()
    side = "bid" if order.quote_side is QuoteSide.BID else "ask"
    return [
        f"order {row['order_id']} of run {lineage[:8]}",
        f"  {row['side']} {row['token']} {size(row['size_e6'])} at {cents(row['price_e4'])}, {row['order_type']}"
        f" {row['origin']}; in YES terms an {side} at {cents(order.yes_price_e4)}".replace("an bid", "a bid"),
        f"  market {row['market_id']}" + (f": {market['question']}" if market else ""),
        f"  strategy {row['strategy']}, sent {moment(row['local_ns'])}, expires {moment(row['expires_ns'])}",
        f"  worst case reserved {exact_usd(row['reserved_e10'])}; estimate {row['estimate_id'] or 'none'}",
    ]


def _life(db: sqlite3.Connection, lineage: str, order: sqlite3.Row) -> list[str]:
    events = _rows(db, "order_events", lineage, "order_id", order["order_id"])
    lines = []
    for event in events:
        after = (event["local_ns"] - order["local_ns"]) / NS_PER_S
        reason = _reason(event["reason"])
        lines.append(f"  +{after:.3f} s {event['event_type']}, {size(event['remaining_e6'])} left{reason}")
    return lines or ["  nothing came back from the venue"]


def _reason(reason: str) -> str:
    if reason.startswith("queue_ahead_e6="):
        return f", {size(int(reason.partition('=')[2]))} ahead of it in the queue"
    return f": {reason}" if reason else ""


def _fill(db: sqlite3.Connection, lineage: str, fill: sqlite3.Row, *, live: bool) -> list[str]:
    lines = [
        f"fill {fill['fill_id']} at {moment(fill['local_ns'])}: {fill['side']} {fill['token']} {size(fill['size_e6'])}"
        f" at {cents(fill['price_e4'])} as {fill['liquidity'].lower()}",
        _matched(fill, live=live),
        f"  mid {cents(fill['mid_e4'])} of YES, so it earned {_earned(fill)} at once; fee {exact_usd(fill['fee_e10'])},"
        f" rebate estimated at {exact_usd(fill['rebate_e10'])}",
    ]
    if not live:
        moves = f"adverse move {bps(fill['adverse_e4'])}, impact {bps(fill['impact_e4'])}"
        lines.append(f"  booked as marks, not as price: {moves}")
    if fill["degraded"]:
        lines.append("  degraded: the book was not fresh when it filled")
    markouts = _rows(db, "markouts", lineage, "fill_id", fill["fill_id"], fill["market_id"])
    return lines + [f"  {m['horizon_s']} s later the mid stood {bps(m['markout_e4'])} from its price" for m in markouts]


def _matched(fill: sqlite3.Row, *, live: bool) -> str:
    """How it came about: a venue elsewhere shows neither its queue nor how long a word travels."""
    if live and fill["liquidity"] == VOID:
        return "  the venue took a match back: this undoes its fill"
    if live:
        return "  matched at the venue, which shows no queue ahead of an order"
    return (
        f"  queue ahead when it was admitted {size(fill['queue_ahead_e6'])},"
        f" traded at its price since {size(fill['traded_at_level_e6'])}, latency {fill['latency_ms']:.1f} ms"
    )


def _earned(fill: sqlite3.Row) -> str:
    if fill["mid_e4"] is None:
        return "an unknown amount"
    is_bid = (fill["token"] == "YES") == (fill["side"] == "BUY")
    yes_e4 = fill["price_e4"] if fill["token"] == "YES" else complement_e4(fill["price_e4"])
    return bps(fill["mid_e4"] - yes_e4 if is_bid else yes_e4 - fill["mid_e4"])


def _shadows(db: sqlite3.Connection, lineage: str, order: sqlite3.Row, filled_e6: int) -> list[str]:
    rows = _rows(db, "shadow_fills", lineage, "order_id", order["order_id"], order["market_id"])
    lines = ["under other readings of the queue", f"  base: {size(filled_e6)} of {size(order['size_e6'])} filled"]
    for variant in ("pessimistic", "optimistic"):
        total_e6 = sum(row["size_e6"] for row in rows if row["variant"] == variant)
        lines.append(f"  {variant}: {size(total_e6)} filled")
    return lines


def _order(row: sqlite3.Row) -> Order:
    return Order(
        order_id=row["order_id"],
        market_id=row["market_id"],
        token=Token(row["token"]),
        side=Side(row["side"]),
        price_e4=row["price_e4"],
        size_e6=row["size_e6"],
        sent_ns=row["local_ns"],
        expires_ns=row["expires_ns"],
        strategy=row["strategy"],
    )


def _one(db: sqlite3.Connection, table: str, column: str, lineage: str, key: str) -> sqlite3.Row:
    row: sqlite3.Row = db.execute(
        f"SELECT * FROM {table} WHERE {column} = :key AND {OF_LINEAGE}", {"key": key, "lineage": lineage}
    ).fetchone()
    return row


def _rows(
    db: sqlite3.Connection, table: str, lineage: str, column: str, key: str, market_id: str = ""
) -> list[sqlite3.Row]:
    """Rows in order of time; a market narrows the search to an index."""
    where = "market_id = :market AND " if market_id else ""
    return db.execute(
        f"SELECT * FROM {table} WHERE {where}{column} = :key AND {OF_LINEAGE} ORDER BY local_ns, seq",
        {"key": key, "lineage": lineage, "market": market_id},
    ).fetchall()
