"""Frames of the market channel: what they say, and what costs a frame."""

from __future__ import annotations

import json
import sys
from typing import Any

import pytest

from astra_actors.kernel.errors import WireError
from astra_actors.market.events import (
    BookChanged,
    BookSnapshot,
    LevelChange,
    MarketResolved,
    PhaseNoted,
    TickChanged,
    TopQuoted,
    TradePrinted,
)
from astra_actors.market.wire import FRAME_BYTES_MAX, Decoder
from astra_actors.market.wire_types import exact

TS, NS = "1790000001000", 1_790_000_001_000_000_000
HUGE = "71321045679252212594626385532706912750332728571942532289631379312455583992563"


def encoded(kind: str, **fields: Any) -> bytes:
    return json.dumps({"event_type": kind, "market": "0xc", "timestamp": TS} | fields).encode()


def entry(**fields: Any) -> dict[str, Any]:
    sent = {"asset_id": HUGE, "side": "BUY", "price": "0.5", "size": "200", "hash": "f" * 40}
    return sent | {"best_bid": "0.5", "best_ask": "0.52"} | fields


def price_change(**fields: Any) -> bytes:
    return encoded("price_change", price_changes=[entry(**fields)])


def book(**fields: Any) -> bytes:
    sides = {
        "bids": [{"price": "0.48", "size": "30"}, {"price": ".49", "size": "20.5"}],
        "asks": [{"price": "0.53", "size": "60"}, {"price": "0.520", "size": "0.000001"}],
    }
    return encoded("book", **({"asset_id": HUGE} | sides | fields))


def test_a_price_change_is_one_batch() -> None:
    both = [entry(), entry(asset_id="2", side="SELL", best_bid="0.48", best_ask="0.5")]
    assert Decoder().decode(encoded("price_change", price_changes=both), 7) == [
        BookChanged(
            "0xc",
            NS,
            7,
            (
                LevelChange(HUGE, True, 5000, 200_000_000, 5000, 5200),
                LevelChange("2", False, 5000, 200_000_000, 4800, 5000),
            ),
        )
    ]


def test_a_book_is_sorted_best_first_and_exact() -> None:
    assert Decoder().decode(book(tick_size="0.01", last_trade_price="0.5"), 7) == [
        BookSnapshot(
            "0xc",
            NS,
            7,
            HUGE,
            ((4900, 20_500_000), (4800, 30_000_000)),
            ((5200, 1), (5300, 60_000_000)),
            100,
            5000,
            None,
        )
    ]


def test_a_book_without_the_optional_keys_and_with_an_empty_side() -> None:
    assert Decoder().decode(book(bids=[]), 7) == [
        BookSnapshot("0xc", NS, 7, HUGE, (), ((5200, 1), (5300, 60_000_000)), None, None, None)
    ]


@pytest.mark.parametrize(
    ("frame", "event"),
    [
        pytest.param(
            encoded("last_trade_price", asset_id="1", price="0.456", size="219.217767", side="SELL", fee_rate_bps="0"),
            TradePrinted("0xc", NS, 7, "1", False, 4560, 219_217_767),
            id="a trade",
        ),
        pytest.param(
            encoded("tick_size_change", asset_id="1", old_tick_size="0.01", new_tick_size="0.001"),
            TickChanged("0xc", NS, 7, "1", 100, 10),
            id="a tick change",
        ),
        pytest.param(
            encoded("tick_size_change", asset_id="1", new_tick_size="0.0025"),
            TickChanged("0xc", NS, 7, "1", None, 25),
            id="a tick change that does not say from where",
        ),
        pytest.param(
            encoded("best_bid_ask", asset_id="1", best_bid="0.73", best_ask="0.77", spread="0.04"),
            TopQuoted("0xc", NS, 7, "1", 7300, 7700),
            id="the venue's own top",
        ),
        pytest.param(
            encoded("best_bid_ask", asset_id="1", best_bid="", best_ask="1"),
            TopQuoted("0xc", NS, 7, "1", 0, 10_000),
            id="the venue's own top of an empty book",
        ),
        pytest.param(
            encoded("market_resolved", assets_ids=["1", "2"], winning_asset_id="2", winning_outcome="Down"),
            MarketResolved("0xc", NS, 7, "NO", "stream"),
            id="the second token won, whatever its label",
        ),
        pytest.param(
            encoded("market_resolved", asset_ids=["1", "2"], winning_token_id="1", winning_outcome="Up"),
            MarketResolved("0xc", NS, 7, "YES", "stream"),
            id="the other spelling of a resolution",
        ),
        pytest.param(
            encoded("market_resolved", winning_outcome="No"),
            MarketResolved("0xc", NS, 7, "NO", "stream"),
            id="only a label to go by",
        ),
        pytest.param(
            encoded("market_resolved", assets_ids=["1", "2"], winning_asset_id="", winning_outcome="Lakers"),
            PhaseNoted("0xc", NS, 7, "closed"),
            id="over, but not said for whom",
        ),
    ],
)
def test_every_other_event(frame: bytes, event: object) -> None:
    assert Decoder().decode(frame, 7) == [event]


