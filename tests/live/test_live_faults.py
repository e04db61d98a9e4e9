"""Promise 1 on a live feed: every fault of the stream takes the quotes out within the staleness limit, and heals."""

from __future__ import annotations

import pytest
from live_harness import HandClock, LiveRun, live_settings
from polymarket_server import Venue

from astra_actors.kernel.facts import FeedSessionEnded, OrderChanged
from astra_actors.kernel.units import NS_PER_S
from astra_actors.market.book import BookState

LIMIT_S = 5.0  # methods §18.8: on any quoted market


def engine_of(run: LiveRun, number: int = 1):  # type: ignore[no-untyped-def]
    return run.shard.engines[run.venue.market(number).condition_id]


def check_gone_in_time(run: LiveRun, fault_ns: int, number: int = 1) -> None:
    """Every order of the market is over, and its end is on record before the limit."""
    run.window()
    assert run.open_orders(number) == 0
    market_id = run.venue.market(number).condition_id
    ends = [
        fact for fact in run.ledger.of(OrderChanged) if fact.market_id == market_id and fact.event_type == "cancel_ack"
    ]
    assert ends, "an order that is gone left no record of its end"
    assert all(fact.local_ns <= fault_ns + LIMIT_S * NS_PER_S for fact in ends[-2:])


def check_quotes_return(run: LiveRun, number: int = 1) -> None:
    run.until(lambda: engine_of(run, number).book.state is BookState.LIVE)
    for _ in range(45):  # §18.8: thirty seconds between two mutations of one market
        run.advance(1.0)
        if run.open_orders(number):
            return
    pytest.fail(f"no quote came back: {run.coordinator.counters.vetoes}")


def test_a_disconnect_pulls_every_quote_at_once_and_the_next_connection_heals_it(run: LiveRun) -> None:
    run.start()
    fault_ns = run.clock()
    run.venue.refusing = True
    run.venue.disconnect()
    run.until(lambda: all(engine.book.state is BookState.RESYNC for engine in run.shard.engines.values()))
    run.advance(1.0)
    check_gone_in_time(run, fault_ns, 1)
    check_gone_in_time(run, fault_ns, 2)
    run.venue.refusing = False
    check_quotes_return(run)
    assert run.venue.connects == 2
    assert run.coordinator.counters.resyncs == 2  # one a market


def test_a_quiet_feed_whose_pings_are_answered_keeps_its_quotes(run: LiveRun) -> None:
    run.start()
    resting = [order.order_id for order in engine_of(run).blotter.open_orders()]
    run.advance(20.0)
    assert [order.order_id for order in engine_of(run).blotter.open_orders()] == resting
    assert run.venue.pings >= 10
    assert run.coordinator.counters.resyncs == 0


def test_a_frozen_stream_is_found_by_the_rest_books_although_pings_are_answered(run: LiveRun) -> None:
    run.start()
    fault_ns = run.clock()
    run.venue.speaking = False
    market = run.venue.market()
    run.venue.change(market, "SELL", "0.50", "0", publish=False)
    run.venue.change(market, "SELL", "0.49", "700", publish=False)
    run.advance(LIMIT_S)
    check_gone_in_time(run, fault_ns)
    assert run.coordinator.counters.resyncs >= 1
    run.venue.wait(lambda: run.venue.connects == 2)  # a connection that is silent as a whole is made anew
    run.until(lambda: all(session.connected for session in run.sessions))
    run.advance(3.0)  # the new one is as silent; its books come over REST
    assert engine_of(run).book.best_ask_e4 == 4_900
    check_quotes_return(run)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("{broken", id="no JSON"),
        pytest.param('{"event_type":"book","market":"0x1"}', id="a book without its fields"),
        pytest.param("[" * 5_000, id="nested without end"),
        pytest.param('{"event_type":"book","pad":"' + "x" * 250_000 + '"}', id="larger than a frame may be"),
    ],
)
def test_a_hostile_frame_costs_one_frame(run: LiveRun, text: str) -> None:
    run.start()
    connects = run.venue.connects
    run.venue.send_raw(text)
    run.until(lambda: run.shard.counters.rejected_frames == 1)
    run.advance(2.0)
    assert run.coordinator.counters.rejected_frames == 1
    assert run.venue.connects == connects
    assert run.open_orders() > 0
    run.stop()
    assert [fact.rejected_frames for fact in run.ledger.of(FeedSessionEnded)] == [1]


