"""What happened at the account, beside the windows: intents before they leave, how orders ended, fills and their settlement.

The Gateway writes them as they happen, since an order may only leave once its intent is on disk. Every row is known by its
own id and may be written twice; a later settlement replaces an earlier one. None of them is part of a window's digest.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class IntentRow:
    """An order that is about to be posted, with everything that is needed to recognise it and to take it up again."""

    venue_id: str
    order_id: str
    market_id: str
    token_id: str
    token: str
    side: str
    price_e4: int
    size_e6: int
    sent_ns: int
    expires_ns: int
    incarnation: int  # of the market's owner
    strategy: str
    estimate_id: str
    decision_id: str
    origin: str
    chain_price_e4: int
    reserved_e10: int
    written_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EndRow:
    """An order is proven to be over: an `OrderState` that is not open, and by what."""

    venue_id: str
    state: str  # "filled", "cancelled", "rejected", "expired"
    reason: str
    filled_e6: int
    at_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountFillRow:
    """One fill of ours as the venue tells it; `order_id` is empty for an order that no ledger knows."""

    fill_id: str
    trade_id: str
    venue_id: str
    order_id: str
    market_id: str
    token_id: str
    side: str
    price_e4: int
    size_e6: int
    fee_e10: int
    is_maker: bool
    matched_s: int
    settling: str
    seen_ns: int
    moved_ns: int  # when its settlement last moved


@dataclass(frozen=True, slots=True, kw_only=True)
class ReconciliationRow:
    """One comparison of the ledger with the venue: what was compared, what followed, what does not agree."""

    at_ns: int
    cause: str  # "start", "interval", "gap", "asked"
    took_ms: int
    markets: int
    open_orders: int
    trades: int
    orphans_cancelled: int
    orders_adopted: int
    fills_adopted: int
    differences: int
    persisting: int  # differences that stood in the comparison before as well
    cash_e6: int | None
    detail: str  # JSON: the differences, each with both numbers


AccountRow = IntentRow | EndRow | AccountFillRow | ReconciliationRow
