"""Promise: nothing new rests before the ledger was compared with the venue, and what nobody stands behind is taken off."""

from __future__ import annotations

import json

import pytest
from account_bench import LOST, MARKET, Bench, our_trade, place, row_of, venue_id
from clob_values import seen
from test_account_fills import memory_of

from astra_actors.venues.clob.account_memory import AccountMemory
from astra_actors.venues.clob.account_rows import EndRow, ReconciliationRow
from astra_actors.venues.clob.answers import AnswerFailed
from astra_actors.venues.clob.deeds import Ask, TakeOff
from astra_actors.venues.clob.questions import AskAllOpenOrders, AskBalance, AskOpenOrders, AskTrades
from astra_actors.venues.clob.words import NEVER_LEFT, Adopted, Join, Joined, Weather
from astra_actors.venues.port import Rejected


def comparisons(bench: Bench) -> list[ReconciliationRow]:
    return [row for row in bench.rows if isinstance(row, ReconciliationRow)]


def resting(*order_ids: str) -> Bench:
    bench = Bench()
    bench.rest(*order_ids)
    return bench


@pytest.mark.parametrize("missing", [AskAllOpenOrders, AskOpenOrders, AskTrades])
def test_owners_are_welcomed_when_every_question_of_the_start_is_answered(missing: type) -> None:
    memory = memory_of(resting("o1"), known=True)
    bench = Bench(memory=memory, start=False)
    bench.listed = (row_of("o1"),)
    bench.account.on_connected(bench.now_ms)
    bench.say(Join(market_id=MARKET, incarnation=1), place("o2"))
    for _ in range(20):
        for deed in bench.write(bench.deeds()):
            if isinstance(deed, Ask):
                failed = isinstance(deed.question, missing)
                answer = AnswerFailed(reply=LOST) if failed else bench.answer(deed)
                bench.account.on_answered(deed.number, answer, bench.now_ms)
        bench.now_ms += 500
    assert [type(news) for news in bench.news(Joined, Adopted, Rejected)] == [Rejected]
    bench.settle(4_000)
    assert [type(news) for news in bench.news(Joined, Adopted)] == [Adopted, Joined]


def test_an_order_without_an_intent_never_left_and_its_owner_hears_so() -> None:
    bench = Bench(memory=memory_of(resting("o1"), known=True))
    bench.listed = (row_of("o1"),)
    bench.say(Join(market_id=MARKET, incarnation=1, open_orders=("o1", "lost")))
    bench.settle(4_000)
    told = bench.news(Rejected, Adopted, Joined)
    assert [(type(news), getattr(news, "order_id", "")) for news in told] == [
        (Adopted, ""), (Rejected, "lost"), (Joined, ""),
    ]  # fmt: skip
    assert told[1].reason.startswith(NEVER_LEFT)


def test_a_balance_that_cannot_be_had_holds_nobody_up() -> None:
    bench = Bench(start=False)
    bench.say(Join(market_id=MARKET, incarnation=1))
    for _ in range(20):
        for deed in bench.write(bench.deeds()):
            if isinstance(deed, Ask):
                failed = isinstance(deed.question, AskBalance)
                answer = AnswerFailed(reply=LOST) if failed else bench.answer(deed)
                bench.account.on_answered(deed.number, answer, bench.now_ms)
        bench.now_ms += 500
    assert len(bench.news(Joined)) == 1
    assert comparisons(bench)[0].cash_e6 is None


def test_a_listed_order_that_nobody_wrote_down_is_taken_off_and_counted_once() -> None:
    bench = Bench(start=False)
    bench.listed = (seen(venue_id="0xorphan", condition_id="0xelsewhere"),)
    cancels = [deed for deed in bench.settle(4_000) if isinstance(deed, TakeOff)]
    assert [deed.venue_ids for deed in cancels] == [("0xorphan",)]
    summary = bench.account.summary()
    assert (summary["orphans_found"], summary["orphans_resting"]) == (1, 1)
    assert comparisons(bench)[0].orphans_cancelled == 1
    bench.take_off(cancels[0])
    bench.settle(10_000)
    assert bench.account.summary()["orphans_resting"] == 0
    assert not [row for row in bench.rows if isinstance(row, EndRow)]  # no row speaks of it


def test_orders_of_other_runs_are_taken_off_and_told_to_nobody() -> None:
    memory = memory_of(resting("o1"), known=True)
    others = AccountMemory(intents=memory.intents, others=frozenset({venue_id("o1")}))
    bench = Bench(memory=others, start=False)
    bench.listed = (row_of("o1"),)
    bench.say(Join(market_id=MARKET, incarnation=1))
    (cancel,) = [deed for deed in bench.settle(1_000) if isinstance(deed, TakeOff)]
    bench.take_off(cancel)
    bench.settle(10_000)
    assert [row.state for row in bench.rows if isinstance(row, EndRow)] == ["cancelled"]
    assert [type(news) for news in bench.news() if not isinstance(news, Weather)] == [Joined]
    assert bench.account.summary()["orphans_found"] == 1


