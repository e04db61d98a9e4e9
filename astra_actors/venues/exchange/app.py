"""The ASGI application: every endpoint behind its door, the two channels, and the clock that ticks beside them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final

from starlette.applications import Starlette
from starlette.routing import Route, WebSocketRoute

from astra_actors.venues.exchange import admin, clob_account, clob_markets, clob_orders, clob_public, gamma
from astra_actors.venues.exchange.call import Door, Endpoint
from astra_actors.venues.exchange.streams import Streams
from astra_actors.venues.exchange.venue import Venue

TICK_S: Final = 0.02  # settlements and the crowd's next actions are looked at fifty times a second
ENDPOINTS: Final[tuple[Endpoint, ...]] = (
    *clob_orders.ENDPOINTS,
    *clob_account.ENDPOINTS,
    *clob_public.ENDPOINTS,
    *clob_markets.ENDPOINTS,
    *gamma.ENDPOINTS,
    *admin.ENDPOINTS,
)


def application(venue: Venue, beside: Callable[[int], None] | None = None) -> Starlette:
    """The app of one venue. `beside` is called at every tick with the time: the crowd acts there."""
    paths: dict[str, dict[str, Endpoint]] = {}
    for endpoint in ENDPOINTS:
        paths.setdefault(endpoint.path, {})[endpoint.method] = endpoint
    streams = Streams(venue)
    routes = [Route(path, Door(venue, methods)) for path, methods in paths.items()]
    sockets = [WebSocketRoute("/ws/market", streams.market), WebSocketRoute("/ws/user", streams.user)]

    @asynccontextmanager
    async def life(app: Starlette) -> AsyncIterator[None]:
        pulse = asyncio.create_task(_pulse(venue, beside))
        pulse.add_done_callback(lambda task: _stopped(app, task))
        try:
            yield
        finally:
            pulse.cancel()
            venue.store.write(venue.x, venue.ring)

    app = Starlette(routes=[*routes, *sockets], lifespan=life)
    app.state.broken, app.state.stop = None, lambda: None
    return app


def _stopped(app: Starlette, pulse: asyncio.Task[None]) -> None:
    """An exchange whose clock stands still is no exchange: it ends, and says why."""
    if not pulse.cancelled():
        app.state.broken = pulse.exception()
        app.state.stop()


async def _pulse(venue: Venue, beside: Callable[[int], None] | None) -> None:
    while True:
        await asyncio.sleep(TICK_S)
        if beside is not None:
            beside(venue.now_ms())
        venue.tick()
