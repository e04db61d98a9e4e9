"""What must hold of any book: it equals a dictionary, it mirrors, and the decoder fails in one way only."""

from __future__ import annotations

import gzip
import json
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from astra_actors.kernel.errors import WireError
from astra_actors.market.book import MarketBook
from astra_actors.market.events import BookChanged, BookSnapshot, LevelChange
from astra_actors.market.instrument import TICKS_E4, Instrument
from astra_actors.market.token_book import TokenBook
from astra_actors.market.wire import Decoder

DATA = Path(__file__).resolve().parents[2].parent / "shared" / "data"

ticks = st.sampled_from(TICKS_E4)
prices = ticks.flatmap(lambda tick: st.integers(1, 10_000 // tick - 1).map(lambda step: step * tick))
sizes = st.integers(0, 10**12)
Change = tuple[bool, int, int]
changes = st.lists(st.tuples(st.booleans(), prices, sizes), max_size=60)
sides = st.dictionaries(prices, st.integers(1, 10**12), max_size=20)


def shown(book: TokenBook) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    return book.levels(True), book.levels(False)


def check_top(book: TokenBook, bids: dict[int, int], asks: dict[int, int]) -> None:
    best_bid_e4, best_ask_e4 = max(bids, default=0), min(asks, default=10_000)
    assert (book.best_bid_e4, book.best_ask_e4) == (best_bid_e4, best_ask_e4)
    assert (book.bid_size_e6, book.ask_size_e6) == (bids.get(best_bid_e4, 0), asks.get(best_ask_e4, 0))


@given(sides, sides, changes)
def test_a_book_equals_a_dictionary(bids: dict[int, int], asks: dict[int, int], stream: list[Change]) -> None:
    book = TokenBook("t")
    book.snapshot(list(bids.items()), list(asks.items()))
    check_top(book, bids, asks)
    for is_bid, price_e4, size_e6 in stream:
        model = bids if is_bid else asks
        before = (book.best_bid_e4, book.bid_size_e6, book.best_ask_e4, book.ask_size_e6)
        touched = book.set_level(is_bid, price_e4, size_e6)
        model[price_e4] = size_e6
        if not size_e6:
            del model[price_e4]
        check_top(book, bids, asks)
        if (book.best_bid_e4, book.bid_size_e6, book.best_ask_e4, book.ask_size_e6) != before:
            assert touched
    assert shown(book) == (sorted(bids.items(), reverse=True), sorted(asks.items()))


@given(sides, sides, sides, sides)
def test_a_snapshot_leaves_nothing_of_what_was(
    old_bids: dict[int, int], old_asks: dict[int, int], bids: dict[int, int], asks: dict[int, int]
) -> None:
    book, fresh = TokenBook("t"), TokenBook("t")
    book.snapshot(list(old_bids.items()), list(old_asks.items()))
    book.snapshot(list(bids.items()), list(asks.items()))
    fresh.snapshot(list(bids.items()), list(asks.items()))
    assert shown(book) == shown(fresh)


@given(sides, sides, st.randoms(use_true_random=False))
def test_a_snapshot_equals_its_levels_in_any_order(bids: dict[int, int], asks: dict[int, int], dice: object) -> None:
    whole, grown = TokenBook("t"), TokenBook("t")
    whole.snapshot(list(bids.items()), list(asks.items()))
    levels = [(True, *level) for level in bids.items()] + [(False, *level) for level in asks.items()]
    dice.shuffle(levels)  # type: ignore[attr-defined]
    for is_bid, price_e4, size_e6 in levels:
        grown.set_level(is_bid, price_e4, size_e6)
    assert shown(grown) == shown(whole)
    check_top(grown, bids, asks)


@given(sides, sides, st.integers(0, 10_000), st.integers(0, 10_000))
def test_trimming_leaves_exactly_what_is_not_better(
    bids: dict[int, int], asks: dict[int, int], best_bid_e4: int, best_ask_e4: int
) -> None:
    book = TokenBook("t")
    book.snapshot(list(bids.items()), list(asks.items()))
    dropped = book.trim_to(best_bid_e4, best_ask_e4)
    left_bids = {price: size for price, size in bids.items() if price <= best_bid_e4}
    left_asks = {price: size for price, size in asks.items() if price >= best_ask_e4}
    assert shown(book) == (sorted(left_bids.items(), reverse=True), sorted(left_asks.items()))
    assert dropped == len(bids) + len(asks) - len(left_bids) - len(left_asks)


@given(sides, sides, changes)
def test_the_two_tokens_of_a_market_mirror_each_other(
    bids: dict[int, int], asks: dict[int, int], stream: list[Change]
) -> None:
    """The same orders told on YES or told on NO show one book in YES terms."""
    instrument = Instrument(market_id="m", yes_asset="yes", no_asset="no", tick_e4=1)
    by_yes, by_no = MarketBook(instrument), MarketBook(instrument)
    by_yes.apply(BookSnapshot("m", 1, 1, "yes", tuple(bids.items()), tuple(asks.items())))
    by_no.apply(BookSnapshot("m", 1, 1, "no", mirror(asks), mirror(bids)))
    for is_bid, price_e4, size_e6 in stream:
        by_yes.apply(BookChanged("m", 2, 2, (LevelChange("yes", is_bid, price_e4, size_e6),)))
        by_no.apply(BookChanged("m", 2, 2, (LevelChange("no", not is_bid, 10_000 - price_e4, size_e6),)))
        assert by_yes.state is by_no.state
        assert (by_yes.yes.best_bid_e4, by_yes.yes.bid_size_e6) == (10_000 - by_no.no.best_ask_e4, by_no.no.ask_size_e6)
        if by_no.no.trusted:
            assert (by_yes.best_bid_e4, by_yes.best_ask_e4) == (by_no.best_bid_e4, by_no.best_ask_e4)
            assert (by_yes.levels(True), by_yes.levels(False)) == (by_no.levels(True), by_no.levels(False))


def mirror(levels: dict[int, int]) -> tuple[tuple[int, int], ...]:
    return tuple((10_000 - price_e4, size_e6) for price_e4, size_e6 in levels.items())


@cache
def recorded_frames() -> list[bytes]:
    """A handful of frames as the venue sent them."""
    found = [path.read_bytes() for path in sorted((DATA / "rest" / "nautilus_test_data").glob("ws_market_*.json"))]
    with gzip.open(DATA / "ws" / "btc5m_book_frames_20260416.jsonl.gz", "rb") as lines:
        for line, _ in zip(lines, range(3), strict=False):
            found.append(json.dumps(json.loads(line)["frame"]).encode())
    return found


mutations = st.lists(
    st.tuples(st.integers(0, 10_000), st.integers(0, 3), st.binary(min_size=1, max_size=6)), min_size=1, max_size=4
)


@pytest.mark.recorded
@settings(max_examples=400)
@given(st.integers(0, 8), mutations)
def test_of_mutated_frames_only_a_wire_error_escapes(which: int, cuts: list[tuple[int, int, bytes]]) -> None:
    frames = recorded_frames()
    frame = frames[which % len(frames)]
    for place, kind, noise in cuts:
        at = place % (len(frame) + 1)
        frame = {
            0: frame[:at] + noise + frame[at + len(noise) :],
            1: frame[:at] + noise + frame[at:],
            2: frame[:at] + frame[at + len(noise) :],
            3: frame[:at],
        }[kind]
    decoder = Decoder(prove_books=True)
    try:
        events = decoder.decode(frame, 1)
    except WireError:
        assert decoder.rejected == 1
        return
    assert decoder.rejected == 0
    assert all(event.local_ns == 1 for event in events)


@settings(max_examples=200)
@given(st.one_of(st.binary(max_size=200), st.text(max_size=200)))
def test_of_noise_only_a_wire_error_escapes(frame: bytes | str) -> None:
    decoder = Decoder()
    try:
        assert decoder.decode(frame, 1) == []
    except WireError:
        assert decoder.rejected == 1


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
FIELDS = ("market", "asset_id", "timestamp", "bids", "asks", "price_changes", "price", "size", "side", "new_tick_size")
KINDS = (
    "book",
    "price_change",
    "last_trade_price",
    "tick_size_change",
    "best_bid_ask",
    "market_resolved",
    "new_market",
)


@settings(max_examples=300)
@given(st.sampled_from(KINDS), st.dictionaries(st.sampled_from(FIELDS), json_values))
def test_of_json_with_the_wrong_insides_only_a_wire_error_escapes(kind: str, fields: dict[str, object]) -> None:
    whole = {"market": "0xc", "timestamp": "1790000000000", "asset_id": "1"} | fields | {"event_type": kind}
    decoder = Decoder(prove_books=True)
    try:
        decoder.decode(json.dumps(whole), 1)
    except WireError:
        assert decoder.rejected == 1
    assert decoder.frames == 1
