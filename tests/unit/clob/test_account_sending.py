"""Promise: an order leaves once, after its intent is durable, and only while its owner may send it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from account_bench import LOST, MARKET, OK, Bench, our_order, place, row_of, venue_id
from clob_values import SENT_MS, SENT_NS, listing

from astra_actors.market.instrument import Side
from astra_actors.venues.clob.account_memory import AccountMemory
from astra_actors.venues.clob.account_params import PhaseLimits
from astra_actors.venues.clob.account_rows import EndRow, IntentRow
from astra_actors.venues.clob.deeds import Post, Record
from astra_actors.venues.clob.signals import Reply
from astra_actors.venues.clob.user_frames import OrderTold
from astra_actors.venues.clob.words import NEVER_LEFT, Join, Place, Weather
from astra_actors.venues.port import Accepted, Rejected


def test_no_order_leaves_before_its_intent_is_durable() -> None:
    bench = Bench()
    bench.say(place())
    (record,) = bench.of(Record)
    assert [row.venue_id for row in record.rows if isinstance(row, IntentRow)] == [venue_id()]
    bench.now_ms += 1_000
    assert not bench.of(Post)
    bench.account.on_recorded(record.number, bench.now_ms)
    (post,) = bench.of(Post)
    assert [draft.venue_id for draft in post.drafts] == [venue_id()]


def test_an_order_that_waited_until_the_venue_would_refuse_it_is_not_sent() -> None:
    bench = Bench()
    bench.say(place())  # its expiration is 185 seconds ahead, and the venue takes 180 or more
    (record,) = bench.of(Record)
    bench.now_ms += 5_001
    bench.account.on_recorded(record.number, bench.now_ms)
    assert not [deed for deed in bench.settle(1_000) if isinstance(deed, Post)]
    (news,) = bench.news(Rejected)
    assert news.reason.startswith(NEVER_LEFT)


def test_an_order_whose_reply_is_lost_is_never_sent_again_and_is_proven_by_asking() -> None:
    bench = Bench()
    bench.say(place())
    post = bench.posted()
    bench.account.on_posted(post.number, LOST, b"", bench.now_ms)
    assert not [deed for deed in bench.settle(60_000, step_ms=500) if isinstance(deed, Post)]
    (news,) = bench.news(Rejected, Accepted)
    assert isinstance(news, Rejected) and news.order_id == "o1"
    bench.say(place())
    assert not [deed for deed in bench.settle(5_000) if isinstance(deed, Post)]


def test_a_lost_reply_of_an_order_that_rests_ends_with_its_acceptance() -> None:
    bench = Bench()
    bench.say(place())
    post = bench.posted()
    bench.account.on_posted(post.number, LOST, b"", bench.now_ms)
    bench.listed = (row_of(),)
    bench.settle(5_000)
    assert [news.order_id for news in bench.news(Accepted, Rejected)] == ["o1"]
    assert bench.account.open_orders()[0]["state"] == "live"


def test_an_intent_of_an_earlier_holder_is_asked_about_and_never_posted() -> None:
    first = Bench()
    first.say(place())
    (record,) = first.of(Record)
    second = Bench(memory=AccountMemory(intents=record.rows, markets=frozenset({MARKET})))
    deeds = second.settle(60_000, step_ms=500)
    assert not [deed for deed in deeds if isinstance(deed, Post)]
    (end,) = [row for row in second.rows if isinstance(row, EndRow)]
    assert (end.venue_id, end.state) == (venue_id(), "rejected")


@pytest.mark.parametrize(
    ("case", "word", "limits", "why"),
    [
        ("its owner was followed", place(incarnation=0), {}, "incarnation 0 is not the market's latest, 1"),
        ("nobody joined", place(market_id="0xe"), {}, "nobody has joined this market"),
        ("its lease is over", place(lease_ms=0), {}, "its lease is over"),
        ("phase A", place(), {"observe_only": True}, "this phase only observes"),
        ("phase A sells nothing either", place(side=Side.SELL), {"observe_only": True}, "this phase only observes"),
        ("52 dollars", place(size_e6=100_000_000), {"order_usd_max": 5}, "52.00 USD is more than the 5 USD"),
        ("no market", place(), {"markets_max": 0}, "this phase trades 0 markets"),
        ("52 dollars bound", place(size_e6=100_000_000), {"bankroll_usd": 50}, "52.00 USD would be bound"),
        ("off the grid", place(price_e4=5_250), {}, "give a multiple of the tick"),
        ("too near its end", place(expires_ns=SENT_NS + 60_000_000_000), {}, "180 s or more ahead"),
        ("another market's token", Place(order=our_order(), listing=listing(condition_id="0xf"),
         lease_until_ns=SENT_NS * 2, incarnation=1), {}, "the listing is of 0xf"),
    ],
)  # fmt: skip
def test_what_may_not_leave_is_refused(case: str, word: Place, limits: dict[str, Any], why: str) -> None:
    bench = Bench(limits=PhaseLimits(**limits))
    bench.say(word)
    (news,) = bench.news()
    assert isinstance(news, Rejected) and news.reason.startswith("not sent: ") and why in news.reason
    assert not [deed for deed in bench.settle(2_000) if isinstance(deed, Post)]


@pytest.mark.parametrize(("case", "limits"), [("dollars", {"order_usd_max": 1}), ("bankroll", {"bankroll_usd": 1})])
def test_what_sells_passes_the_limits_of_dollars(case: str, limits: dict[str, Any]) -> None:
    bench = Bench(limits=PhaseLimits(**limits))
    bench.say(place(side=Side.SELL))
    assert len(bench.posted().drafts) == 1


def test_a_lease_that_ends_on_the_way_out_holds_the_order_back_and_its_end_is_written_before_it_is_told() -> None:
    bench = Bench()
    bench.say(place(lease_ms=2_000))
    (record,) = bench.of(Record)
    bench.now_ms += 2_000
    bench.account.on_recorded(record.number, bench.now_ms)
    (ending,) = bench.deeds()
    assert isinstance(ending, Record) and not bench.news()
    assert [(row.state, row.reason) for row in ending.rows] == [("rejected", "not sent: its lease is over")]
    bench.account.on_recorded(ending.number, bench.now_ms)
    assert [news.order_id for news in bench.news(Rejected)] == ["o1"]


def test_orders_leave_in_requests_of_up_to_fifteen() -> None:
    bench = Bench()
    bench.say(*(place(f"o{n}") for n in range(20)))
    bench.write(bench.deeds())
    assert [len(post.drafts) for post in bench.of(Post)] == [15, 5]


def test_the_same_word_twice_is_one_order() -> None:
    bench = Bench()
    bench.say(place(), place())
    assert len(bench.posted().drafts) == 1
    bench.say(place())
    assert not [deed for deed in bench.settle(2_000) if isinstance(deed, Post)] and not bench.news(Rejected)


def test_another_order_under_a_used_id_is_refused() -> None:
    bench = Bench()
    bench.rest("o1")
    bench.say(place(sent_ns=SENT_NS + 1_000_000_000))
    (news,) = bench.news(Rejected)
    assert "its id was used before" in news.reason


def test_a_refusal_of_the_venue_is_written_and_told_with_its_own_text() -> None:
    bench = Bench()
    bench.say(place())
    post = bench.posted()
    text = "invalid post-only order: order crosses book"
    bench.account.on_posted(post.number, OK, json.dumps([{"errorMsg": text}]).encode(), bench.now_ms)
    assert not bench.news()
    bench.settle(200)
    (news,) = bench.news()
    assert isinstance(news, Rejected) and news.reason == text


def test_nothing_leaves_while_the_clocks_are_apart() -> None:
    bench = Bench()
    bench.account.on_clock(-9_000)
    bench.say(place())
    assert not [deed for deed in bench.settle(1_000) if isinstance(deed, Post)]
    assert "9 s apart" in bench.account.summary()["weather"]
    bench.account.on_clock(-1_000)
    bench.say(place("o2"))
    assert bench.posted()


@pytest.mark.parametrize(
    ("case", "reply", "body", "why"),
    [
        ("failures", LOST, b"", "three submissions in a row failed"),
        ("rejects", OK, b'[{"errorMsg":"not enough balance / allowance"}]', "too many rejects in a row"),
    ],
)
def test_pauses_are_told_once_and_refuse_what_comes(case: str, reply: Reply, body: bytes, why: str) -> None:
    bench = Bench()
    for n in range(6):
        bench.say(place(f"o{n}"))
        bench.write(bench.deeds())
        for post in bench.of(Post):
            bench.account.on_posted(post.number, reply, body, bench.now_ms)
        bench.settle(100)
    told = bench.news(Weather, Rejected)
    assert [news.why for news in told if isinstance(news, Weather)] == [why]
    assert any(isinstance(news, Rejected) and news.reason == f"not sent: {why}" for news in told)


def test_what_waits_is_refused_to_an_owner_that_was_followed() -> None:
    bench = Bench()
    bench.say(place())
    bench.say(Join(market_id=MARKET, incarnation=2), shard=1)
    assert not [deed for deed in bench.settle(2_000) if isinstance(deed, Post)]
    assert bench.account.summary()["open_orders"] == 0


def test_what_a_dead_holder_may_have_sent_in_its_last_moment_is_waited_for() -> None:
    first = Bench()
    first.say(place())
    (record,) = first.of(Record)
    second = Bench(memory=AccountMemory(intents=record.rows, markets=frozenset({MARKET})), now_ms=SENT_MS + 60_000)
    second.settle(25_000, step_ms=500)
    assert not [row for row in second.rows if isinstance(row, EndRow)]
    second.listed = (row_of(),)
    second.settle(20_000, step_ms=500)
    assert [news.order_id for news in second.news(Accepted, Rejected)] == ["o1"]
    assert second.account.open_orders()[0]["state"] == "live"


def test_a_refusal_is_not_believed_of_an_order_that_was_seen() -> None:
    bench = Bench()
    bench.say(place())
    post = bench.posted()
    bench.listed = (row_of(),)
    bench.event(OrderTold(row_of(), over=False))
    bench.account.on_posted(post.number, OK, b'[{"errorMsg":"invalid expiration"}]', bench.now_ms)
    bench.settle(1_000)
    assert [type(news) for news in bench.news()] == [Accepted]