@pytest.mark.parametrize(
    ("best_bid", "best_ask", "bid_e4", "ask_e4"),
    [
        pytest.param("0.5", "0.52", 5000, 5200, id="both stated"),
        pytest.param("0", "1", 0, 10_000, id="both sides empty"),
        pytest.param("", "", 0, 10_000, id="empty strings are empty sides"),
        pytest.param("1", "0", 0, 10_000, id="the ends the wrong way round"),
        pytest.param(None, None, None, None, id="null says nothing"),
    ],
)
def test_the_stated_best_prices(
    best_bid: str | None, best_ask: str | None, bid_e4: int | None, ask_e4: int | None
) -> None:
    (event,) = Decoder().decode(price_change(best_bid=best_bid, best_ask=best_ask), 7)
    assert isinstance(event, BookChanged)
    assert (event.changes[0].best_bid_e4, event.changes[0].best_ask_e4) == (bid_e4, ask_e4)


def test_absent_best_prices_say_nothing() -> None:
    sent = {"asset_id": "1", "side": "BUY", "price": "0.5", "size": "0"}
    (event,) = Decoder().decode(encoded("price_change", price_changes=[sent]), 7)
    assert isinstance(event, BookChanged)
    assert event.changes == (LevelChange("1", True, 5000, 0, None, None),)


def test_an_array_is_several_frames_and_a_string_is_as_good_as_bytes() -> None:
    both = "[" + book().decode() + "," + price_change().decode() + "]"
    assert [type(event) for event in Decoder().decode(both, 7)] == [BookSnapshot, BookChanged]


@pytest.mark.parametrize("text", ["PONG", "NO NEW ASSETS", "INVALID OPERATION", " PONG\n", b"PONG"])
def test_plain_words_are_tolerated(text: str | bytes) -> None:
    decoder = Decoder()
    assert decoder.decode(text, 7) == []
    assert (decoder.plain_texts, decoder.rejected) == (1, 0)


@pytest.mark.parametrize(
    "frame",
    [
        pytest.param(price_change(price="NaN"), id="a price that is no number"),
        pytest.param(price_change(price="-0.5"), id="a negative price"),
        pytest.param(price_change(price="0.50001"), id="a price off the finest grid"),
        pytest.param(price_change(price="1"), id="a level at one dollar"),
        pytest.param(price_change(price="0"), id="a level at nothing"),
        pytest.param(price_change(price="5e-1"), id="an exponent"),
        pytest.param(price_change(price="0.5 "), id="a blank"),
        pytest.param(price_change(price="٠.٥"), id="digits of another script"),
        pytest.param(price_change(price="."), id="a point"),
        pytest.param(price_change(price=""), id="no price"),
        pytest.param(price_change(price=0.5), id="a price as a float"),
        pytest.param(price_change(size="-1"), id="a negative size"),
        pytest.param(price_change(size="Infinity"), id="an infinite size"),
        pytest.param(price_change(size="0.0000001"), id="a size finer than the tokens"),
        pytest.param(price_change(size="9" * 40), id="a size beyond reason"),
        pytest.param(price_change(side="HOLD"), id="an unknown side"),
        pytest.param(price_change(best_bid="1.5"), id="a best price above one dollar"),
        pytest.param(price_change(asset_id=12), id="an asset id as a number"),
        pytest.param(encoded("price_change"), id="nothing in it"),
        pytest.param(encoded("price_change", price_changes=[], timestamp="soon"), id="a time that is none"),
        pytest.param(encoded("price_change", price_changes=[], timestamp="-5"), id="a time before time"),
        pytest.param(encoded("price_change", price_changes=[], timestamp="9" * 20), id="a time beyond reason"),
        pytest.param(book(bids=[{"price": "0.5"}]), id="a level without a size"),
        pytest.param(book(tick_size="0.02"), id="a tick that the venue has never shown"),
        pytest.param(encoded("tick_size_change", asset_id="1", new_tick_size="0"), id="no tick at all"),
        pytest.param(b'{"event_type":"book"', id="a frame cut short"),
        pytest.param(b"\xff\xfe\x00", id="bytes that are no text"),
        pytest.param(b"", id="an empty frame"),
        pytest.param(b"17", id="a number"),
        pytest.param(b"[" * 100_000, id="an abyss of brackets"),
        pytest.param(b'{"market":"0xc"}', id="no event type"),
        pytest.param(b"[" + price_change() + b"," + price_change(price="2") + b"]", id="one bad among good"),
    ],
)
def test_a_bad_frame_costs_that_frame_only(frame: bytes) -> None:
    decoder = Decoder()
    with pytest.raises(WireError):
        decoder.decode(frame, 7)
    assert (decoder.frames, decoder.rejected) == (1, 1)
    assert len(decoder.decode(price_change(), 7)) == 1


