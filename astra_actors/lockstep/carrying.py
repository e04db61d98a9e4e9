"""What the ledger says each live market holds, for the successor of an owner that died."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path
from typing import Final

from astra_actors.engine.messages import Carried, MarketHistory
from astra_actors.execution.order import Order
from astra_actors.kernel import facts
from astra_actors.kernel.facts import Fact, OrderFilled, ShadowFilled
from astra_actors.kernel.units import PRICE_ONE_E4
from astra_actors.ledger.recovery import facts_for_market, open_orders
from astra_actors.ledger.runs import OF_LINEAGE, lineage_of
from astra_actors.lockstep.recovery import read_only

_NUMBERED: Final[tuple[type[Fact], ...]] = (  # what a market's engine writes; the portfolio numbers its own
    facts.SnapshotTaken,
    facts.EstimateMade,
    facts.OrderIntended,
    facts.OrderChanged,
    facts.OrderFilled,
    facts.ShadowFilled,
    facts.MarkoutTaken,
    facts.TradeClosed,
    facts.FeedSessionEnded,
)
_ORDER_IDS: Final = f"SELECT order_id FROM orders WHERE market_id = :market_id AND {OF_LINEAGE} ORDER BY rowid"
_ENTRIES: Final = f"""
    SELECT DISTINCT f.order_id, o.estimate_id, e.p, e.market_p
    FROM fills f JOIN orders o ON o.order_id = f.order_id AND o.market_id = f.market_id
    LEFT JOIN estimates e ON e.estimate_id = o.estimate_id AND e.market_id = f.market_id
    WHERE f.market_id = :market_id AND f.{OF_LINEAGE}"""
_LAST_MID: Final = f"""
    SELECT mid_e4 FROM (
        SELECT local_ns, mid_e4 FROM market_snapshots WHERE market_id = :market_id AND {OF_LINEAGE}
        UNION ALL SELECT local_ns, mid_e4 FROM fills WHERE market_id = :market_id AND {OF_LINEAGE}
        UNION ALL SELECT local_ns, market_p * {PRICE_ONE_E4} FROM estimates WHERE market_id = :market_id AND {OF_LINEAGE}
    ) WHERE mid_e4 IS NOT NULL ORDER BY local_ns DESC LIMIT 1"""


class LedgerCarrier:
    """Read it back read-only; every window handed over before must be durable by now."""

    def __init__(self, ledger: Path, run_id: str) -> None:
        self._ledger, self._run_id = ledger, run_id

    def __call__(self, histories: tuple[MarketHistory, ...]) -> tuple[MarketHistory, ...]:
        """The histories, each with what its market holds."""
        if not histories:
            return ()
        with read_only(self._ledger) as connection:
            lineage = lineage_of(connection, self._run_id)
            resting: dict[str, list[Order]] = {}
            for order in open_orders(connection, lineage):
                resting.setdefault(order.market_id, []).append(order)
            return tuple(
                replace(history, carried=_carried(connection, lineage, market_id, resting.get(market_id, [])))
                for history in histories
                for market_id in [history.opened.listing.market_id]
            )


def _carried(connection: sqlite3.Connection, lineage: str, market_id: str, resting: list[Order]) -> Carried:
    key = {"market_id": market_id, "lineage": lineage}
    found = facts_for_market(connection, lineage, market_id, OrderFilled, ShadowFilled)
    return Carried(
        fills=tuple(fact for fact in found if isinstance(fact, OrderFilled)),
        shadow_fills=tuple(fact for fact in found if isinstance(fact, ShadowFilled)),
        resting=tuple(resting),
        order_ids=tuple(order_id for (order_id,) in connection.execute(_ORDER_IDS, key)),
        seq=max(
            _one(
                connection,
                f"SELECT COALESCE(MAX(seq), 0) FROM {fact.table} WHERE market_id = :market_id AND {OF_LINEAGE}",
                key,
            )
            for fact in _NUMBERED
        ),
        last_mid_e4=next((mid for (mid,) in connection.execute(_LAST_MID, key)), None),
        entries=tuple(connection.execute(_ENTRIES, key).fetchall()),
    )


def _one(connection: sqlite3.Connection, query: str, key: dict[str, str]) -> int:
    return int(connection.execute(query, key).fetchone()[0])
