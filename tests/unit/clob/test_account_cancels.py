"""Promise: a cancel always passes, goes first, and is said again until it is proven that the order can trade no more."""

from __future__ import annotations

import json

import pytest
from account_bench import LOST, MARKET, OK, Bench, cancel, our_trade, place, row_of, venue_id

from astra_actors.venues.clob.account_rows import EndRow
from astra_actors.venues.clob.deeds import Post, Record, TakeOff
from astra_actors.venues.clob.signals import Reply
from astra_actors.venues.clob.user_frames import OrderTold
from astra_actors.venues.clob.words import Join
from astra_actors.venues.port import Cancelled, Filled, Rejected


def test_cancels_go_first_and_wait_for_no_row() -> None:
    bench = Bench()
    bench.rest("o1")
    bench.say(place("o2"), place("o3"))
    bench.write(bench.deeds())
    bench.say(cancel("o1"), place("o4"))
    assert [type(deed) for deed in bench.deeds()][:3] == [TakeOff, Record, Post]


def test_an_order_that_waits_is_taken_back_and_never_leaves() -> None:
    bench = Bench()
    bench.say(place(), cancel())
    assert not [deed for deed in bench.settle(5_000) if isinstance(deed, Post | TakeOff)]
    (news,) = bench.news()
    assert isinstance(news, Rejected) and news.reason == "not sent: requote"
    assert [row.state for row in bench.rows if isinstance(row, EndRow)] == ["rejected"]


def test_a_cancel_that_overtakes_its_order_holds_it_back() -> None:
    bench = Bench()
    bench.say(cancel(), place())
    assert not [deed for deed in bench.settle(5_000) if isinstance(deed, Post)]
    assert [news.reason for news in bench.news(Rejected)] == [
        "not sent: the account does not know it", "not sent: it was cancelled first",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("case", "reply", "body"),
    [
        ("lost", LOST, b""),
        ("restarting", Reply(status=425), b""),
        ("throttled", Reply(status=429, text="Too Many Requests"), b""),
        ("not found", OK, {venue_id(): "order can't be found - already canceled or matched"}),
        ("delayed", OK, {venue_id(): "the order is delayed"}),
        ("an unknown text", OK, {venue_id(): "who are you"}),
        ("not named", OK, {}),
        ("unreadable", OK, b"<html>"),
    ],
)
def test_a_cancel_is_repeated_while_the_order_is_listed(case: str, reply: Reply, body: object) -> None:
    bench = Bench()
    bench.rest("o1")
    bench.say(cancel())
    raw = body if isinstance(body, bytes) else json.dumps({"canceled": [], "not_canceled": body}).encode()
    (first,) = bench.of(TakeOff)
    bench.account.on_taken_off(first.number, reply, raw, bench.now_ms)
    again = [deed for deed in bench.settle(5_000) if isinstance(deed, TakeOff)]
    assert [deed.venue_ids for deed in again] == [(venue_id(),)]  # and no third one before the second is answered
    bench.take_off(again[0])
    assert not [deed for deed in bench.settle(10_000) if isinstance(deed, TakeOff)]
    assert [news.reason for news in bench.news(Cancelled)] == ["requote"]


def test_an_order_whose_request_is_under_way_is_cancelled_all_the_same() -> None:
    bench = Bench()
    bench.say(place())
    post = bench.posted()
    bench.say(cancel())
    (deed,) = bench.of(TakeOff)
    bench.take_off(deed, gone=False)
    body = json.dumps([{"success": True, "errorMsg": "", "orderID": venue_id(), "status": "live"}]).encode()
    bench.account.on_posted(post.number, OK, body, bench.now_ms)
    bench.listed = (row_of(),)
    assert [deed.venue_ids for deed in bench.settle(3_000) if isinstance(deed, TakeOff)] == [(venue_id(),)]


def test_the_end_is_told_only_when_the_trades_of_that_moment_are_known() -> None:
    bench = Bench()
    bench.rest("o1")
    bench.say(cancel())
    (deed,) = bench.of(TakeOff)
    bench.traded = (our_trade(),)
    bench.take_off(deed)
    bench.settle(4_500)
    assert not bench.news(Cancelled, Filled)
    bench.settle(2_000)
    assert [type(news) for news in bench.news(Cancelled, Filled)] == [Filled, Cancelled]
    (end,) = [row for row in bench.rows if isinstance(row, EndRow)]
    assert (end.state, end.filled_e6) == ("cancelled", 5_000_000)


def test_what_the_venue_takes_off_by_itself_ends_without_a_cancel() -> None:
    bench = Bench()
    bench.rest("o1")
    bench.listed = ()
    bench.event(OrderTold(row_of(status="INVALID"), over=True))
    assert not [deed for deed in bench.settle(10_000) if isinstance(deed, TakeOff)]
    assert [news.order_id for news in bench.news(Cancelled)] == ["o1"]


def test_a_new_owner_finds_the_orders_of_the_old_one_cancelled_and_not_its_own() -> None:
    bench = Bench()
    bench.rest("o1")
    bench.say(Join(market_id=MARKET, incarnation=2), shard=1)
    bench.rest("o2", incarnation=2)
    assert [one["state"] for one in bench.account.open_orders()] == ["cancelling", "live"]
    bench.say(Join(market_id=MARKET, incarnation=1))  # late words of the dead
    assert [one["state"] for one in bench.account.open_orders()] == ["cancelling", "live"]


def test_a_cancel_of_an_order_nobody_knows_is_answered() -> None:
    bench = Bench()
    bench.say(cancel("o9"))
    assert [news.order_id for news in bench.news(Rejected)] == ["o9"]
