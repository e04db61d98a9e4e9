"""Orders and trades as the user channel and the private endpoints show them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from astra_actors.kernel.units import PRICE_ONE_E4
from astra_actors.venues.exchange.market import Market
from astra_actors.venues.exchange.money import price_text, text_e6
from astra_actors.venues.exchange.order import Order, Standing
from astra_actors.venues.exchange.switches import Switches
from astra_actors.venues.exchange.trade import Leg, Trade

CROWD_OWNER: Final = "00000000-0000-4000-8000-00000000c0de"
_VWAP_PLACES: Final = Decimal("0.000001")


def order_frame(order: Order, market: Market, kind: str, now_ms: int, *, killed: str = "") -> dict[str, Any]:
    """An `order` event: PLACEMENT, UPDATE or CANCELLATION. A killed order has blanks where others have numbers."""
    return {
        "event_type": "order",
        "type": kind,
        "id": order.id,
        "owner": order.owner,
        "order_owner": order.owner,
        "market": order.market,
        "asset_id": order.asset,
        "outcome": "" if killed else outcome_of(market, order.asset),
        "side": order.side,
        "original_size": text_e6(order.size_e6),
        "size_matched": "" if killed else text_e6(order.matched_e6),
        "price": price_text(order.price_e4),
        "order_type": order.kind.value,
        "status": f"CANCELED_{killed}" if killed else order.standing.value,
        "associate_trades": list(order.trades) or None,
        "maker_address": order.maker,
        "created_at": "" if killed else str(order.created_ms // 1_000),
        "expiration": str(order.expiration_s),
        "timestamp": str(now_ms),
    }


def open_order(order: Order, market: Market, switches: Switches) -> dict[str, Any]:
    """An order as `/data/orders` and `/data/order/{id}` show it."""
    status = order.standing.value
    size = str if switches.rest_sizes == "integer" else text_e6
    return {
        "id": order.id,
        "status": f"ORDER_STATUS_{status}" if switches.order_status == "prefixed" else status,
        "owner": order.owner,
        "maker_address": order.maker,
        "market": order.market,
        "asset_id": order.asset,
        "side": order.side,
        "original_size": size(order.size_e6),
        "size_matched": size(order.matched_e6),
        "price": price_text(order.price_e4),
        "associate_trades": list(order.trades),
        "outcome": outcome_of(market, order.asset),
        "created_at": order.created_ms // 1_000,
        "expiration": str(order.expiration_s),
        "order_type": order.kind.value,
    }


def trade_frame(trade: Trade, market: Market, owner: str, now_ms: int, switches: Switches) -> dict[str, Any]:
    """A `trade` event as one of its parties sees it."""
    frame = _trade(trade, market, owner, switches, text_e6)
    return {
        "event_type": "trade", "type": "TRADE", **frame, "status": trade.status.value, "trade_owner": owner,
        "timestamp": str(now_ms),
    }  # fmt: skip


def trade_row(trade: Trade, market: Market, owner: str, switches: Switches) -> dict[str, Any]:
    """A trade as `/data/trades` shows it."""
    row = _trade(trade, market, owner, switches, str if switches.rest_sizes == "integer" else text_e6)
    status = trade.status.value
    return {
        **row,
        "status": f"TRADE_STATUS_{status}" if switches.trade_status == "prefixed" else status,
        "match_time_nano": str(trade.matched_ms * 1_000_000),
        "err_msg": trade.error or None,
    }


def notice_of(frame: dict[str, Any], market: Market) -> dict[str, Any]:
    """The payload of a notification on an order, from the order's event."""
    size, matched = Decimal(frame["original_size"]), Decimal(frame["size_matched"] or 0)
    return {
        "asset_id": frame["asset_id"],
        "market": frame["market"],
        "order_id": frame["id"],
        "side": frame["side"],
        "type": frame["order_type"],
        "price": frame["price"],
        "original_size": frame["original_size"],
        "matched_size": str(matched),
        "remaining_size": str(max(size - matched, Decimal(0))),
        "outcome": outcome_of(market, frame["asset_id"]),
        "outcome_index": 0 if market.is_yes(frame["asset_id"]) else 1,
        "transaction_hash": "",
        "trade_id": (frame["associate_trades"] or [""])[-1],
        "question": market.question,
        "market_slug": market.slug,
        "icon": "",
        "image": "",
        "eventSlug": market.event_id,
        "seriesSlug": "",
    }


def outcome_of(market: Market, asset: str) -> str:
    """The label of a token."""
    return market.outcomes[0 if market.is_yes(asset) else 1]


def _trade(trade: Trade, market: Market, owner: str, switches: Switches, size: Any) -> dict[str, Any]:
    taker = trade.taker
    return {
        "id": trade.id,
        "taker_order_id": taker.order_id,
        "market": trade.market,
        "asset_id": taker.asset,
        "side": "BUY" if taker.buys else "SELL",
        "size": size(taker.size_e6),
        "fee_rate_bps": "0",
        "price": price_text(taker.price_e4) if switches.trade_price == "worst" else _vwap(taker),
        "match_time": str(trade.matched_ms // 1_000),
        "last_update": str(trade.updated_ms // 1_000),
        "outcome": outcome_of(market, taker.asset),
        "bucket_index": 0,
        "owner": taker.owner or CROWD_OWNER,
        "maker_address": taker.maker,
        "transaction_hash": trade.transaction,
        "trader_side": "TAKER" if owner == taker.owner else "MAKER",
        "maker_orders": [_maker(leg, market, size) for leg in trade.makers],
    }


def _maker(leg: Leg, market: Market, size: Any) -> dict[str, Any]:
    return {
        "order_id": leg.order_id,
        "owner": leg.owner or CROWD_OWNER,
        "maker_address": leg.maker,
        "matched_amount": size(leg.size_e6),
        "price": price_text(leg.price_e4),
        "fee_rate_bps": "0",
        "asset_id": leg.asset,
        "outcome": outcome_of(market, leg.asset),
        "side": "BUY" if leg.buys else "SELL",
        "outcome_index": 0 if leg.is_yes else 1,
    }


def _vwap(leg: Leg) -> str:
    exact = Decimal(abs(leg.cash_e6)) / leg.size_e6
    if exact * PRICE_ONE_E4 == int(exact * PRICE_ONE_E4):
        return price_text(int(exact * PRICE_ONE_E4))
    return f"{exact.quantize(_VWAP_PLACES).normalize():f}"


def dead(order: Order) -> bool:
    """Whether an order is over for `/data/order/{id}`."""
    return order.standing not in (Standing.LIVE, Standing.DELAYED)
