"""What the market channel says: snapshots with their hash, level changes on both tokens, prints, grids and ends."""

from __future__ import annotations

import hashlib
from typing import Any, Final

import msgspec

from astra_actors.kernel.units import PRICE_ONE_E4
from astra_actors.venues.exchange.book import Book
from astra_actors.venues.exchange.market import Market
from astra_actors.venues.exchange.money import number, price_text, text_e6
from astra_actors.venues.exchange.state import Exchange, Printed, TickMoved
from astra_actors.venues.exchange.switches import Switches

NEVER_TRADED: Final = "0.5"


def summary(market: Market, book: Book, switches: Switches, *, yes: bool, now_ms: int) -> dict[str, Any]:
    """One token's book as `/book` shows it, best price last, with the hash over its own compact JSON."""
    bids, asks = book.depth(yes=yes)
    content: dict[str, Any] = {
        "market": market.condition_id,
        "asset_id": market.asset(yes=yes),
        "timestamp": str(now_ms),
        "hash": "",
        "bids": [{"price": price_text(price), "size": text_e6(size)} for price, size in bids],
        "asks": [{"price": price_text(price), "size": text_e6(size)} for price, size in asks],
        "min_order_size": text_e6(market.min_size_e6),
        "tick_size": price_text(market.tick_e4),
        "neg_risk": market.neg_risk,
        "last_trade_price": _last_text(market.last_of(yes=yes) or PRICE_ONE_E4 // 2, switches),
    }
    content["hash"] = hashlib.sha1(msgspec.json.encode(content), usedforsecurity=False).hexdigest()
    return content


def book_frame(
    market: Market, book: Book, switches: Switches, *, yes: bool, now_ms: int, first: bool
) -> dict[str, Any]:
    """A `book` event; the last trade's price is told in the first one of a connection alone."""
    content = summary(market, book, switches, yes=yes, now_ms=now_ms)
    if not first:
        del content["last_trade_price"]
    return {"event_type": "book", **content}


def level_frame(
    market: Market, book: Book, *, is_bid: bool, yes_e4: int, now_ms: int, switches: Switches
) -> dict[str, Any]:
    """A `price_change` event: the new total at one price, on its own token and mirrored on the other."""
    total = text_e6(book.side(is_bid=is_bid).totals.get(yes_e4, 0))
    return {
        "event_type": "price_change",
        "market": market.condition_id,
        "timestamp": str(now_ms),
        "price_changes": [
            {
                "asset_id": market.asset(yes=yes),
                "side": "BUY" if is_bid is yes else "SELL",
                "price": price_text(yes_e4 if yes else PRICE_ONE_E4 - yes_e4),
                "size": total,
                "hash": summary(market, book, switches, yes=yes, now_ms=now_ms)["hash"],
                **_bests(book, switches, yes=yes),
            }
            for yes in (True, False)
        ],
    }


def print_frame(market: Market, word: Printed, now_ms: int, *, yes: bool) -> dict[str, Any]:
    """A `last_trade_price` event of one token, the taker's own or the mirror of it."""
    own = word.is_yes is yes
    frame = {
        "event_type": "last_trade_price",
        "market": market.condition_id,
        "asset_id": market.asset(yes=yes),
        "price": price_text(word.price_e4 if own else PRICE_ONE_E4 - word.price_e4),
        "size": text_e6(word.size_e6),
        "side": "BUY" if word.buys is own else "SELL",
        "fee_rate_bps": "0",
        "timestamp": str(now_ms),
    }
    if word.transaction:
        frame["transaction_hash"] = word.transaction
    return frame


def tick_frame(market: Market, word: TickMoved, now_ms: int, *, yes: bool) -> dict[str, Any]:
    """A `tick_size_change` event of one token."""
    return {
        "event_type": "tick_size_change",
        "market": market.condition_id,
        "asset_id": market.asset(yes=yes),
        "old_tick_size": price_text(word.old_e4),
        "new_tick_size": price_text(word.new_e4),
        "timestamp": str(now_ms),
    }


def top_frame(market: Market, book: Book, now_ms: int, switches: Switches, *, yes: bool) -> dict[str, Any]:
    """A `best_bid_ask` event of one token."""
    bests = _bests(book, switches, yes=yes)
    bid, ask = book.top(yes=yes)
    spread = price_text((PRICE_ONE_E4 if ask is None else ask) - (bid or 0))
    return {
        "event_type": "best_bid_ask", "market": market.condition_id, "asset_id": market.asset(yes=yes), **bests,
        "spread": spread, "timestamp": str(now_ms),
    }  # fmt: skip


def new_market_frame(market: Market, now_ms: int) -> dict[str, Any]:
    """A `new_market` event."""
    tokens = [market.yes, market.no]
    return {
        "event_type": "new_market",
        "id": str(market.number),
        "question": market.question,
        "market": market.condition_id,
        "slug": market.slug,
        "description": market.rules,
        "assets_ids": tokens,
        "outcomes": list(market.outcomes),
        "event_message": _event(market),
        "timestamp": str(now_ms),
        "tags": list(market.tags),
        "condition_id": market.condition_id,
        "active": True,
        "clob_token_ids": tokens,
        "sports_market_type": "",
        "line": "",
        "game_start_time": "",
        "order_price_min_tick_size": price_text(market.tick_e4),
        "group_item_title": "",
        "taker_base_fee": "0",
        "fees_enabled": bool(market.fee_rate),
        "fee_schedule": fee_schedule(market),
    }


def resolved_frame(market: Market, now_ms: int) -> dict[str, Any]:
    """A `market_resolved` event; a void has no winning token."""
    winner = {"YES": market.yes, "NO": market.no}.get(market.winner, "")
    return {
        "event_type": "market_resolved",
        "id": str(market.number),
        "market": market.condition_id,
        "assets_ids": [market.yes, market.no],
        "winning_asset_id": winner,
        "winning_outcome": {"YES": market.outcomes[0], "NO": market.outcomes[1]}.get(market.winner, ""),
        "event_message": _event(market),
        "timestamp": str(now_ms),
        "tags": list(market.tags),
    }


def fee_schedule(market: Market) -> dict[str, Any] | None:
    """The market's fees as the catalogue gives them; None where there are none."""
    if not market.fee_rate:
        return None
    return {
        "rate": float(market.fee_rate),
        "exponent": market.fee_exponent,
        "takerOnly": True,
        "rebateRate": float(market.rebate),
    }


def mid_e4(x: Exchange, market: Market, *, yes: bool) -> float | None:
    """The midpoint of one token in dollars; None while a side is empty."""
    bid, ask = x.books[market.condition_id].top(yes=yes)
    return None if bid is None or ask is None else number(bid + ask) / 2


def _bests(book: Book, switches: Switches, *, yes: bool) -> dict[str, str]:
    bid, ask = book.top(yes=yes)
    blank = switches.empty_side == "blank"
    return {
        "best_bid": price_text(bid) if bid is not None else ("" if blank else "0"),
        "best_ask": price_text(ask) if ask is not None else ("" if blank else "1"),
    }


def _last_text(price_e4: int, switches: Switches) -> str:
    """Three decimals as the venue's recorded books have it; a finer price keeps its fourth."""
    return price_text(price_e4) if switches.book_last == "plain" or price_e4 % 10 else f"{price_e4 / PRICE_ONE_E4:.3f}"


def _event(market: Market) -> dict[str, str]:
    return {
        "id": market.event_id, "ticker": market.event_id, "slug": market.event_id, "title": market.event_title,
        "description": "",
    }  # fmt: skip
