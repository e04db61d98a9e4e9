"""One record for every evaluation of a market, skips included: what was seen, what each gate compared, what was done.

Schema 2.0: the fields of 1.0 (methods §18.11) with `quotes` in place of the single `order`, because a market maker
decides on both sides at once, and `gates` as a list in the order in which they were asked.
"""

from __future__ import annotations

import msgspec

from astra_actors.kernel.ids import content_id

DECISION_SCHEMA = "2.0"


class GateLine(msgspec.Struct, frozen=True, gc=False):
    """One gate's answer. `observed` and `limit` are what it compared; null where nothing was compared."""

    name: str
    ok: bool
    veto: str | None = None
    observed: float | None = None
    limit: float | None = None
    detail: str = ""


class QuoteLine(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """One side the strategy asked for, and what became of it: `placed`, `kept`, `cancelled`, `refused`."""

    side: str
    token: str
    order_side: str
    price_e4: int
    size_e6: int
    outcome: str
    order_id: str | None = None
    veto: str | None = None
    gross: float | None = None
    slip: float | None = None
    adverse: float | None = None
    resolution: float | None = None
    net_lb: float | None = None
    threshold: float | None = None
    observed: float | None = None
    limit: float | None = None
    detail: str = ""


class Decision(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """The artifact of one evaluation. `action` is SKIP, PLACE_ORDER, KEEP or CANCEL."""

    decision_schema: str
    decision_id: str
    market_id: str
    window: int
    at_ns: int
    lease_id: str
    strategy: str
    definition_hash: str | None
    best_bid_e4: int | None
    best_ask_e4: int | None
    mid_e4: float | None
    regime: str
    toxicity: float
    phase: str
    hours_to_close: float | None
    p: float | None
    p_lo: float | None
    p_hi: float | None
    estimator: str
    estimator_version: str
    quote_score: float | None
    rrs: float | None
    lease_e10: int
    worst_case_e10: int
    inventory_e6: int
    action: str
    veto: str | None
    gates: list[GateLine]
    quotes: list[QuoteLine]
    reason: str


def decision_id(market_id: str, at_ns: int, number: int) -> str:
    """The artifact's id: the n-th evaluation of a market, at its time."""
    return content_id("dec", market_id, at_ns, number)
