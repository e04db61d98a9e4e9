"""Markets, events and tags as the catalogue writes them, lists inside strings included."""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from astra_actors.kernel.units import PRICE_ONE_E4
from astra_actors.venues.exchange.book_frames import fee_schedule
from astra_actors.venues.exchange.market import Market
from astra_actors.venues.exchange.money import number, price_text
from astra_actors.venues.exchange.state import Exchange


def iso(ms: int | None) -> str | None:
    """A time as the catalogue writes it."""
    return None if ms is None else f"{datetime.fromtimestamp(ms // 1_000, UTC):%Y-%m-%dT%H:%M:%SZ}"


def market_row(x: Exchange, market: Market, *, events: bool = True, tags: bool = False) -> dict[str, Any]:
    """One market; a side of the book that is empty leaves its key out."""
    row: dict[str, Any] = {
        "id": str(market.number),
        "version": market.version,
        "slug": market.slug,
        "question": market.question,
        "description": market.rules,
        "conditionId": market.condition_id,
        "questionID": market.condition_id,
        "outcomes": json.dumps(list(market.outcomes)),
        "outcomePrices": json.dumps(_prices(x, market)),
        "clobTokenIds": json.dumps([market.yes, market.no]),
        "active": True,
        "closed": market.closed,
        "archived": False,
        "acceptingOrders": market.accepting,
        "enableOrderBook": True,
        "orderPriceMinTickSize": number(market.tick_e4),
        "orderMinSize": market.min_size_e6 / 1_000_000,
        "negRisk": market.neg_risk,
        "negRiskOther": False,
        "startDate": iso(market.open_ms),
        "createdAt": iso(market.open_ms),
        "updatedAt": iso(market.updated_ms or market.open_ms),
        "endDate": iso(market.close_ms),
        "secondsDelay": market.seconds_delay,
        "clearBookOnStart": market.clear_book_on_start,
        "feesEnabled": bool(market.fee_rate),
        "feeType": market.fee_type,
        "feeSchedule": fee_schedule(market),
        "makerBaseFee": 1_000,
        "takerBaseFee": 1_000,
        "umaResolutionStatuses": json.dumps(market.uma),
        "volume": str(market.volume_e6 / 1_000_000),
        "volumeNum": market.volume_e6 / 1_000_000,
        "volume24hr": market.volume_e6 / 1_000_000,
        "liquidity": str(market.liquidity_usd),
        "liquidityNum": market.liquidity_usd,
    }
    if market.uma:
        row["umaResolutionStatus"] = market.uma[-1]
    if market.version == "v2":
        row["positionIds"] = [market.yes, market.no]
    if market.game_start_ms is not None:
        moment = datetime.fromtimestamp(market.game_start_ms // 1_000, UTC)
        row["gameStartTime"] = f"{moment:%Y-%m-%d %H:%M:%S}+00"
    if market.closed:
        row["closedTime"] = f"{datetime.fromtimestamp(market.resolved_ms // 1_000, UTC):%Y-%m-%d %H:%M:%S}+00"
    row.update(_tops(x, market))
    if events:
        row["events"] = [event_row(x, [market], with_markets=False)]
    if tags:
        row["tags"] = [tag_row(label) for label in market.tags]
    return row


def event_row(x: Exchange, markets: Sequence[Market], *, with_markets: bool = True) -> dict[str, Any]:
    """The event of these markets, with them or without."""
    first = markets[0]
    row: dict[str, Any] = {
        "id": str(event_number(first.event_id)),
        "slug": first.event_id,
        "ticker": first.event_id,
        "title": first.event_title or first.question,
        "active": True,
        "closed": all(market.closed for market in markets),
        "archived": False,
        "startDate": iso(min(market.open_ms for market in markets)),
        "endDate": iso(max((market.close_ms or 0 for market in markets), default=0) or None),
        "negRisk": first.neg_risk,
        "enableNegRisk": first.neg_risk,
        "negRiskAugmented": False,
        "negRiskMarketID": first.event_id if first.neg_risk else "",
        "liquidity": sum(market.liquidity_usd for market in markets),
        "volume": sum(market.volume_e6 for market in markets) / 1_000_000,
        "tags": [tag_row(label) for label in dict.fromkeys(tag for market in markets for tag in market.tags)],
    }
    if with_markets:
        row["markets"] = [market_row(x, market, events=False) for market in markets]
    return row


def tag_row(label: str) -> dict[str, str]:
    """A tag; its id is made from its words."""
    return {"id": str(zlib.crc32(label.encode()) % 100_000 + 1), "label": label.title(), "slug": label}


def event_number(event_id: str) -> int:
    """The catalogue's number of an event, made from its name."""
    return zlib.crc32(event_id.encode()) % 900_000 + 100_000


def _prices(x: Exchange, market: Market) -> list[str]:
    if market.winner:
        return {"YES": ["1", "0"], "NO": ["0", "1"], "VOID": ["0.5", "0.5"]}[market.winner]
    bid, ask = x.books[market.condition_id].top(yes=True)
    yes = (bid + ask) // 2 if bid is not None and ask is not None else market.last_e4 or PRICE_ONE_E4 // 2
    return [price_text(yes), price_text(PRICE_ONE_E4 - yes)]


def _tops(x: Exchange, market: Market) -> dict[str, float]:
    bid, ask = x.books[market.condition_id].top(yes=True)
    row = {"bestBid": bid, "bestAsk": ask, "lastTradePrice": market.last_e4 or None}
    if bid is not None and ask is not None:
        row["spread"] = ask - bid
    return {name: number(value) for name, value in row.items() if value is not None}
