"""Promise: after a stop nothing leaves, everything is cancelled, and the account is clear only when that is proven."""

from __future__ import annotations

import json

from account_bench import LOST, OK, Bench, our_trade, place, venue_id

from astra_actors.venues.clob.answers import AnswerFailed
from astra_actors.venues.clob.deeds import Ask, Post, TakeOff, TakeOffAll
from astra_actors.venues.clob.words import Weather
from astra_actors.venues.port import Cancelled, Filled, Rejected


def test_what_waits_is_answered_as_never_sent_and_nothing_new_is_taken() -> None:
    bench = Bench()
    bench.say(place("o1"))
    bench.account.stop(bench.now_ms)
    bench.settle(200)
    bench.say(place("o2"))
    deeds = bench.settle(2_000)
    assert not [deed for deed in deeds if isinstance(deed, Post)]
    told = bench.news(Rejected, Weather)
    assert [news.why for news in told if isinstance(news, Weather)] == ["the account is stopping"]
    assert {news.reason for news in told if isinstance(news, Rejected)} == {"not sent: the account is stopping"}


def test_everything_is_cancelled_at_once_then_one_by_one_until_it_is_proven() -> None:
    bench = Bench()
    bench.rest("o1", "o2")
    bench.account.stop(bench.now_ms)
    deeds = bench.settle(500)
    (everything,) = [deed for deed in deeds if isinstance(deed, TakeOffAll)]
    assert not [deed for deed in deeds if isinstance(deed, TakeOff)]
    body = json.dumps({"canceled": [venue_id("o1")], "not_canceled": {}}).encode()
    bench.listed = bench.listed[1:]
    bench.account.on_taken_off(everything.number, OK, body, bench.now_ms)
    (one,) = [deed for deed in bench.settle(500) if isinstance(deed, TakeOff)]
    assert one.venue_ids == (venue_id("o2"),)
    bench.take_off(one)
    bench.traded = (our_trade(order_id="o2"),)
    bench.settle(4_000)
    assert not bench.account.is_clear
    bench.settle(5_000)
    assert bench.account.is_clear
    assert [type(news) for news in bench.news(Cancelled, Filled)].count(Cancelled) == 2
    assert not [deed for deed in bench.settle(5_000) if isinstance(deed, TakeOff | TakeOffAll)]


def test_an_account_without_orders_is_clear_when_the_venue_lists_none() -> None:
    bench = Bench()
    assert not bench.account.is_clear
    bench.account.stop(bench.now_ms)
    assert not bench.account.is_clear
    bench.settle(3_000)
    assert bench.account.is_clear


def test_a_venue_that_does_not_answer_leaves_the_account_unclear_and_its_orders_named() -> None:
    bench = Bench()
    bench.rest("o1")
    bench.account.stop(bench.now_ms)
    takes = 0
    for _ in range(120):
        for deed in bench.write(bench.deeds()):
            if isinstance(deed, Ask):
                bench.account.on_answered(deed.number, AnswerFailed(reply=LOST), bench.now_ms)
            else:
                takes += 1
                bench.account.on_taken_off(deed.number, LOST, b"", bench.now_ms)
        bench.now_ms += 500
    assert not bench.account.is_clear
    assert [one["venue_id"] for one in bench.account.open_orders()] == [venue_id("o1")]
    assert 20 <= takes <= 31  # one for everything, then one each two seconds