@pytest.mark.parametrize(
    "frame",
    [
        pytest.param(b"[" * 1_000_000, id="open brackets"),
        pytest.param(b'[{"a":' * 160_000, id="open objects in open arrays"),
        pytest.param(b"[" * 400_000 + b"]" * 400_000, id="closed again"),
    ],
)
def test_an_abyss_costs_the_frame_where_a_library_has_raised_the_recursion_limit(frame: bytes) -> None:
    """The official client brings py_ecc along, which sets the limit to 100,000: the parser would end the process."""
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(100_000)
    try:
        with pytest.raises(WireError, match="nests a few levels"):
            Decoder().decode(frame, 7)
    finally:
        sys.setrecursionlimit(limit)


def test_an_oversized_frame_is_refused_before_it_is_read() -> None:
    with pytest.raises(WireError, match="1,048,576 bytes"):
        Decoder().decode(b" " * (FRAME_BYTES_MAX + 1), 7)


def test_unknown_event_types_are_counted_and_the_last_are_kept() -> None:
    decoder = Decoder(unknown_kept=2)
    for number in range(3):
        assert decoder.decode(encoded("moon_phase", number=number), 7) == []
    assert decoder.unknown == {"moon_phase": 3}
    assert [json.loads(raw)["number"] for raw in decoder.unknown_last] == [1, 2]
    assert decoder.rejected == 0


def test_an_unknown_type_does_not_cost_its_neighbours() -> None:
    decoder = Decoder()
    frame = b"[" + encoded("moon_phase") + b"," + price_change() + b"]"
    assert [type(event) for event in decoder.decode(frame, 7)] == [BookChanged]
    assert decoder.unknown == {"moon_phase": 1}


def test_the_names_of_unknown_types_do_not_fill_memory() -> None:
    decoder = Decoder()
    for number in range(200):
        decoder.decode(encoded(f"kind{number}" + "x" * 5_000), 7)
    assert len(decoder.unknown) == 65
    assert decoder.unknown["(more)"] == 136
    assert all(len(name) <= 40 for name in decoder.unknown)
    assert all(len(raw) <= 2_048 for raw in decoder.unknown_last)


def test_a_new_market_waits_for_discovery() -> None:
    decoder = Decoder()
    assert decoder.decode(encoded("new_market", slug="nvda", assets_ids=["1", "2"], line=""), 7) == []
    assert [(one.market, one.slug, one.assets_ids) for one in decoder.new_markets] == [("0xc", "nvda", ["1", "2"])]


@pytest.mark.parametrize(
    ("text", "digits", "value"),
    [
        ("0.5", 4, 5000),
        (".48", 4, 4800),
        ("0.090", 4, 900),
        ("1", 4, 10_000),
        ("0.50000000", 4, 5000),
        ("1.", 4, 10_000),
        ("198942.24", 6, 198_942_240_000),
        ("0.000001", 6, 1),
        ("999999999999999", 6, 999_999_999_999_999_000_000),
    ],
)
def test_decimal_text_is_read_exactly(text: str, digits: int, value: int) -> None:
    assert exact(text, digits, "field") == value
