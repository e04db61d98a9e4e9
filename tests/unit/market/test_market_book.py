"""The book of one market: when it may be traded on, and what it shows in YES terms."""

from __future__ import annotations

import pytest

from astra_actors.market.book import BookState, MarketBook
from astra_actors.market.events import (
    BookChanged,
    BookSnapshot,
    Event,
    FeedInterrupted,
    LevelChange,
    MarketResolved,
    TickChanged,
    TopQuoted,
    TradePrinted,
)
from astra_actors.market.instrument import Instrument

MS = 1_000_000
SHARE = 1_000_000


def snapshot(
    bids: tuple[tuple[int, int], ...] = ((4800, 30), (4700, 20)),
    asks: tuple[tuple[int, int], ...] = ((5200, 25), (5300, 60)),
    *,
    asset: str = "yes",
    tick_e4: int | None = None,
) -> BookSnapshot:
    return BookSnapshot("m", 1, 10 * MS, asset, bids, asks, tick_e4)


def change(
    is_bid: bool, price_e4: int, size_e6: int, best: tuple[int | None, int | None], *, asset: str = "yes"
) -> LevelChange:
    return LevelChange(asset, is_bid, price_e4, size_e6, *best)


def changed(*changes: LevelChange) -> BookChanged:
    return BookChanged("m", 2, 20 * MS, changes)


def live(*events: Event, tick_e4: int = 100) -> MarketBook:
    book = MarketBook(Instrument(market_id="m", yes_asset="yes", no_asset="no", tick_e4=tick_e4))
    for event in (snapshot(), *events):
        book.apply(event)
    return book


def state_of(book: MarketBook) -> BookState:
    return book.state


def test_a_book_is_empty_until_something_is_seen() -> None:
    book = MarketBook(Instrument(market_id="m", yes_asset="yes", no_asset="no"))
    assert state_of(book) is BookState.EMPTY
    assert (book.best_bid_e4, book.best_ask_e4, book.mid_e4, book.two_sided) == (None, None, None, False)


def test_a_snapshot_makes_the_book_live() -> None:
    book = live()
    assert state_of(book) is BookState.LIVE
    assert (book.best_bid_e4, book.bid_size_e6, book.best_ask_e4, book.ask_size_e6) == (4800, 30, 5200, 25)
    assert book.mid_e4 == 5000.0
    assert book.updated_ns == 10 * MS
    assert book.age_ms(1_510 * MS) == 1_500


@pytest.mark.parametrize(
    ("event", "moved"),
    [
        pytest.param(changed(change(True, 4900, 5, (4900, 5200))), True, id="a better bid"),
        pytest.param(changed(change(True, 4800, 31, (4800, 5200))), True, id="a new size at the top"),
        pytest.param(changed(change(True, 4800, 30, (4800, 5200))), False, id="the same size again"),
        pytest.param(changed(change(True, 4600, 5, (4800, 5200))), False, id="a level behind the top"),
        pytest.param(changed(change(False, 5100, 5, (4900, 5100), asset="no")), False, id="the other token"),
        pytest.param(changed(change(True, 4900, 5, (4900, 5200), asset="foreign")), False, id="a foreign token"),
        pytest.param(TradePrinted("m", 2, 20 * MS, "yes", True, 5200, 5), False, id="a trade moves nothing by itself"),
        pytest.param(MarketResolved("m", 2, 20 * MS, "YES", "stream"), False, id="no book event at all"),
    ],
)
def test_apply_says_whether_the_top_of_yes_moved(event: Event, moved: bool) -> None:
    assert live().apply(event) is moved


@pytest.mark.parametrize(
    "event",
    [
        pytest.param(FeedInterrupted("m", 2, 20 * MS, "closed"), id="the stream broke"),
        pytest.param(changed(change(True, 4600, 5, (4900, 5200))), id="a better bid exists that we never saw"),
        pytest.param(changed(change(False, 5400, 5, (4800, 5100))), id="a better ask exists that we never saw"),
        pytest.param(changed(change(True, 5200, 5, (None, None))), id="the book ends locked and nobody says why"),
        pytest.param(changed(change(True, 5300, 5, (5300, 5200))), id="the venue itself states a crossed top"),
        pytest.param(TopQuoted("m", 2, 20 * MS, "yes", 4800, 5100), id="the venue quotes another top"),
        pytest.param(TickChanged("m", 2, 20 * MS, "yes", 100, 10), id="the tick changed"),
        pytest.param(snapshot(((5300, 1),), ((5200, 1),)), id="a snapshot that is crossed"),
        pytest.param(
            changed(change(True, 4800, 0, (None, None)), change(True, 4700, 0, (None, None))),
            id="a side vanished and the venue does not say so",
        ),
    ],
)
def test_doubt_puts_the_book_in_resync_until_a_fresh_snapshot(event: Event) -> None:
    book = live(event)
    assert state_of(book) is BookState.RESYNC
    assert book.resyncs == 1
    book.apply(changed(change(True, 4500, 5, (4800, 5200))))
    assert state_of(book) is BookState.RESYNC
    book.apply(snapshot())
    assert state_of(book) is BookState.LIVE
    assert book.resyncs == 1


def test_levels_eaten_by_a_trade_are_dropped_without_doubt() -> None:
    book = live(changed(change(True, 4600, 5, (4700, 5200))))
    assert state_of(book) is BookState.LIVE
    assert (book.best_bid_e4, book.trimmed) == (4700, 1)


