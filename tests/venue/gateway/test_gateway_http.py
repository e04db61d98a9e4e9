"""Requests of the account: proven by the exchange, bounded whatever is answered, and never repeated."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from typing import Any

import httpx2
import pytest
from exchange_bench import Bench
from gateway_bench import SOME, credentials, draft, gateway_params

from actors.venue_http import ClobHttp
from astra_actors.venues.clob.answers import AnswerFailed, BalanceAnswer, OrdersAnswer, TradesAnswer
from astra_actors.venues.clob.fates import Fate, fates_of
from astra_actors.venues.clob.questions import (
    AskAllOpenOrders,
    AskBalance,
    AskOpenOrders,
    AskOrder,
    AskTrade,
    AskTrades,
)
from astra_actors.venues.clob.replies import read_cancel
from astra_actors.venues.signing.wallet_key import WalletKey

Answer = Callable[[httpx2.Request], httpx2.Response]


def over(venue: Bench, work: Callable[[ClobHttp], Awaitable[Any]], who: int = 0) -> Any:
    """Work of one wallet on the exchange."""

    async def go() -> Any:
        kind = venue.accounts[who]["signature_type"]
        http = ClobHttp(venue.hello["clob"], gateway_params(venue), credentials(venue, who), signature_type=kind)
        try:
            return await work(http)
        finally:
            await http.close()

    return asyncio.run(go())


def fake(answer: Answer, question: Any = None, **more: Any) -> Any:
    """One question, or a cancel, to a venue that answers as it likes."""

    async def go() -> Any:
        transport = httpx2.MockTransport(answer)
        params = gateway_params(None, **more)
        http = ClobHttp("http://127.0.0.1:1", params, SOME, signature_type=0, transport=transport)
        return await (http.take_off(["0xa"]) if question is None else http.answer(question))

    return asyncio.run(go())


@pytest.mark.parametrize("who", [0, 1])
def test_orders_are_posted_asked_for_and_cancelled(venue: Bench, who: int) -> None:
    market = venue.market()
    key = WalletKey(venue.accounts[who]["private_key"])
    drafts = [draft(venue, market, who, price_e4=price_e4) for price_e4 in (4_100, 4_200)]
    ids = [each.venue_id for each in drafts]

    async def work(http: ClobHttp) -> None:
        reply, body = await http.post(drafts, key)
        assert [each.fate for each in fates_of(reply, body, ids)] == [Fate.RESTS, Fate.RESTS]
        listed = await http.answer(AskOpenOrders(market.cid))
        assert isinstance(listed, OrdersAnswer) and listed.whole
        assert sorted(each.venue_id for each in listed.rows) == sorted(ids)
        everywhere = await http.answer(AskAllOpenOrders())
        assert isinstance(everywhere, OrdersAnswer) and set(ids) <= {each.venue_id for each in everywhere.rows}
        reply, body = await http.take_off(ids[:1])
        assert (reply.status, read_cancel(body).canceled) == (200, ids[:1])
        gone = await http.answer(AskOrder(ids[0]))
        assert isinstance(gone, OrdersAnswer) and (gone.rows, gone.whole) == ((), True)
        reply, body = await http.take_off_all()
        assert ids[1] in read_cancel(body).canceled

    over(venue, work, who)


def test_trades_and_balances_are_read(venue: Bench) -> None:
    market = venue.market(sets=10)
    venue.limit(1, market.yes, "SELL", 0.4, 10)
    venue.limit(0, market.yes, "BUY", 0.4, 10)

    async def work(http: ClobHttp) -> None:
        listed = await http.answer(AskTrades(market.cid, int(time.time()) - 60))
        assert isinstance(listed, TradesAnswer) and listed.whole
        (row,) = listed.rows
        again = await http.answer(AskTrade(row.trade_id))
        assert isinstance(again, TradesAnswer) and [each.trade_id for each in again.rows] == [row.trade_id]
        dollars = await http.answer(AskBalance())
        assert isinstance(dollars, BalanceAnswer) and (dollars.token_id, dollars.balance_e6 > 0) == ("", True)
        shares = await http.answer(AskBalance(market.yes))
        assert isinstance(shares, BalanceAnswer) and shares.token_id == market.yes

    over(venue, work)


def test_whatever_breaks_under_a_request_leaves_it_unknown() -> None:
    """A bug of a library is no end of the account: what became of the request is asked, as after any silence."""

    def broken(request: httpx2.Request) -> httpx2.Response:
        raise RuntimeError("dictionary changed size during iteration")

    reply, body = fake(broken)
    assert (reply.status, reply.sent, body) == (None, True, b"")


def test_a_lost_response_is_unknown_and_asked_about_never_sent_again(venue: Bench) -> None:
    market = venue.market()
    one = draft(venue, market)
    venue.admin("faults", {"lost_response": 1.0})

    async def work(http: ClobHttp) -> None:
        reply, body = await http.post([one], WalletKey(venue.accounts[0]["private_key"]))
        assert (reply.status, reply.sent, http.requests) == (None, True, 1)
        assert fates_of(reply, body, [one.venue_id])[0].fate is Fate.UNKNOWN
        found = await http.answer(AskOrder(one.venue_id))
        assert isinstance(found, OrdersAnswer) and [each.venue_id for each in found.rows] == [one.venue_id]

    over(venue, work)


def test_a_venue_that_is_not_there_was_sent_nothing() -> None:
    async def go() -> None:
        http = ClobHttp("http://127.0.0.1:9", gateway_params(None), SOME, signature_type=0)
        reply, _ = await http.take_off(["0xa"])
        await http.close()
        assert (reply.status, reply.sent) == (None, False)

    asyncio.run(go())


REPLIES = [
    ("the venue's text", httpx2.Response(400, json={"error": "no"}), (400, "no", 0)),
    ("a page of the network's", httpx2.Response(403, text="error code: 1015"), (403, "error code: 1015", 0)),
    ("a wait", httpx2.Response(429, json={"error": "slow"}, headers={"Retry-After": "7"}), (429, "slow", 7)),
    ("a wait of zero", httpx2.Response(429, json={"error": "s"}, headers={"Retry-After": "0"}), (429, "s", 0)),
    ("a date to wait for", httpx2.Response(429, json={}, headers={"Retry-After": "Wed, 21 Oct 2026"}), (429, "{}", 0)),
    ("a wait without end", httpx2.Response(503, text="", headers={"Retry-After": "999999999"}), (503, "", 3_600)),
    ("one that is moved", httpx2.Response(301, headers={"Location": "http://elsewhere/"}), (301, "", 0)),
]


@pytest.mark.parametrize(("_name", "answer", "expected"), REPLIES, ids=[row[0] for row in REPLIES])
def test_a_reply_says_what_the_venue_said(_name: str, answer: httpx2.Response, expected: tuple[int, str, int]) -> None:
    reply, _ = fake(lambda _: answer)
    assert (reply.status, reply.text, reply.retry_after_s) == expected


HOSTILE = [
    ("too large", lambda: httpx2.Response(200, content=b" " * 5_000_000)),
    ("too deep", lambda: httpx2.Response(200, content=b"[" * 100_000)),
    ("packed", lambda: httpx2.Response(200, content=b"\x1f\x8b\x08", headers={"Content-Encoding": "br"})),
    ("no page", lambda: httpx2.Response(200, content=b"[]")),
    ("a row that is none", lambda: httpx2.Response(200, json={"data": [{"id": 7}], "next_cursor": "LTE="})),
    ("a cursor to itself", lambda: httpx2.Response(200, json={"data": [], "next_cursor": "MA=="})),
    ("NaN", lambda: httpx2.Response(200, content=b'{"data": [NaN], "next_cursor": "LTE="}')),
]


@pytest.mark.parametrize(("_name", "answer"), HOSTILE, ids=[row[0] for row in HOSTILE])
def test_a_hostile_answer_is_no_answer(_name: str, answer: Callable[[], httpx2.Response]) -> None:
    assert isinstance(fake(lambda _: answer(), AskOpenOrders("0xc")), AnswerFailed)


def test_a_list_is_read_to_its_end_within_bounds() -> None:
    def page(request: httpx2.Request) -> httpx2.Response:
        cursor = int(request.url.params["next_cursor"].replace("MA==", "0"))
        return httpx2.Response(200, json={"data": [], "next_cursor": str(cursor + 1) if cursor < 3 else "LTE="})

    assert fake(page, AskTrades("0xc", 5)).whole
    assert not fake(page, AskTrades("0xc", 5), pages_max=3).whole
    assert not fake(page, AskOpenOrders("0xc")).whole, "what is on several pages moves while it is read"


def test_what_is_signed_is_what_is_sent_at_the_venues_time() -> None:
    heard: list[httpx2.Request] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        heard.append(request)
        return httpx2.Response(200, json={"canceled": [], "not_canceled": {}})

    async def go() -> None:
        transport = httpx2.MockTransport(answer)
        params = gateway_params(None)
        http = ClobHttp(
            "http://127.0.0.1:1/", params, SOME, signature_type=0, now_s=lambda: 1_000.4, transport=transport
        )
        http.skew_s = 60.0
        await http.take_off(["0xa'b"])

    asyncio.run(go())
    (request,) = heard
    proof = SOME.headers(method="DELETE", path="/orders", body=request.content, at_s=1_060)
    assert json.loads(request.content) == ["0xa'b"]
    assert all(request.headers[name] == value for name, value in proof.items())