def test_a_frame_too_large_to_be_read_costs_the_connection(run: LiveRun) -> None:
    run.start()
    fault_ns = run.clock()
    run.venue.send_raw("x" * 500_000)
    run.venue.wait(lambda: run.venue.connects == 2)
    run.advance(1.0)
    check_gone_in_time(run, fault_ns)
    check_quotes_return(run)
    reasons = [fact.reason for fact in run.ledger.of(FeedSessionEnded) if fact.connection == "stream:0.0"]
    assert reasons == ["a frame was too large to be read"]


@pytest.mark.parametrize("with_book", [True, False], ids=["the stream sends the new book", "the book comes over REST"])
def test_a_tick_change_takes_the_book_anew(run: LiveRun, with_book: bool) -> None:
    run.start()
    fault_ns = run.clock()
    run.venue.change_tick(run.venue.market(), "0.001", with_book=with_book)
    run.until(lambda: engine_of(run).book.tick_e4 == 10)
    run.advance(1.0)
    check_gone_in_time(run, fault_ns)
    run.advance(2.0)
    run.until(lambda: engine_of(run).book.state is BookState.LIVE)
    assert (engine_of(run).book.best_bid_e4, engine_of(run).book.best_ask_e4) == (4_700, 5_000)
    assert run.open_orders(2) > 0  # the other market was not disturbed


def test_a_crossed_book_leaves_and_heals_over_rest(run: LiveRun) -> None:
    run.start()
    fault_ns = run.clock()
    run.venue.cross(run.venue.market())
    run.until(lambda: engine_of(run).book.state is BookState.RESYNC)
    run.advance(1.0)
    check_gone_in_time(run, fault_ns)
    run.advance(2.0)
    check_quotes_return(run)
    assert run.venue.connects == 1


def test_a_half_open_connection_is_silent_before_it_is_dead(run: LiveRun) -> None:
    run.start()
    run.settle()
    fault_ns = run.clock()
    run.venue.go_half_open()
    run.advance(LIMIT_S)
    check_gone_in_time(run, fault_ns)
    assert run.venue.connects == 1  # stale already, not yet given up: the PONG has ten seconds
    run.advance(8.0)
    run.venue.wait(lambda: run.venue.connects == 2)
    sessions = [fact for fact in run.ledger.of(FeedSessionEnded) if fact.connection == "stream:0.0"]
    assert [fact.reason for fact in sessions] == ["no answer to PING"]
    assert sessions[0].ended_ns <= fault_ns  # it ended with its last sign of life, not when we noticed


def test_a_lease_that_nobody_renews_ends_by_itself_and_comes_back_with_the_next_window(run: LiveRun) -> None:
    run.start()
    heard_ns = run.clock()
    lease_s = run.settings.supervision.lease_s
    run.advance(lease_s + 1.0, windows=False)
    assert run.open_orders() == run.open_orders(2) == 0
    run.window()
    ends = [fact for fact in run.ledger.of(OrderChanged) if fact.event_type == "cancel" and fact.reason == "cancel_all"]
    assert ends
    assert all(fact.local_ns <= heard_ns + (lease_s + 1) * NS_PER_S for fact in ends)
    check_quotes_return(run)


def test_the_connection_is_made_anew_by_schedule(venue: Venue, clock: HandClock) -> None:
    run = LiveRun(venue, clock, live_settings(venue, reconnect_every_s=30.0))
    try:
        run.start()
        run.advance(31.0)
        run.venue.wait(lambda: run.venue.connects >= 2)
        run.until(run.books_live)
        reasons = [fact.reason for fact in run.ledger.of(FeedSessionEnded) if fact.connection == "stream:0.0"]
        assert reasons == ["scheduled reconnect"]
    finally:
        run.actor.close()


def test_an_engine_that_raises_costs_its_own_market_only(run: LiveRun) -> None:
    run.start()
    victim = engine_of(run)

    def broken(*_: object) -> None:
        raise ValueError("poison")

    victim.on_top = broken
    run.venue.change(run.venue.market(), "SELL", "0.49", "700")
    run.until(lambda: victim.market_id not in run.shard.engines)
    run.advance(2.0)
    details = [fact.detail for fact in run.ledger.facts if getattr(fact, "kind", "") == "quarantine"]
    assert details == ["ValueError: poison"]
    assert run.open_orders(2) > 0
