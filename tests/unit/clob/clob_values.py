"""Orders, fills and trades for the tests of the live path, with defaults that need no thought."""

from __future__ import annotations

from typing import Any

from astra_actors.execution.order import Order
from astra_actors.market.instrument import Side, Token
from astra_actors.venues.clob.building import Listing, Wallet
from astra_actors.venues.clob.fills import Fill, Us
from astra_actors.venues.clob.user_rows import Leg, OrderSeen, Settling, TradeSeen

KEY = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"  # Anvil's public account 0
ADDRESS = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"
SECRET = "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0IQ=="
API_KEY = "11111111-2222-4333-8444-555555555555"
SENT_NS = 1_790_000_000_000_000_000
SENT_MS = SENT_NS // 1_000_000
US = Us(api_key=API_KEY, funder=ADDRESS)
EOA = Wallet(signer=ADDRESS, funder=ADDRESS, signature_type=0)


def order(**more: Any) -> Order:
    values: dict[str, Any] = {
        "order_id": "order-1", "market_id": "m", "token": Token.YES, "side": Side.BUY, "price_e4": 5_200,
        "size_e6": 10_000_000, "sent_ns": SENT_NS, "expires_ns": SENT_NS + 185_000_000_000, "strategy": "s",
    }  # fmt: skip
    return Order(**{**values, **more})


def listing(**more: Any) -> Listing:
    values: dict[str, Any] = {
        "condition_id": "0xc", "token_id": "1234567890", "tick_e4": 100, "size_min_e6": 5_000_000, "neg_risk": False,
    }  # fmt: skip
    return Listing(**{**values, **more})


def fill(**more: Any) -> Fill:
    values: dict[str, Any] = {
        "fill_id": "f1", "trade_id": "t1", "venue_id": "0xa", "condition_id": "0xc", "token_id": "1", "side": Side.BUY,
        "price_e4": 5_000, "size_e6": 10_000_000, "is_maker": True, "matched_s": 1_790_000_000,
    }  # fmt: skip
    return Fill(**{**values, **more})


def leg(**more: Any) -> Leg:
    values: dict[str, Any] = {
        "venue_id": "0xa", "owner": API_KEY, "maker_address": ADDRESS, "token_id": "1", "side": Side.BUY,
        "price_e4": 5_000, "size_e6": 10_000_000,
    }  # fmt: skip
    return Leg(**{**values, **more})


def trade(settling: Settling = Settling.MATCHED, *makers: Leg, **more: Any) -> TradeSeen:
    values: dict[str, Any] = {
        "trade_id": "t1", "condition_id": "0xc", "settling": settling, "matched_s": 1_790_000_000, "we_took": False,
        "taker": (), "makers": makers or (leg(),),
    }  # fmt: skip
    return TradeSeen(**{**values, **more})


def seen(**more: Any) -> OrderSeen:
    values: dict[str, Any] = {
        "venue_id": "0xa", "condition_id": "0xc", "token_id": "1", "side": Side.BUY, "price_e4": 5_000,
        "size_e6": 10_000_000, "matched_e6": 0, "status": "LIVE", "trade_ids": (),
    }  # fmt: skip
    return OrderSeen(**{**values, **more})
