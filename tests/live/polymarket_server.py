"""A loopback venue for the live tests: catalogue, order books and market stream, with a hand on every fault.

It speaks the venue's words as the stream and REST reference has them and knows nothing of Astra. Its thread owns all of
its state; the methods that tests call hand their work over to that thread and wait for it.
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, TypeVar
from urllib.parse import parse_qs, urlsplit

from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

T = TypeVar("T")
RULES = (
    "This market will resolve to “Yes” if the Harbour Bridge opens to traffic by December 31, 2030, 11:59 PM ET. "
    "Otherwise, this market will resolve to “No”.\n\n"
    "The resolution source for this market will be the Harbour Authority."
)


@dataclass
class Market:
    """One market of the venue; prices as the venue writes them, sizes in shares."""

    number: int
    bids: dict[str, str] = field(default_factory=lambda: {"0.47": "400", "0.46": "900", "0.42": "2000"})
    asks: dict[str, str] = field(default_factory=lambda: {"0.50": "400", "0.51": "900", "0.55": "2000"})
    tick: str = "0.01"
    closed: bool = False
    accepting: bool = True
    winner: int | None = None
    uma: str = ""
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def condition_id(self) -> str:
        return f"0x{self.number:064x}"

    @property
    def tokens(self) -> tuple[str, str]:
        return (str(10**70 + 2 * self.number), str(10**70 + 2 * self.number + 1))

    def gamma(self) -> dict[str, Any]:
        prices = ["0.49", "0.51"] if self.winner is None else ["1", "0"] if self.winner == 0 else ["0", "1"]
        return {
            "id": str(900_000 + self.number),
            "conditionId": self.condition_id,
            "slug": f"harbour-bridge-{self.number}",
            "question": f"Will the Harbour Bridge open to traffic by December 31, 2030 ({self.number})?",
            "description": RULES,
            "version": "v1",
            "outcomes": json.dumps(["Yes", "No"]),
            "outcomePrices": json.dumps(prices),
            "clobTokenIds": json.dumps(list(self.tokens)),
            "active": True,
            "closed": self.closed,
            "acceptingOrders": self.accepting,
            "enableOrderBook": True,
            "orderPriceMinTickSize": float(self.tick),
            "orderMinSize": 5,
            "negRisk": False,
            "startDate": "2026-01-02T03:04:05.123456Z",
            "endDate": "2031-01-01T04:59:00Z",
            "feesEnabled": True,
            "feeSchedule": {"rate": 0.04, "exponent": 1, "takerOnly": True, "rebateRate": 0.25},
            "umaResolutionStatus": self.uma,
            "volume24hr": 12_000.5,
            "liquidityNum": 50_000.25,
            "events": [{"id": str(700 + self.number), "slug": f"bridge-{self.number}"}],
            "tags": [{"id": "2", "label": "Politics", "slug": "politics"}],
            **self.extra,
        }

    def clob(self) -> dict[str, Any]:
        return {
            "condition_id": self.condition_id,
            "closed": self.closed,
            "accepting_orders": self.accepting,
            "is_50_50_outcome": False,
            "tokens": [
                {"token_id": token, "outcome": name, "price": 0.5, "winner": self.winner == index}
                for index, (token, name) in enumerate(zip(self.tokens, ("Yes", "No"), strict=True))
            ],
        }

    def sides(self, token: str) -> tuple[dict[str, str], dict[str, str]]:
        """Bids and asks of one token; NO is YES seen from the other end."""
        if token == self.tokens[0]:
            return self.bids, self.asks
        return {_complement(p): s for p, s in self.asks.items()}, {_complement(p): s for p, s in self.bids.items()}

    def summary(self, token: str, now_ms: int) -> dict[str, Any]:
        bids, asks = self.sides(token)
        return {
            "market": self.condition_id,
            "asset_id": token,
            "timestamp": str(now_ms),
            "hash": "",
            "bids": [{"price": p, "size": bids[p]} for p in sorted(bids, key=float)],
            "asks": [{"price": p, "size": asks[p]} for p in sorted(asks, key=float, reverse=True)],
            "min_order_size": "5",
            "tick_size": self.tick,
            "neg_risk": False,
            "last_trade_price": "0.5",
        }

    def best(self, token: str) -> tuple[str, str]:
        bids, asks = self.sides(token)
        return max(bids, key=float, default="0"), min(asks, key=float, default="1")


@dataclass(eq=False)
class _Client:
    connection: ServerConnection
    assets: dict[str, None] = field(default_factory=dict)


class Venue:
    """The server. `with Venue(markets) as venue:` serves on loopback; every fault is a method."""

    def __init__(self, markets: int = 2, *, now_ms: Callable[[], int], port: int = 0) -> None:
        self.markets = {market.condition_id: market for market in (Market(number) for number in range(1, markets + 1))}
        self.pages: list[int] = []  # sizes of the pages that were handed out
        self.connects = 0
        self.pings = 0
        self.book_requests = 0
        self.subscribed: list[list[str]] = []
        self.answer_pings = True
        self.speaking = True  # False: the sockets stand, and nothing of the feed is sent
        self.refusing = False  # new connections are turned away
        self.page_fault = ""  # "http", "endless" or "invalid"
        self._now_ms, self.port = now_ms, port  # 0: one that is free
        self._clients: dict[_Client, None] = {}
        self._changed = threading.Condition()
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._end: asyncio.Event
        self._thread = threading.Thread(target=self._run, name="venue", daemon=True)

    def __enter__(self) -> Venue:
        self._thread.start()
        assert self._ready.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join(10)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def settings(self) -> dict[str, Any]:
        """The addresses, as the stream's settings name them."""
        return {"gamma_url": self.url, "clob_url": self.url, "market_ws_url": f"ws://127.0.0.1:{self.port}/ws/market"}

    def market(self, number: int = 1) -> Market:
        return self.markets[Market(number).condition_id]

    def wait(self, condition: Callable[[], bool], seconds: float = 15.0) -> None:
        """Wait until something is true of the server; fails when it never is."""
        with self._changed:
            assert self._changed.wait_for(condition, seconds), "the server never came to that"

    # -- what tests do to it ------------------------------------------------------------------------------------------

    def change(self, market: Market, side: str, price: str, size: str, *, publish: bool = True) -> None:
        """A level of YES has a new total size; published as the two mirrored entries."""

        async def act() -> None:
            levels = market.bids if side == "BUY" else market.asks
            levels.pop(price, None)
            if float(size):
                levels[price] = size
            if publish:
                await self._publish(market, self._price_change(market, side, price, size))

        self._do(act)

    def trade(self, market: Market, price: str, size: str, side: str) -> None:
        """A public trade of YES; the level it hit is not changed by it."""
        frame = {
            "event_type": "last_trade_price", "market": market.condition_id, "asset_id": market.tokens[0],
            "price": price, "size": size, "side": side, "fee_rate_bps": "0", "timestamp": str(self._now_ms()),
        }  # fmt: skip
        self._do(lambda: self._publish(market, frame))

    def change_tick(self, market: Market, tick: str, *, with_book: bool = False) -> None:
        """Announce a new tick for both tokens; without a book, unless one is asked for."""

        async def act() -> None:
            old, market.tick = market.tick, tick
            for token in market.tokens:
                await self._publish(
                    market,
                    {
                        "event_type": "tick_size_change", "market": market.condition_id, "asset_id": token,
                        "old_tick_size": old, "new_tick_size": tick, "timestamp": str(self._now_ms()),
                    },
                )  # fmt: skip
            if with_book:
                await self._publish(market, [self._book(market, token) for token in market.tokens])

        self._do(act)

    def resolve(self, market: Market, winner: int, *, announce: bool = True) -> None:
        """The market ended: REST says so, and the stream too unless it is left out."""

        async def act() -> None:
            market.closed, market.accepting, market.winner, market.uma = True, False, winner, "resolved"
            if announce:
                frame = {
                    "event_type": "market_resolved", "market": market.condition_id, "id": str(market.number),
                    "assets_ids": list(market.tokens), "winning_asset_id": market.tokens[winner],
                    "winning_outcome": ("Yes", "No")[winner], "timestamp": str(self._now_ms()),
                }  # fmt: skip
                await self._publish(market, frame)

        self._do(act)

    def cross(self, market: Market) -> None:
        """Send a bid through the ask without the removal that belongs to it; the venue's own book stays as it is."""
        price = min(market.asks, key=float)
        entry = {"asset_id": market.tokens[0], "side": "BUY", "price": price, "size": "50", "hash": "0" * 40}
        frame = {
            "event_type": "price_change", "market": market.condition_id, "timestamp": str(self._now_ms()),
            "price_changes": [entry],
        }  # fmt: skip
        self._do(lambda: self._publish(market, frame))

    def send_raw(self, text: str) -> None:
        """One frame of anything to every connection."""

        async def act() -> None:
            for client in list(self._clients):
                await client.connection.send(text)

        self._do(act)

    def disconnect(self) -> None:
        """End every connection at once."""

        async def act() -> None:
            for client in list(self._clients):
                client.connection.transport.abort()

        self._do(act)

    def add_market(self, number: int) -> Market:
        """A market that the catalogue shows from now on."""
        market = Market(number)
        self.markets = {**self.markets, market.condition_id: market}
        return market

    def go_half_open(self) -> None:
        """The sockets stand and nothing comes out of them any more, no answer to PING either."""
        self.speaking = self.answer_pings = False

    # -- inside -------------------------------------------------------------------------------------------------------

    def _do(self, act: Callable[[], Awaitable[T]]) -> T:
        async def run() -> T:
            return await act()

        return asyncio.run_coroutine_threadsafe(run(), self._loop).result(10)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._serve())
        self._loop.close()

    async def _serve(self) -> None:
        self._end = asyncio.Event()
        http = await asyncio.start_server(self._http, "127.0.0.1", self.port)
        # REST and stream share one port as far as a client can tell: the front hands upgrades on
        async with serve(self._stream, "127.0.0.1", 0, compression=None, ping_interval=None, max_size=None) as sockets:
            self._ws_port = sockets.sockets[0].getsockname()[1]
            self.port = http.sockets[0].getsockname()[1]
            self._ready.set()
            await self._end.wait()
            http.close()
            for client in list(self._clients):
                client.connection.transport.abort()
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _http(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                if b"upgrade: websocket" in head.lower():
                    await self._hand_on(head, reader, writer)
                    return
                lines = head.decode().split("\r\n")
                method, target, _ = lines[0].split(" ", 2)
                length = next((int(one.split(":")[1]) for one in lines if one.lower().startswith("content-length:")), 0)
                body = await reader.readexactly(length) if length else b""
                status, content = self._answer(method, target, body)
                payload = json.dumps(content).encode()
                writer.write(
                    f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\nContent-Type: application/json\r\n"
                    f"Content-Length: {len(payload)}\r\n\r\n".encode()
                    + payload
                )
                await writer.drain()
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            return
        finally:
            writer.close()

    async def _hand_on(self, head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.refusing:
            return
        inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", self._ws_port)
        inner_writer.write(head)

        async def pump(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
            try:
                while data := await source.read(65_536):
                    target.write(data)
                    await target.drain()
            except OSError:
                pass
            finally:
                target.close()

        await asyncio.gather(pump(reader, inner_writer), pump(inner_reader, writer))

    def _answer(self, method: str, target: str, body: bytes) -> tuple[int, Any]:
        address = urlsplit(target)
        query = parse_qs(address.query)
        parts = [part for part in address.path.split("/") if part]
        if parts == ["markets", "keyset"]:
            return self._keyset(query)
        if parts == ["books"] and method == "POST":
            with self._changed:
                self.book_requests += 1
                self._changed.notify_all()
            found = [self._summary(one["token_id"]) for one in json.loads(body)]
            return 200, [one for one in found if one is not None]
        if parts == ["book"]:
            summary = self._summary(query["token_id"][0])
            return (200, summary) if summary else (404, {"error": "No orderbook exists for the requested token id"})
        if len(parts) == 2 and parts[0] == "markets" and parts[1] in self.markets:
            return 200, self.markets[parts[1]].clob()
        return 404, {"error": "not found"}

    def _keyset(self, query: dict[str, list[str]]) -> tuple[int, Any]:
        if self.page_fault == "http":
            return 500, {"error": "internal"}
        if self.page_fault == "invalid":
            return 200, {"data": []}
        closed = query.get("closed", ["false"])[0] == "true"
        ids = query.get("condition_ids", [])
        found = [m for m in self.markets.values() if m.closed is closed and (not ids or m.condition_id in ids)]
        start = int(query.get("after_cursor", ["0"])[0])
        limit = min(int(query.get("limit", ["20"])[0]), 100)
        page = found[start : start + limit]
        answer: dict[str, Any] = {"markets": [market.gamma() for market in page]}
        if start + limit < len(found) or self.page_fault == "endless":
            answer["next_cursor"] = str(start + limit)
        self.pages.append(len(page))
        return 200, answer

    def _summary(self, token: str) -> dict[str, Any] | None:
        market = next((m for m in self.markets.values() if token in m.tokens), None)
        return None if market is None or market.closed else market.summary(token, self._now_ms())

    def _book(self, market: Market, token: str) -> dict[str, Any]:
        return {"event_type": "book", **market.summary(token, self._now_ms())}

    def _price_change(self, market: Market, side: str, price: str, size: str) -> dict[str, Any]:
        mirrored = "SELL" if side == "BUY" else "BUY"
        entries = []
        for token, one_side, one_price in (
            (market.tokens[0], side, price),
            (market.tokens[1], mirrored, _complement(price)),
        ):
            bid, ask = market.best(token)
            entries.append(
                {
                    "asset_id": token, "side": one_side, "price": one_price, "size": size, "hash": "0" * 40,
                    "best_bid": bid, "best_ask": ask,
                }
            )  # fmt: skip
        return {
            "event_type": "price_change", "market": market.condition_id, "timestamp": str(self._now_ms()),
            "price_changes": entries,
        }  # fmt: skip

    async def _publish(self, market: Market, frame: Any) -> None:
        if not self.speaking:
            return
        for client in list(self._clients):
            if any(token in client.assets for token in market.tokens):
                await client.connection.send(json.dumps(frame))

    async def _stream(self, connection: ServerConnection) -> None:
        client = _Client(connection)
        self._clients[client] = None
        with self._changed:
            self.connects += 1
            self._changed.notify_all()
        try:
            async for message in connection:
                await self._heard(client, message if isinstance(message, str) else message.decode())
        except ConnectionClosed:
            pass
        finally:
            self._clients.pop(client, None)

    async def _heard(self, client: _Client, text: str) -> None:
        if text == "PING":
            self.pings += 1
            if self.answer_pings:
                await client.connection.send("PONG")
            return
        wish = json.loads(text)
        tokens = [str(token) for token in wish["assets_ids"]]
        if wish.get("operation") == "unsubscribe":
            for token in tokens:
                client.assets.pop(token, None)
            return
        client.assets.update(dict.fromkeys(tokens))
        if self.speaking:
            known = [(m, token) for token in tokens for m in self.markets.values() if token in m.tokens]
            await client.connection.send(json.dumps([self._book(market, token) for market, token in known]))
        with self._changed:
            self.subscribed.append(tokens)
            self._changed.notify_all()


def _complement(price: str) -> str:
    digits = len(price.split(".")[1]) if "." in price else 2
    return f"{1 - float(price):.{digits}f}"
