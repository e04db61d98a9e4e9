"""One HTTP request as the endpoints see it, and what they answer; every refusal becomes the venue's JSON."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from statistics import NormalDist
from typing import Any, Final

import msgspec
from starlette.datastructures import QueryParams
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from astra_actors.kernel.errors import BadInput
from astra_actors.venues.exchange import refusal
from astra_actors.venues.exchange.intake import BODY_BYTES_MAX
from astra_actors.venues.exchange.keys import ApiKey, key_of
from astra_actors.venues.exchange.refusal import Refused
from astra_actors.venues.exchange.venue import Venue

PUBLIC, WALLET, KEY = 0, 1, 2
_TEXT_MAX: Final = 300
_SLOW_MS: Final = (2_000, 6_000)
_NORMAL: Final = NormalDist()
_LATENCY_SIGMA: Final = 0.7  # one answer in ten takes two and a half times the median
_DICE_MIN: Final = 1e-9


@dataclass(slots=True)
class Call:
    """A request. `key` is set where the endpoint asks for level 2; `headers` go out with the answer."""

    venue: Venue
    now_ms: int
    path: Mapping[str, str]
    query: QueryParams
    headers: Mapping[str, str]
    body: bytes
    key: ApiKey | None = None
    out: dict[str, str] = field(default_factory=dict)
    lost: bool = False  # the answer never reaches the client
    wait_ms: int = 0  # it comes so much later

    @property
    def owner(self) -> ApiKey:
        """The key that signed."""
        assert self.key is not None, "an endpoint that asks for its key is a level-2 one"
        return self.key

    def text(self, name: str, default: str = "") -> str:
        """One bounded text of the query."""
        value = self.query.get(name, default)
        if len(value) > _TEXT_MAX:
            raise refusal.bad(f"invalid {name}")
        return str(value)

    def texts(self, name: str) -> list[str]:
        """A repeated or comma-separated text of the query."""
        return [part for value in self.query.getlist(name) for part in value.split(",") if part]

    def number(self, name: str, default: int) -> int:
        """One whole number of the query."""
        value = self.text(name)
        if not value:
            return default
        if not (value.isascii() and value.isdigit() and len(value) <= 15):
            raise refusal.bad(f"invalid {name}")
        return int(value)


Handler = Callable[[Call], Any]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A method and path, who may call it, and what answers."""

    method: str
    path: str
    handler: Handler
    auth: int = PUBLIC


class Bare(msgspec.Struct):
    """An answer that is text as it is, not JSON."""

    text: str = ""


class Door:
    """The ASGI side of one endpoint path: reads the body, proves the key, calls the handler, writes and commits."""

    def __init__(self, venue: Venue, endpoints: Mapping[str, Endpoint]) -> None:
        self._venue, self._endpoints = venue, endpoints

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        venue = self._venue
        venue.requests += 1
        number, faults = venue.requests, venue.x.faults
        request = Request(scope, receive)
        latency = faults.rate("latency_ms")
        if latency:
            z = _NORMAL.inv_cdf(max(faults.uniform("latency_ms", number), _DICE_MIN))
            await asyncio.sleep(latency / 1_000 * math.exp(_LATENCY_SIGMA * z))
        call = Call(venue, venue.now_ms(), request.path_params, request.query_params, request.headers, b"")
        try:
            response = await self._answer(request, call, number)
        except ClientDisconnect:
            return
        if call.wait_ms:
            await asyncio.sleep(call.wait_ms / 1_000)
        if call.lost:
            await _break_off(send)
            return
        await response(scope, receive, send)

    async def _answer(self, request: Request, call: Call, number: int) -> Response:
        venue = self._venue
        try:
            endpoint = self._endpoints.get(request.method)
            if endpoint is None:
                raise Refused(405, "Method not allowed")
            call.body = await _body(request)
            if request.url.path.startswith("/admin"):
                _check_local(request)
            else:
                _misfortune(venue, number)
            if endpoint.auth == KEY:
                path = request.url.path
                call.key = key_of(venue.ring, call.headers, request.method, path, call.body, call.now_ms, venue.x)
            content = endpoint.handler(call)
            if isinstance(content, Awaitable):
                content = await content
            response = _json(200, content)
        except Refused as refused:
            venue.refused[refused.text[:80]] += 1
            response = _refusal(refused)
        except BadInput as error:
            venue.refused[error.field] += 1
            response = _json(400, {"error": str(error)})
        venue.commit()
        response.headers.update(call.out)
        return response


def after_order(call: Call) -> None:
    """An order has landed: its answer may get lost, or come after the events of it."""
    faults = call.venue.x.faults
    if faults.hits("lost_response", call.venue.requests):
        call.lost = True
    elif faults.hits("slow_response", call.venue.requests):
        low, high = _SLOW_MS
        call.wait_ms = low + round(faults.uniform("slow_response", call.venue.requests) * (high - low))


async def _body(request: Request) -> bytes:
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > BODY_BYTES_MAX:
            raise Refused(413, refusal.TOO_LARGE)
        parts.append(part)
    return b"".join(parts)


def _check_local(request: Request) -> None:
    """A web page in a browser on this machine may not steer the exchange: neither by form nor by another name for it."""
    if request.url.hostname not in ("127.0.0.1", "localhost"):
        raise Refused(403, "ask for 127.0.0.1")
    if request.method == "POST" and not request.headers.get("content-type", "").startswith("application/json"):
        raise Refused(415, "send application/json")


def _misfortune(venue: Venue, number: int) -> None:
    faults = venue.x.faults
    if faults.hits("rate_limit", number):
        raise Refused(429, "Too Many Requests", retry_after_s=-1)
    if faults.hits("server_error", number):
        raise Refused(500, "could not insert order")


def _refusal(refused: Refused) -> Response:
    response = _json(refused.status, {"error": refused.text, **refused.more})
    if refused.retry_after_s:
        response.headers["Retry-After"] = str(max(0, refused.retry_after_s))
    return response


def _json(status: int, content: Any) -> Response:
    if isinstance(content, Bare):
        return Response(content.text, status_code=status, media_type="text/plain")
    return Response(msgspec.json.encode(content), status_code=status, media_type="application/json")


async def _break_off(send: Send) -> None:
    """Promise a body and send none: the connection ends without an answer that could be read."""
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"64")]})