def test_an_order_that_is_over_for_the_ledger_and_rests_is_taken_off() -> None:
    first = resting("o1")
    first.listed = ()
    first.account.reconcile_now("asked", first.now_ms)
    first.settle(10_000)
    bench = Bench(memory=memory_of(first, known=True), start=False)
    bench.now_ms = first.now_ms
    bench.listed = (row_of("o1"),)
    assert [deed.venue_ids for deed in bench.settle(1_000) if isinstance(deed, TakeOff)] == [(venue_id("o1"),)]


def test_orders_of_a_market_whose_owner_never_comes_are_taken_off_by_the_second_comparison() -> None:
    bench = Bench(memory=memory_of(resting("o1"), known=True), start=False, reconcile_s=60)
    bench.listed = (row_of("o1"),)
    assert not [deed for deed in bench.settle(50_000, step_ms=500) if isinstance(deed, TakeOff)]
    assert [deed for deed in bench.settle(120_000, step_ms=500) if isinstance(deed, TakeOff)]


def test_comparisons_come_at_the_start_after_each_gap_and_at_intervals_one_at_a_time() -> None:
    bench = Bench()
    bench.account.on_disconnected(bench.now_ms)
    bench.settle(3_000)
    bench.account.on_connected(bench.now_ms)
    bench.account.reconcile_now("asked", bench.now_ms)
    bench.settle(3_000)
    for _ in range(3):
        bench.account.on_heartbeat(False, bench.now_ms)
    bench.account.on_heartbeat(True, bench.now_ms)
    bench.settle(620_000, step_ms=2_000)
    assert [row.cause for row in comparisons(bench)] == ["start", "asked", "gap", "interval", "interval"]


def test_a_difference_that_stays_is_persisting_and_stands_in_the_row() -> None:
    bench = resting("o1")
    bench.listed = (row_of("o1", size_e6=99_000_000),)
    for _ in range(2):
        bench.account.reconcile_now("asked", bench.now_ms)
        bench.settle(4_000)
    first, second = comparisons(bench)[-2:]
    assert (first.differences, first.persisting, second.differences, second.persisting) == (1, 0, 1, 1)
    (gap,) = json.loads(second.detail)
    assert (gap["gap"], gap["subject"]) == ("TERMS", venue_id("o1"))


def test_the_first_balance_is_what_is_held_and_a_later_one_is_compared() -> None:
    bench = Bench(start=False)
    bench.cash_e6 = 50_000_000
    bench.say(Join(market_id=MARKET, incarnation=1))
    bench.account.on_connected(bench.now_ms)
    bench.settle(4_000)
    assert bench.account.summary()["cash_e10"] == 500_000_000_000
    bench.rest("o1")
    bench.event(our_trade())  # 2.60 dollars that have left, or have not
    bench.listed = (row_of("o1", matched_e6=5_000_000),)
    for cash_e6, differences in ((50_000_000, 0), (47_400_000, 0), (47_399_999, 1)):
        bench.cash_e6, bench.traded = cash_e6, (our_trade(),)
        bench.account.reconcile_now("asked", bench.now_ms)
        bench.settle(4_000)
        row = comparisons(bench)[-1]
        assert (row.cash_e6, row.differences) == (cash_e6, differences)


def test_hundreds_of_markets_are_asked_about_a_few_at_a_time_and_all_of_them() -> None:
    bench = Bench(start=False)
    markets = [f"0x{n:064x}" for n in range(300)]
    bench.account.on_connected(bench.now_ms)
    bench.settle(4_000)
    bench.say(*(Join(market_id=each, incarnation=1) for each in markets))
    bench.account.reconcile_now("asked", bench.now_ms)
    asked, begun_ms = 0, bench.now_ms
    while comparisons(bench)[-1].cause != "asked" and bench.now_ms < begun_ms + 120_000:
        asks = [deed for deed in bench.write(bench.deeds()) if isinstance(deed, Ask)]
        assert len(asks) <= 16
        for deed in asks:
            asked += 1
            bench.account.on_answered(deed.number, bench.answer(deed), bench.now_ms)
        bench.now_ms += 100
    assert comparisons(bench)[-1].markets == 300
    assert asked == pytest.approx(602, abs=2)
    assert bench.now_ms - begun_ms >= (300 - 200) // 25 * 1_000  # a burst of 200 of each kind, then 25 a second


def test_the_weather_is_told_once_for_each_change() -> None:
    bench = Bench()
    for _ in range(4):
        bench.account.on_heartbeat(False, bench.now_ms)
        bench.settle(200)
    bench.account.on_heartbeat(True, bench.now_ms)
    bench.settle(200)
    bench.account.on_disconnected(bench.now_ms)
    bench.settle(10_000, step_ms=500)
    assert [news.why for news in bench.news(Weather)] == ["the venue takes no heartbeats", ""]
    bench.settle(2_000)
    bench.account.on_connected(bench.now_ms)
    bench.settle(2_000)
    assert [news.why for news in bench.news(Weather)] == ["the user channel is away", ""]


def test_a_shard_that_was_not_heard_before_hears_at_once_who_holds_the_account() -> None:
    bench = Bench()
    (told,) = bench.account.told(7, 0)
    assert (told.gateway, told.number, told.market_id, told.news) == (3, 1, "", Weather(why=""))
    assert bench.account.told(7, 1) == () and not bench.account.has_news(7, 1)