def test_an_early_entry_of_a_batch_may_name_what_a_later_one_brings() -> None:
    book = live(changed(change(True, 4600, 5, (4900, 5200)), change(True, 4900, 7, (4900, 5200))))
    assert state_of(book) is BookState.LIVE
    assert book.best_bid_e4 == 4900


def test_a_side_that_the_venue_calls_empty_is_empty_and_no_doubt() -> None:
    gone = changed(change(True, 4800, 0, (4700, 5200)), change(True, 4700, 0, (0, 5200)))
    book = live(gone)
    assert state_of(book) is BookState.LIVE
    assert (book.best_bid_e4, book.best_ask_e4, book.two_sided, book.mid_e4) == (None, 5200, False, None)


def test_a_token_without_its_snapshot_cannot_put_the_other_in_doubt() -> None:
    book = live(changed(change(True, 4700, 20, (4700, 5300), asset="no")))
    assert state_of(book) is BookState.LIVE
    assert book.yes.trusted
    assert not book.no.trusted


def test_a_gap_on_one_token_distrusts_both() -> None:
    book = live(snapshot(((4800, 25),), ((5200, 30),), asset="no"))
    book.apply(changed(change(True, 4500, 5, (4900, 5200), asset="no")))
    assert state_of(book) is BookState.RESYNC
    assert not book.yes.trusted
    book.apply(snapshot())
    assert (book.state, book.yes.trusted, book.no.trusted) == (BookState.LIVE, True, False)


def test_without_snapshots_the_venues_own_top_confirms_the_book() -> None:
    book = MarketBook(Instrument(market_id="m", yes_asset="yes", no_asset="no"))
    book.apply(changed(change(True, 4800, 30, (4800, 5200))))
    assert state_of(book) is BookState.EMPTY
    book.apply(changed(change(False, 5200, 25, (4800, 5200))))
    assert state_of(book) is BookState.LIVE
    book.apply(changed(change(False, 5400, 25, (4900, 5200))))
    assert (book.state, book.resyncs) == (BookState.RESYNC, 1)
    book.apply(changed(change(True, 4900, 25, (4900, 5200))))
    assert state_of(book) is BookState.LIVE


def test_changes_without_any_statement_never_make_a_book_live() -> None:
    book = MarketBook(Instrument(market_id="m", yes_asset="yes", no_asset="no"))
    book.apply(changed(change(True, 4800, 30, (None, None)), change(False, 5200, 30, (None, None))))
    assert state_of(book) is BookState.EMPTY


def test_a_market_known_by_its_no_token_shows_the_complement() -> None:
    book = MarketBook(Instrument(market_id="m", yes_asset="yes", no_asset="no"))
    assert book.apply(snapshot(((4700, 25), (4600, 60)), ((5100, 30),), asset="no"))
    assert (book.best_bid_e4, book.bid_size_e6) == (4900, 30)
    assert (book.best_ask_e4, book.ask_size_e6) == (5300, 25)
    assert book.levels(False) == [(5300, 25), (5400, 60)]
    assert book.displayed_e6(True, 4900) == 30
    assert book.displayed_e6(False, 5400) == 60


def test_depth_counts_dollars_near_the_best_price() -> None:
    book = live(snapshot(((4800, 100 * SHARE), (4700, 10 * SHARE), (4000, 5 * SHARE)), ((5200, SHARE),)))
    assert book.depth_usd(True, within_e4=100) == pytest.approx(48.0 + 4.7)
    assert book.depth_usd(True, within_e4=0) == pytest.approx(48.0)
    assert book.depth_usd(False, within_e4=100) == pytest.approx(0.52)


def test_a_tick_change_clears_the_book_and_the_second_token_says_nothing_new() -> None:
    book = live(TickChanged("m", 2, 20 * MS, "yes", 100, 10))
    assert (book.tick_e4, book.tick_changes, book.best_bid_e4) == (10, 1, None)
    book.apply(snapshot(((4810, 1),), ((5200, 1),)))
    book.apply(TickChanged("m", 3, 30 * MS, "no", 100, 10))
    assert (book.state, book.tick_changes, book.resyncs) == (BookState.LIVE, 1, 1)


def test_a_new_tick_that_comes_with_a_snapshot_needs_no_resync() -> None:
    book = live(snapshot(((9510, 1),), ((9600, 1),), tick_e4=10))
    assert (book.state, book.tick_e4, book.tick_changes, book.resyncs) == (BookState.LIVE, 10, 1, 0)


def test_a_snapshot_off_the_grid_proves_a_finer_tick() -> None:
    book = live(snapshot(((4825, 1),), ((5200, 1),)))
    assert (book.tick_e4, book.tick_changes, book.state) == (25, 1, BookState.LIVE)


def test_a_best_price_off_the_grid_proves_that_a_tick_change_was_missed() -> None:
    book = live(changed(change(True, 4810, 5, (4810, 5200))))
    assert (book.tick_e4, book.tick_changes, book.state) == (10, 1, BookState.RESYNC)


def test_the_last_trade_is_remembered() -> None:
    trade = TradePrinted("m", 2, 20 * MS, "yes", True, 5200, 5)
    assert live(trade).last_trade is trade
