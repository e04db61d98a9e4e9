"""Quiet, dead, frozen (methods §18.8, §19.2 #33): the signs of life of a connection, its waits, and its books against REST."""

from __future__ import annotations

import pytest

from astra_actors.feeds.staleness import FreezeWatch, Pulse, Step, backoff_s
from astra_actors.feeds.stream_params import StreamParams
from astra_actors.kernel.units import NS_PER_S
from astra_actors.market.book import MarketBook
from astra_actors.market.events import BookSnapshot
from astra_actors.market.instrument import Instrument

PARAMS = StreamParams()


def at(seconds: float) -> int:
    return int(1_000 * NS_PER_S + seconds * NS_PER_S)


def test_a_lively_connection_is_pinged_every_ten_seconds() -> None:
    pulse = Pulse(PARAMS, at(0))
    for tenth in range(1, 100):
        pulse.on_data(at(tenth / 10))
        assert pulse.step(at(tenth / 10)) is Step.WAIT
    assert pulse.step(at(10)) is Step.PING


def test_a_quiet_connection_is_asked_at_once_and_is_alive_while_it_answers() -> None:
    pulse = Pulse(PARAMS, at(0))
    assert pulse.step(at(1.4)) is Step.WAIT
    assert pulse.step(at(1.5)) is Step.PING
    pulse.on_ping(at(1.5))
    pulse.on_pong(at(1.6))
    assert (pulse.alive_ns, pulse.waiting) == (at(1.6), False)
    assert pulse.step(at(3.1)) is Step.PING


def test_a_missing_pong_is_dead_after_ten_seconds_whatever_else_arrives() -> None:
    pulse = Pulse(PARAMS, at(0))
    pulse.on_ping(at(2))
    pulse.on_ping(at(5))  # asked again: the oldest question counts
    pulse.on_data(at(11))
    assert pulse.step(at(11.9)) is not Step.PONG_MISSING
    assert pulse.step(at(12)) is Step.PONG_MISSING


def test_answers_without_data_are_no_feed() -> None:
    pulse = Pulse(PARAMS, at(0))
    pulse.on_pong(at(119))
    assert pulse.step(at(119.9)) is not Step.NO_DATA
    assert pulse.step(at(120)) is Step.NO_DATA


def test_no_connection_gets_older_than_ten_minutes_and_not_all_at_once() -> None:
    young, old = Pulse(PARAMS, at(0)), Pulse(PARAMS, at(0), age_ns=60 * NS_PER_S)
    for pulse in (young, old):
        pulse.on_data(at(539))
        pulse.on_ping(at(539))
        pulse.on_pong(at(539))
    assert (young.step(at(540)), old.step(at(540))) == (Step.WAIT, Step.TOO_OLD)
    young.on_data(at(599))
    assert young.step(at(600)) is Step.TOO_OLD


@pytest.mark.parametrize(
    ("attempt", "die", "seconds"),
    [
        (1, 0.5, 1.0),
        (2, 0.5, 2.0),
        (3, 0.5, 4.0),
        (6, 0.5, 30.0),  # 32 would pass the limit
        (500, 0.5, 30.0),
        (1, 0.0, 0.8),
        (1, 1.0, 1.2),
        (6, 0.0, 24.0),
    ],
)
def test_the_wait_doubles_to_thirty_seconds_with_a_fifth_of_jitter(attempt: int, die: float, seconds: float) -> None:
    assert backoff_s(PARAMS, attempt, die) == pytest.approx(seconds)


def snapshot(asset_id: str, bid_e4: int, ask_e4: int, local_ns: int = at(0)) -> BookSnapshot:
    return BookSnapshot("m", local_ns, local_ns, asset_id, ((bid_e4, 1_000_000),), ((ask_e4, 1_000_000),))


@pytest.fixture
def book() -> MarketBook:
    book = MarketBook(Instrument(market_id="m", yes_asset="y", no_asset="n"))
    book.apply(snapshot("y", 4_700, 5_000))
    book.apply(snapshot("n", 5_000, 5_300))
    return book


def test_a_difference_that_stands_without_a_word_of_the_stream_is_a_freeze(book: MarketBook) -> None:
    watch = FreezeWatch(at(0))
    assert watch.due(at(2), 2.0)
    watch.on_books(book, [snapshot("y", 4_700, 4_900)], at(2), at(2.3))
    assert watch.frozen(at(2.7), 0.5) == ""
    assert watch.frozen(at(2.8), 0.5) == "frozen: the venue shows 4700/4900, the stream 4700/5000"


def test_the_other_token_shows_a_freeze_as_well(book: MarketBook) -> None:
    watch = FreezeWatch(at(0))
    watch.on_books(book, [snapshot("y", 4_700, 5_000), snapshot("n", 5_100, 5_300)], at(2), at(2.3))
    assert watch.frozen(at(3), 0.5).startswith("frozen: the venue shows 5100/5300")


def test_an_event_on_its_way_explains_a_difference(book: MarketBook) -> None:
    watch = FreezeWatch(at(0))
    watch.on_books(book, [snapshot("y", 4_700, 4_900)], at(2), at(2.3))
    watch.on_event(at(2.5))
    assert watch.frozen(at(9), 0.5) == ""


def test_what_the_stream_said_meanwhile_decides_nothing(book: MarketBook) -> None:
    watch = FreezeWatch(at(0))
    watch.on_event(at(2.1))
    watch.on_books(book, [snapshot("y", 4_700, 4_900)], at(2), at(2.3))
    assert watch.frozen(at(9), 0.5) == ""


def test_agreement_is_worth_as_much_as_a_word_of_the_stream(book: MarketBook) -> None:
    watch = FreezeWatch(at(0))
    watch.on_books(book, [snapshot("y", 4_700, 5_000), snapshot("n", 5_000, 5_300)], at(2), at(2.3))
    assert not watch.due(at(4.2), 2.0)
    assert watch.due(at(4.3), 2.0)
