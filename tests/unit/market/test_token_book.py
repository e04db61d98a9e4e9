"""One token's book: levels in and out, snapshots that replace, best prices that follow."""

from __future__ import annotations

import pytest

from astra_actors.market.instrument import TICKS_E4
from astra_actors.market.token_book import TokenBook


def book(bids: list[tuple[int, int]], asks: list[tuple[int, int]]) -> TokenBook:
    token = TokenBook("yes")
    token.snapshot(bids, asks)
    return token


@pytest.mark.parametrize(
    ("change", "best_bid_e4", "bid_size_e6", "best_ask_e4", "ask_size_e6", "touched"),
    [
        pytest.param((True, 5000, 7), 5000, 7, 5200, 4, True, id="a better bid becomes the best"),
        pytest.param((True, 4900, 9), 4900, 9, 5200, 4, True, id="a new size at the best bid is seen"),
        pytest.param((True, 4800, 9), 4900, 3, 5200, 4, False, id="a bid behind the best leaves the top alone"),
        pytest.param((True, 4900, 0), 4700, 2, 5200, 4, True, id="the next bid follows when the best goes"),
        pytest.param((True, 4600, 0), 4900, 3, 5200, 4, False, id="removing what is not there does nothing"),
        pytest.param((False, 5100, 7), 4900, 3, 5100, 7, True, id="a better ask becomes the best"),
        pytest.param((False, 5200, 0), 4900, 3, 5500, 5, True, id="the next ask follows when the best goes"),
        pytest.param((False, 5500, 0), 4900, 3, 5200, 4, False, id="an ask behind the best may go unseen"),
    ],
)
def test_a_level_changes(
    change: tuple[bool, int, int], best_bid_e4: int, bid_size_e6: int, best_ask_e4: int, ask_size_e6: int, touched: bool
) -> None:
    token = book([(4900, 3), (4700, 2)], [(5200, 4), (5500, 5)])
    assert token.set_level(*change) is touched
    assert (token.best_bid_e4, token.bid_size_e6) == (best_bid_e4, bid_size_e6)
    assert (token.best_ask_e4, token.ask_size_e6) == (best_ask_e4, ask_size_e6)


def test_an_empty_side_shows_as_zero_and_one_dollar() -> None:
    token = book([(4900, 3)], [(5200, 4)])
    token.set_level(True, 4900, 0)
    token.set_level(False, 5200, 0)
    assert (token.best_bid_e4, token.bid_size_e6, token.best_ask_e4, token.ask_size_e6) == (0, 0, 10_000, 0)
    assert not token.crossed


def test_a_snapshot_deletes_the_levels_that_it_does_not_name() -> None:
    token = book([(4900, 3), (4700, 2)], [(5200, 4)])
    token.snapshot([(4700, 1)], [(5300, 6)])
    assert token.levels(True) == [(4700, 1)]
    assert token.levels(False) == [(5300, 6)]
    assert token.size_at(True, 4900) == 0


def test_a_snapshot_may_come_in_any_order_and_with_empty_levels() -> None:
    token = book([(4700, 2), (4900, 3), (4950, 0)], [(5500, 5), (5200, 4)])
    assert token.levels(True) == [(4900, 3), (4700, 2)]
    assert token.levels(False, 1) == [(5200, 4)]


@pytest.mark.parametrize("tick_e4", TICKS_E4)
def test_every_tick_of_the_venue_fits(tick_e4: int) -> None:
    token = TokenBook("yes")
    token.set_level(True, tick_e4, 1)
    token.set_level(False, 10_000 - tick_e4, 2)
    assert (token.best_bid_e4, token.best_ask_e4) == (tick_e4, 10_000 - tick_e4)
    assert token.grid_e4(tick_e4) == tick_e4


def test_a_finer_tick_arrives_while_the_book_lives() -> None:
    token = book([(9500, 3)], [(9900, 4)])
    token.set_level(True, 9501, 8)
    assert token.levels(True) == [(9501, 8), (9500, 3)]
    assert token.grid_e4(100) == 1


@pytest.mark.parametrize(
    ("top", "dropped", "bids", "asks"),
    [
        pytest.param((4700, 5200), 1, [(4700, 2)], [(5200, 4), (5500, 5)], id="a bid eaten by a trade"),
        pytest.param((4900, 5500), 1, [(4900, 3), (4700, 2)], [(5500, 5)], id="an ask eaten by a trade"),
        pytest.param((0, 10_000), 4, [], [], id="the venue says that both sides are empty"),
        pytest.param((4950, 5100), 0, [(4900, 3), (4700, 2)], [(5200, 4), (5500, 5)], id="worse levels stay"),
    ],
)
def test_levels_better_than_the_venues_best_are_dropped(
    top: tuple[int, int], dropped: int, bids: list[tuple[int, int]], asks: list[tuple[int, int]]
) -> None:
    token = book([(4900, 3), (4700, 2)], [(5200, 4), (5500, 5)])
    assert token.trim_to(*top) == dropped
    assert (token.levels(True), token.levels(False)) == (bids, asks)


def test_a_locked_book_counts_as_crossed() -> None:
    assert book([(5000, 1)], [(5000, 1)]).crossed
    assert book([(5100, 1)], [(5000, 1)]).crossed
    assert not book([(4999, 1)], [(5000, 1)]).crossed
