"""The account's requests over HTTP: signed here, bounded in time and in bytes, and each sent once and no more."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import Any, Final
from urllib.parse import urlsplit

import httpx2
import msgspec

from astra_actors.feeds.venue_socket import LOOPBACK
from astra_actors.kernel.errors import WireError
from astra_actors.kernel.nesting import too_deep
from astra_actors.venues.clob.answers import Answered, AnswerFailed, BalanceAnswer, OrdersAnswer, TradesAnswer
from astra_actors.venues.clob.building import Draft, body_of
from astra_actors.venues.clob.gateway_params import GatewayParams
from astra_actors.venues.clob.questions import AskAllOpenOrders, AskBalance, AskOpenOrders, AskOrder, Question
from astra_actors.venues.clob.replies import error_text, read_balance, read_page
from astra_actors.venues.clob.requests import CANCEL_ALL, CANCEL_ORDERS, FIRST_PAGE, POST_ORDERS, Request, request_of
from astra_actors.venues.clob.signals import Reply
from astra_actors.venues.clob.user_frames import UserDecoder
from astra_actors.venues.clob.user_rows import OrderSeen, TradeSeen
from astra_actors.venues.signing.credentials import Credentials
from astra_actors.venues.signing.wallet_key import WalletKey

_TEXT_MAX: Final = 300  # of an answer that is no JSON: a page of the network's own
_WAIT_S_MAX: Final = 3_600  # a longer wait is asked for again
_UNSENT: Final = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout, httpx2.UnsupportedProtocol)
_HEADERS: Final = {
    "Accept": "application/json",
    "Accept-Encoding": "identity",  # a packed answer has no size before it is unpacked
    "Content-Type": "application/json",
}


class ClobHttp:
    """Own one pool of connections; everything runs on one event loop. Nothing here is repeated: that is for the account."""

    def __init__(
        self,
        url: str,
        params: GatewayParams,
        credentials: Credentials,
        *,
        signature_type: int,
        now_s: Callable[[], float] = time.time,
        transport: httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        self.skew_s = 0.0  # how far the venue's clock is ahead of ours
        self.requests = self.failed = 0
        self._url, self._params, self._credentials = url.rstrip("/"), params, credentials
        self._signature_type, self._now_s = signature_type, now_s
        self._decoder = UserDecoder(integer_sizes=params.integer_sizes)
        parts = urlsplit(self._url)
        self._client = httpx2.AsyncClient(
            http2=parts.scheme == "https",
            follow_redirects=False,  # the venue's answers come from the venue
            headers=_HEADERS,
            limits=httpx2.Limits(max_connections=params.connections_max, keepalive_expiry=30.0),
            trust_env=parts.hostname not in LOOPBACK,
            transport=transport,
        )

    async def post(self, drafts: Sequence[Draft], key: WalletKey) -> tuple[Reply, bytes]:
        """Send these orders, once. Whatever goes wrong on the way is a reply as well."""
        body = body_of([draft.row(key, self._credentials.api_key) for draft in drafts])
        return await self.ask(POST_ORDERS, body, timeout_s=self._params.post_timeout_s)

    async def take_off(self, venue_ids: Sequence[str]) -> tuple[Reply, bytes]:
        """Cancel these orders in one request."""
        body = msgspec.json.encode(list(venue_ids))
        return await self.ask(CANCEL_ORDERS, body, timeout_s=self._params.post_timeout_s)

    async def take_off_all(self) -> tuple[Reply, bytes]:
        """Cancel every order of the key."""
        return await self.ask(CANCEL_ALL, timeout_s=self._params.post_timeout_s)

    async def answer(self, question: Question) -> Answered:
        """The answer to a question, all its pages; a page or a row that cannot be read fails it whole."""
        asked_ms = int(self._now_s() * 1_000)
        try:
            if isinstance(question, AskBalance):
                return await self._balance(question, asked_ms)
            return await self._list(question, asked_ms)
        except _Failed as failed:
            return AnswerFailed(reply=failed.reply)
        except WireError as error:
            return AnswerFailed(reply=Reply(status=None, text=f"unreadable: {error}"[:_TEXT_MAX]))

    async def ask(self, request: Request, body: bytes = b"", *, timeout_s: float) -> tuple[Reply, bytes]:
        """One request and what came of it; raises nothing that the network does."""
        self.requests += 1
        reply, content = await self._send(request, body, timeout_s)
        self.failed += reply.status != 200
        return reply, content

    async def close(self) -> None:
        """Let go of the connections."""
        await self._client.aclose()

    async def _send(self, request: Request, body: bytes, timeout_s: float) -> tuple[Reply, bytes]:
        params = self._params
        at_s = int(self._now_s() + self.skew_s)
        headers = self._credentials.headers(method=request.method, path=request.path, body=body, at_s=at_s)
        timeout = httpx2.Timeout(timeout_s, connect=params.connect_timeout_s, pool=params.connect_timeout_s)
        call = self._client.stream(
            request.method,
            self._url + request.path,
            params=list(request.query) or None,  # an empty list would have the address parsed once more
            content=body or None,
            headers=headers,
            timeout=timeout,
        )
        try:
            async with (
                asyncio.timeout(timeout_s + params.connect_timeout_s),
                call as answer,
            ):  # a body may come in drops
                content = await self._bounded(answer)
        except Exception as error:  # its libraries raise what they do not name: how far the request came nobody knows
            return Reply(status=None, text=_why(error), sent=not isinstance(error, _UNSENT)), b""
        if content is None:
            return Reply(status=None, text=f"an answer of HTTP {answer.status_code} that is packed or too large"), b""
        return reply_of(answer.status_code, answer.headers, content), content

    async def _bounded(self, answer: httpx2.Response) -> bytes | None:
        """The body; None where it is not what was asked for."""
        if answer.headers.get("content-encoding", "identity") != "identity":
            return None
        parts: list[bytes] = []
        size = 0
        async for part in answer.aiter_bytes():
            size += len(part)
            if size > self._params.answer_bytes_max:
                return None
            parts.append(part)
        content = b"".join(parts)
        return None if too_deep(content) else content

    async def _list(self, question: Question, asked_ms: int) -> Answered:
        """Pages until the last one, within bounds."""
        of_orders = isinstance(question, AskOrder | AskOpenOrders | AskAllOpenOrders)
        orders: list[OrderSeen] = []
        trades: list[TradeSeen] = []
        cursor, pages, last = FIRST_PAGE, 0, False
        while not last and pages < self._params.pages_max:
            page = read_page(await self._page(question, cursor))
            pages, last = pages + 1, page.is_last
            if of_orders:
                orders += [self._decoder.order_row(row) for row in page.data]
            else:
                trades += [self._decoder.trade_row(row) for row in page.data]
            if page.next_cursor == cursor:
                raise WireError("next_cursor", cursor, "a cursor that leads to itself has no end")
            cursor = page.next_cursor or ""
        if of_orders:
            return OrdersAnswer(rows=tuple(orders), whole=last and pages == 1, asked_ms=asked_ms)
        return TradesAnswer(rows=tuple(trades), whole=last, asked_ms=asked_ms)

    async def _balance(self, question: AskBalance, asked_ms: int) -> Answered:
        balance_e6, _ = read_balance(await self._page(question, FIRST_PAGE))
        return BalanceAnswer(token_id=question.token_id, balance_e6=balance_e6, asked_ms=asked_ms)

    async def _page(self, question: Question, cursor: str) -> bytes:
        request = request_of(question, signature_type=self._signature_type, cursor=cursor)
        reply, body = await self.ask(request, timeout_s=self._params.question_timeout_s)
        if reply.status != 200:
            raise _Failed(reply)
        return body


class _Failed(Exception):
    """A page did not come."""

    def __init__(self, reply: Reply) -> None:
        self.reply = reply
        super().__init__(reply.text)


def reply_of(status: int, headers: Any, content: bytes) -> Reply:
    """What a status, its headers and its body say of the venue; the text of a 200 is not looked at."""
    text = ""
    if status != 200:
        text = error_text(content) or content[:_TEXT_MAX].decode(errors="replace")
    hint = headers.get("retry-after", "")
    wait_s = min(int(hint), _WAIT_S_MAX) if hint.isascii() and hint.isdigit() and len(hint) < 10 else 0
    return Reply(status=status, text=text, retry_after_s=wait_s)


def _why(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:_TEXT_MAX]
