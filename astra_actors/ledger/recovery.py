"""What a start reads back: positions, cash, orders that may still rest, leases, equity, and any market's own past.

Sums are left to SQLite, which adds integers without rounding; facts come back as the very structs that were committed.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, TypeVar

from astra_actors.execution.order import ORDER_LIFE, Order, OrderEvent
from astra_actors.kernel.facts import FACTS, EquityMarked, Fact, LeaseGranted, OrderFilled, OrderIntended
from astra_actors.ledger.digest import GENESIS
from astra_actors.ledger.runs import OF_LINEAGE, chain_head
from astra_actors.ledger.schema import reader, select_sql
from astra_actors.market.instrument import Outcome, Side, Token
from astra_actors.portfolio.position import MarketPosition
from astra_actors.venues.clob.words import VOID

F = TypeVar("F", bound=Fact)

ENDED: Final = tuple(
    event.value for event in (OrderEvent.FILL_LAST, OrderEvent.CANCEL_ACK, OrderEvent.REJECT, OrderEvent.EXPIRE)
)
ENDED_SQL: Final = ", ".join(f"'{value}'" for value in ENDED)
_EVENT_OF: Final = {event.value: event for event in OrderEvent} | {
    "submit": OrderEvent.ACK,  # the ledger keeps the words of the order-event file where they say the same
    "stale_cancel": OrderEvent.CANCEL,
}

_TOTALS: Final = f"""
    SELECT market_id,
        SUM(CASE WHEN token = 'YES' THEN CASE side WHEN 'BUY' THEN size_e6 ELSE -size_e6 END ELSE 0 END),
        SUM(CASE WHEN token = 'NO' THEN CASE side WHEN 'BUY' THEN size_e6 ELSE -size_e6 END ELSE 0 END),
        SUM(CASE side WHEN 'BUY' THEN -price_e4 * size_e6 ELSE price_e4 * size_e6 END - fee_e10),
        SUM(fee_e10), SUM(rebate_e10), COUNT(*)
    FROM fills WHERE {OF_LINEAGE} GROUP BY market_id ORDER BY MIN(rowid)"""


@dataclass(frozen=True, slots=True)
class MarketTotals:
    """One market summed up. Shares are what is held now: none once `outcome` was paid; cash has the payout in it.

    Rebates are told apart: each is our estimate of a share in a daily pool, and no cash before the venue has paid it.
    """

    market_id: str
    yes_e6: int
    no_e6: int
    cash_e10: int
    fees_e10: int
    rebates_e10: int
    fills: int
    outcome: Outcome | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovered:
    """Where a lineage stands. `cash_e10` is what flowed since its start, to be added to the bankroll."""

    window: int | None
    digest: str
    totals: dict[str, MarketTotals]
    open_orders: list[Order]
    leases: list[LeaseGranted]
    equity: EquityMarked | None

    @property
    def cash_e10(self) -> int:
        return sum(market.cash_e10 for market in self.totals.values())


def recover(connection: sqlite3.Connection, lineage: str) -> Recovered:
    """Read where a lineage stands, in a handful of queries however long it ran."""
    window, digest = chain_head(connection, lineage, GENESIS)
    return Recovered(
        window=window,
        digest=digest,
        totals=market_totals(connection, lineage),
        open_orders=open_orders(connection, lineage),
        leases=last_leases(connection, lineage),
        equity=last_equity(connection, lineage),
    )


def market_totals(connection: sqlite3.Connection, lineage: str) -> dict[str, MarketTotals]:
    """Shares and cash of every market that ever filled, in the order of their first fill."""
    settled = {
        market_id: (Outcome(outcome), payout_e10)
        for market_id, outcome, payout_e10 in connection.execute(
            f"SELECT market_id, outcome, payout_e10 FROM resolutions WHERE {OF_LINEAGE}", {"lineage": lineage}
        )
    }
    totals = {}
    for market_id, yes_e6, no_e6, cash_e10, fees_e10, rebates_e10, fills in connection.execute(
        _TOTALS, {"lineage": lineage}
    ):
        outcome, payout_e10 = settled.get(market_id, (None, 0))
        if outcome is not None:
            yes_e6 = no_e6 = 0
        totals[market_id] = MarketTotals(
            market_id, yes_e6, no_e6, cash_e10 + payout_e10, fees_e10, rebates_e10, fills, outcome
        )
    return totals


def positions(connection: sqlite3.Connection, lineage: str, market_ids: Iterable[str]) -> dict[str, MarketPosition]:
    """The positions of these markets with their lots, replayed fill by fill."""
    result = {}
    for market_id in market_ids:
        position = result[market_id] = MarketPosition()
        for fill in facts_for_market(connection, lineage, market_id, OrderFilled):
            assert isinstance(fill, OrderFilled)
            token, side = Token(fill.token), Side(fill.side)
            position.apply_fill(token, side, fill.price_e4, fill.size_e6, fill.fee_e10)
        row = connection.execute(
            f"SELECT outcome FROM resolutions WHERE market_id = :market_id AND {OF_LINEAGE}",
            {"market_id": market_id, "lineage": lineage},
        ).fetchone()
        if row is not None:
            position.settle(Outcome(row[0]))
    return result


def open_orders(connection: sqlite3.Connection, lineage: str) -> list[Order]:
    """Every order that no recorded event ended, oldest first, in the state its events give."""
    ended = f"order_id = orders.order_id AND event_type IN ({ENDED_SQL}) AND {OF_LINEAGE}"
    rows = connection.execute(
        f"{select_sql(OrderIntended)} WHERE {OF_LINEAGE}"
        f" AND NOT EXISTS (SELECT 1 FROM order_events WHERE {ended}) ORDER BY rowid",
        {"lineage": lineage},
    )
    return [_order(connection, lineage, reader(OrderIntended)(row)) for row in rows.fetchall()]


def last_leases(connection: sqlite3.Connection, lineage: str) -> list[LeaseGranted]:
    """The last word on each market's lease."""
    newest = f"SELECT MAX(rowid) FROM leases WHERE {OF_LINEAGE} GROUP BY market_id"
    rows = connection.execute(f"{select_sql(LeaseGranted)} WHERE rowid IN ({newest})", {"lineage": lineage})
    return [reader(LeaseGranted)(row) for row in rows]


