"""The two WebSockets: the market channel for everyone, the user channel for whoever shows an API key."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, Final

import msgspec
from starlette.websockets import WebSocket, WebSocketDisconnect

from astra_actors.kernel.nesting import too_deep
from astra_actors.venues.exchange.hub import Listener
from astra_actors.venues.exchange.venue import Venue

FRAME_CHARS_MAX: Final = 262_144  # five hundred tokens are 45 kB
_ASSETS_MAX: Final = 3_000
_Name = Annotated[str, msgspec.Meta(max_length=128)]
_Names = Annotated[list[_Name], msgspec.Meta(max_length=_ASSETS_MAX)]


class MarketWish(msgspec.Struct, frozen=True):
    """A frame of the market channel: the first one has a `type`, later ones an `operation`."""

    type: str = ""
    operation: str = ""
    assets_ids: _Names = []
    custom_feature_enabled: bool = False
    initial_dump: bool = True
    level: int = 2


class Credentials(msgspec.Struct, frozen=True):
    """Raw credentials in the first frame of the user channel."""

    apiKey: str  # noqa: N815 - the venue's own name
    secret: str
    passphrase: str


class UserWish(msgspec.Struct, frozen=True):
    """A frame of the user channel; `markets` are condition ids, none means the whole account."""

    type: str = ""
    operation: str = ""
    auth: Credentials | None = None
    markets: _Names = []


_MARKET: Final = msgspec.json.Decoder(MarketWish)
_USER: Final = msgspec.json.Decoder(UserWish)
_BAD_FRAME: Final = "INVALID OPERATION"


class Streams:
    """Both channels of one venue."""

    def __init__(self, venue: Venue) -> None:
        self._venue = venue

    async def market(self, socket: WebSocket) -> None:
        """`/ws/market`."""
        await self._serve(socket, _MARKET, self._market_frame)

    async def user(self, socket: WebSocket) -> None:
        """`/ws/user`."""
        await self._serve(socket, _USER, self._user_frame)

    async def _serve(self, socket: WebSocket, decoder: msgspec.json.Decoder[Any], heard: Any) -> None:
        await socket.accept()
        listener = self._venue.hub.join()
        sender = asyncio.create_task(_send(socket, listener))
        try:
            while True:
                message = await socket.receive()
                if message["type"] == "websocket.disconnect":
                    break
                text = message.get("text")
                if text == "PING":
                    listener.put("PONG")
                    continue
                try:
                    if text is None or len(text) > FRAME_CHARS_MAX or too_deep(text):
                        raise ValueError("a text frame of bounded size and depth is expected")
                    wish = decoder.decode(text)
                except (msgspec.DecodeError, ValueError, RecursionError):
                    self._venue.refused["frame"] += 1
                    listener.put(_BAD_FRAME)
                    continue
                heard(listener, wish)
        except (WebSocketDisconnect, RuntimeError):
            pass
        finally:
            self._venue.hub.leave(listener)
            sender.cancel()

    def _market_frame(self, listener: Listener, wish: MarketWish) -> None:
        hub = self._venue.hub
        if wish.operation == "unsubscribe":
            hub.unsubscribe(listener, wish.assets_ids)
            return
        if wish.type.lower() != "market" and wish.operation != "subscribe":
            listener.put(_BAD_FRAME)
            return
        now_ms = self._venue.now_ms()
        new = hub.subscribe(
            listener, wish.assets_ids, custom=wish.custom_feature_enabled, dump=wish.initial_dump, now_ms=now_ms
        )
        if not new and wish.assets_ids:
            listener.put("NO NEW ASSETS")

    def _user_frame(self, listener: Listener, wish: UserWish) -> None:
        if listener.key is None:
            auth = wish.auth
            key = auth and self._venue.ring.named(auth.apiKey, auth.secret, auth.passphrase)
            if not key or wish.type.lower() != "user":
                self._venue.refused["user channel"] += 1
                listener.close(int(self._venue.x.switches.ws_bad_auth))
                return
            self._venue.hub.admit(listener, key)
        for market in wish.markets:
            if wish.operation == "unsubscribe":
                listener.markets.pop(market, None)
            else:
                listener.markets[market] = None


async def _send(socket: WebSocket, listener: Listener) -> None:
    """Empty one listener's queue into its socket until it is to be closed."""
    while True:
        await listener.more.wait()
        listener.more.clear()
        while listener.queue:
            text = listener.queue.popleft()
            try:
                if text is None:
                    await socket.close(listener.close_code)
                    return
                await socket.send_text(text)
            except (WebSocketDisconnect, RuntimeError):
                return
