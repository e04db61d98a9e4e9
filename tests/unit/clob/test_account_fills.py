"""Promise: each fill is written and then told, once, whichever way it is seen; its settlement follows step by step."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from account_bench import MARKET, OK, Bench, cancel, our_trade, place, row_of, venue_id
from clob_values import leg, trade

from astra_actors.venues.clob.account_memory import AccountMemory
from astra_actors.venues.clob.account_rows import AccountFillRow, EndRow, IntentRow
from astra_actors.venues.clob.deeds import Post, Record, TakeOff
from astra_actors.venues.clob.user_frames import OrderTold
from astra_actors.venues.clob.user_rows import Settling
from astra_actors.venues.clob.words import Adopted, Claimed, Join, Joined, Settled, Voided, Weather
from astra_actors.venues.port import Accepted, Cancelled, Filled

M, R, N, C, F = Settling.MATCHED, Settling.RETRYING, Settling.MINED, Settling.CONFIRMED, Settling.FAILED


def by_frame(bench: Bench) -> None:
    bench.event(our_trade())


def by_list(bench: Bench) -> None:
    bench.traded = (our_trade(),)
    bench.account.reconcile_now("asked", bench.now_ms)
    bench.settle(500)


def by_an_order_that_matched(bench: Bench) -> None:
    bench.traded = (our_trade(),)
    bench.event(OrderTold(row_of(matched_e6=5_000_000, trade_ids=("t1",)), over=False))
    bench.settle(8_000)


WAYS = [by_frame, by_list, by_an_order_that_matched]


@pytest.mark.parametrize("first", WAYS)
@pytest.mark.parametrize("second", WAYS)
def test_a_fill_is_told_once_whichever_way_it_is_seen(
    first: Callable[[Bench], None], second: Callable[[Bench], None]
) -> None:
    bench = Bench()
    bench.rest("o1")
    for way in (first, second, first):
        way(bench)
        bench.settle(1_000)
    (news,) = bench.news(Filled)
    assert isinstance(news, Filled) and (news.order_id, news.price_e4, news.size_e6) == ("o1", 5_200, 5_000_000)
    assert [row.order_id for row in bench.rows if isinstance(row, AccountFillRow)] == ["o1"]


def test_a_reply_that_names_its_trades_has_them_asked_for() -> None:
    bench = Bench()
    bench.say(place())
    post = bench.posted()
    row = {"success": True, "errorMsg": "", "orderID": venue_id(), "status": "matched", "tradeIDs": ["t1"]}
    bench.traded, bench.listed = (our_trade(),), (row_of(),)
    bench.account.on_posted(post.number, OK, json.dumps([row]).encode(), bench.now_ms)
    bench.settle(8_000)
    assert len(bench.news(Filled)) == 1


def test_a_fill_is_told_after_its_row_is_durable() -> None:
    bench = Bench()
    bench.rest("o1")
    bench.event(our_trade())
    (record,) = bench.of(Record)
    bench.now_ms += 5_000
    bench.deeds()
    assert not bench.news(Filled)
    bench.account.on_recorded(record.number, bench.now_ms)
    assert len(bench.news(Filled)) == 1


@pytest.mark.parametrize(
    ("steps", "told"),
    [
        ((M,), [Filled]),
        ((M, R), [Filled]),
        ((M, N), [Filled, Settled]),
        ((M, N, C), [Filled, Settled]),
        ((M, N, M, C, C), [Filled, Settled]),
        ((N,), [Filled, Settled]),
        ((C,), [Filled, Settled]),
        ((M, R, F), [Filled, Voided]),
        ((M, N, F), [Filled, Settled, Voided]),
        ((F,), []),
    ],
)
@pytest.mark.parametrize("at_once", [True, False])
def test_a_settlement_is_told_step_by_step(steps: tuple[Settling, ...], told: list[type], at_once: bool) -> None:
    bench = Bench()
    bench.rest("o1")
    for settling in steps:
        bench.event(our_trade(settling))
        if not at_once:
            bench.settle(200)
    bench.settle(200)
    news = [type(each) for each in bench.news(Filled, Settled, Voided)]
    assert news == (told if not at_once or told != [Filled, Settled, Voided] else [Filled, Voided])
    rows = {row.fill_id: row.settling for row in bench.rows if isinstance(row, AccountFillRow)}
    final = {M: "MATCHED", R: "RETRYING", N: "MINED", C: "CONFIRMED", F: "FAILED"}[steps[-1]]
    assert list(rows.values()) == ([final] if told else [])


def test_a_match_that_is_heard_of_after_the_end_is_told_and_the_end_corrected() -> None:
    bench = Bench()
    bench.rest("o1")
    bench.say(cancel())
    (deed,) = bench.of(TakeOff)
    bench.take_off(deed)
    bench.settle(8_000)
    assert [type(news) for news in bench.news(Cancelled, Filled)] == [Cancelled]
    bench.event(our_trade())
    bench.settle(200)
    assert [type(news) for news in bench.news(Cancelled, Filled)] == [Filled]
    assert [row.filled_e6 for row in bench.rows if isinstance(row, EndRow)] == [0, 5_000_000]


def test_a_fill_of_an_order_that_no_ledger_knows_is_written_and_counted_and_told_to_nobody() -> None:
    bench = Bench()
    bench.event(trade(M, leg(venue_id="0xstranger")))
    bench.settle(200)
    (row,) = [row for row in bench.rows if isinstance(row, AccountFillRow)]
    assert row.order_id == "" and not bench.news(Filled)
    assert bench.account.summary()["foreign_fills"] == 1


def test_a_fill_that_took_is_counted_and_costs_a_fee() -> None:
    bench = Bench()
    bench.rest("o1")
    part = leg(venue_id=venue_id(), token_id="1234567890", price_e4=5_000, size_e6=4_000_000)
    makers = (leg(venue_id="0xother", owner="them", maker_address="them"),)
    bench.event(trade(M, *makers, taker=(part,), we_took=True))
    bench.settle(200)
    (news,) = bench.news(Filled)
    assert isinstance(news, Filled) and news.fee_e10 == 700_000_000  # 4 · 0.07 · 0.25 dollars
    assert bench.account.summary()["taker_fills"] == 1


def test_what_was_bought_can_be_sold_when_it_is_settled() -> None:
    bench = Bench()
    bench.rest("o1")
    bench.event(our_trade())
    assert bench.account.inventory.sellable_e6("1234567890") == 0
    bench.event(our_trade(N))
    assert bench.account.inventory.sellable_e6("1234567890") == 5_000_000


def memory_of(bench: Bench, *, known: bool, void_known: bool = False) -> AccountMemory:
    intents = tuple(row for row in bench.rows if isinstance(row, IntentRow))
    fills = {row.fill_id: row for row in bench.rows if isinstance(row, AccountFillRow)}
    ids = {*fills} if known else set()
    return AccountMemory(
        intents=intents,
        ends=tuple(row for row in bench.rows if isinstance(row, EndRow)),
        fills=tuple(fills.values()),
        known_fills=frozenset(ids | ({f"{each}-void" for each in fills} if void_known else set())),
        markets=frozenset({MARKET}),
    )


@pytest.mark.parametrize(
    ("settling", "known", "void_known", "told"),
    [
        (M, False, False, [Adopted, Filled, Joined]),
        (N, False, False, [Adopted, Filled, Settled, Joined]),
        (F, False, False, [Adopted, Filled, Voided, Joined]),
        (M, True, False, [Adopted, Claimed, Joined]),
        (N, True, False, [Adopted, Settled, Joined]),
        (F, True, False, [Adopted, Claimed, Voided, Joined]),
        (F, True, True, [Adopted, Joined]),
    ],
)
def test_a_successor_tells_an_owner_what_its_ledger_lacks(
    settling: Settling, known: bool, void_known: bool, told: list[type]
) -> None:
    first = Bench()
    first.rest("o1")
    for step in (M, settling):
        first.event(our_trade(step))
        first.settle(200)
    second = Bench(memory=memory_of(first, known=known, void_known=void_known), start=False)
    second.listed, second.traded = first.listed, (our_trade(settling),)
    second.say(Join(market_id=MARKET, incarnation=1))
    second.settle(100)
    second.settle(100)
    kinds = (Adopted, Filled, Claimed, Settled, Voided, Joined)
    assert [type(news) for news in second.news(*kinds)] == told
    assert not [deed for deed in second.settle(10_000) if isinstance(deed, Post)]
    assert not second.news(*kinds)


def test_a_successor_counts_what_was_filled_before_it() -> None:
    first = Bench()
    first.rest("o1")
    first.event(our_trade(C))
    first.settle(200)
    second = Bench(memory=memory_of(first, known=True))
    second.event(our_trade(C, trade_id="t2"))
    second.settle(200)
    assert [(row.state, row.filled_e6) for row in second.rows if isinstance(row, EndRow)] == [("filled", 10_000_000)]


def test_fills_that_reached_the_ledger_meanwhile_are_not_told_again() -> None:
    bench = Bench()
    bench.rest("o1")
    bench.event(our_trade(C))
    bench.settle(200)
    (filled,) = bench.news(Filled)
    assert isinstance(filled, Filled)
    bench.account.learn_fills([filled.fill_id])
    bench.say(Join(market_id=MARKET, incarnation=2), shard=1)
    told = [each.news for each in bench.account.told(1, 0)]
    assert [type(news) for news in told if isinstance(news, Adopted | Filled | Joined)] == [Adopted, Joined]


def test_an_owner_that_joins_hears_of_an_order_that_is_over_when_its_ledger_lacks_its_fills() -> None:
    bench = Bench()
    bench.rest("o1")
    for trade_id in ("t1", "t2"):
        bench.event(our_trade(C, trade_id=trade_id))
    bench.settle(1_000)
    assert [row.state for row in bench.rows if isinstance(row, EndRow)] == ["filled"]
    bench.say(Join(market_id=MARKET, incarnation=2), shard=1)
    told = [type(each.news) for each in bench.account.told(1, 0)]
    assert [kind for kind in told if kind not in (Weather, Accepted)] == [
        Adopted, Filled, Settled, Filled, Settled, Joined,
    ]  # fmt: skip