def last_equity(connection: sqlite3.Connection, lineage: str) -> EquityMarked | None:
    """The last mark of the whole portfolio."""
    row = connection.execute(
        f"{select_sql(EquityMarked)} WHERE {OF_LINEAGE} ORDER BY rowid DESC LIMIT 1", {"lineage": lineage}
    ).fetchone()
    return None if row is None else reader(EquityMarked)(row)


def facts_for_market(connection: sqlite3.Connection, lineage: str, market_id: str, *classes: type[Fact]) -> list[Fact]:
    """A market's facts of these classes, or of all, in the order in which the ledger has them."""
    found: list[tuple[int, tuple[int, str, int], str, Fact]] = []
    for fact_class in classes or FACTS:
        query = select_sql(fact_class).replace(" FROM ", ', "window" FROM ', 1)
        rows = connection.execute(
            f"{query} WHERE market_id = :market_id AND {OF_LINEAGE}", {"market_id": market_id, "lineage": lineage}
        )
        read = reader(fact_class)
        for *values, window in rows:
            fact = read(values)
            found.append((window, fact.order_key, fact.table, fact))
    found.sort(key=lambda entry: entry[:3])
    return [entry[3] for entry in found]


def _order(connection: sqlite3.Connection, lineage: str, intent: OrderIntended) -> Order:
    key = {"order_id": intent.order_id, "lineage": lineage}
    filled_e6 = connection.execute(
        "SELECT COALESCE(SUM(size_e6), 0) FROM fills"
        f" WHERE order_id = :order_id AND liquidity <> '{VOID}' AND {OF_LINEAGE}",  # a reversal gives the order nothing back
        key,
    ).fetchone()[0]
    order = Order(
        order_id=intent.order_id,
        market_id=intent.market_id,
        token=Token(intent.token),
        side=Side(intent.side),
        price_e4=intent.price_e4,
        size_e6=intent.size_e6,
        sent_ns=intent.local_ns,
        expires_ns=intent.expires_ns,
        strategy=intent.strategy,
        estimate_id=intent.estimate_id,
        decision_id=intent.decision_id,
        origin=intent.origin,
        reserved_e10=intent.reserved_e10,
        filled_e6=filled_e6,
    )
    events = connection.execute(
        f"SELECT event_type FROM order_events WHERE order_id = :order_id AND {OF_LINEAGE} ORDER BY rowid", key
    )
    for (event_type,) in events:
        event = _EVENT_OF.get(event_type)
        if event is not None and ORDER_LIFE.allows(order.state, event):
            order = order.after(event)
    return order
