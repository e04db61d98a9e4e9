"""Promise: what the user channel and the lists say is read exactly, in each form they have, and hostile input costs itself."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from clob_values import ADDRESS, API_KEY, US
from hypothesis import given
from hypothesis import strategies as st

from astra_actors.kernel.errors import WireError
from astra_actors.market.instrument import Side
from astra_actors.venues.clob.fills import fills_of
from astra_actors.venues.clob.user_frames import FRAME_BYTES_MAX, OrderTold, UserDecoder
from astra_actors.venues.clob.user_rows import Settling, TradeSeen

YES, NO = "71", "72"


def maker(**more: Any) -> dict[str, Any]:
    return {
        "order_id": "0xM", "owner": API_KEY, "maker_address": ADDRESS, "matched_amount": "10", "price": "0.43",
        "fee_rate_bps": "0", "asset_id": NO, "outcome": "No", "side": "BUY", **more,
    }  # fmt: skip


def trade_frame(**more: Any) -> dict[str, Any]:
    return {
        "event_type": "trade", "type": "TRADE", "id": "t1", "taker_order_id": "0xT", "market": "0xc", "asset_id": YES,
        "side": "BUY", "size": "10", "price": "0.57", "fee_rate_bps": "0", "status": "MATCHED",
        "match_time": "1790000000", "owner": "somebody", "maker_address": "0xother", "transaction_hash": "",
        "bucket_index": 0, "trader_side": "MAKER", "timestamp": "1790000000123", "maker_orders": [maker()], **more,
    }  # fmt: skip


def order_frame(**more: Any) -> dict[str, Any]:
    return {
        "event_type": "order", "type": "PLACEMENT", "id": "0xA", "owner": API_KEY, "market": "0xc", "asset_id": YES,
        "side": "BUY", "original_size": "10", "size_matched": "0", "price": "0.57", "order_type": "GTD",
        "status": "LIVE", "associate_trades": None, "outcome": "Yes", "created_at": "1790000000", "expiration": "0",
        "timestamp": "1790000000123", **more,
    }  # fmt: skip


def trade_of(**more: Any) -> TradeSeen:
    (event,) = UserDecoder().frame(msgspec.json.encode(trade_frame(**more)))
    assert isinstance(event, TradeSeen)
    return event


def told(**more: Any) -> OrderTold:
    (event,) = UserDecoder().frame(msgspec.json.encode(order_frame(**more)))
    assert isinstance(event, OrderTold)
    return event


def test_a_maker_fills_at_its_own_price_in_its_own_token() -> None:
    (fill,) = fills_of(trade_of(), US)
    assert (fill.venue_id, fill.token_id, fill.side, fill.price_e4, fill.size_e6) == (
        "0xm",
        NO,
        Side.BUY,
        4_300,
        10_000_000,
    )
    assert (fill.is_maker, fill.matched_s, fill.condition_id) == (True, 1_790_000_000, "0xc")


@pytest.mark.parametrize(
    ("case", "taker_side", "asset", "side"),
    [
        ("the same token: the other side", "BUY", YES, Side.SELL),
        ("the same token: the other side", "SELL", YES, Side.BUY),
        ("the complement, minted: the same side", "BUY", NO, Side.BUY),
        ("the complement, merged: the same side", "SELL", NO, Side.SELL),
    ],
)
def test_a_maker_without_a_side_has_the_one_that_follows(case: str, taker_side: str, asset: str, side: Side) -> None:
    row = maker(asset_id=asset)
    del row["side"]
    (fill,) = fills_of(trade_of(side=taker_side, maker_orders=[row]), US)
    assert fill.side is side


def test_a_takers_prices_follow_from_its_makers() -> None:
    """Bought YES from a seller at 0.55, and from two buyers of NO at 0.43: 10 at 0.55 and 25 at 0.57; the VWAP is rounded."""
    makers = [
        maker(owner="a", maker_address="0xa", order_id="0x1", asset_id=YES, price="0.55", side="SELL"),
        maker(owner="b", maker_address="0xb", order_id="0x2", matched_amount="20"),
        maker(owner="b", maker_address="0xb", order_id="0x3", matched_amount="5"),
    ]
    trade = trade_of(trader_side="TAKER", owner=API_KEY, size="35", price="0.564286", maker_orders=makers)
    assert [(fill.price_e4, fill.size_e6, fill.is_maker) for fill in fills_of(trade, US)] == [
        (5_500, 10_000_000, False), (5_700, 25_000_000, False),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("row", "count"),
    [
        ({}, 1),
        ({"owner": API_KEY.upper(), "maker_address": ""}, 1),
        ({"owner": "", "maker_address": ADDRESS.lower()}, 1),
        ({"owner": "else", "maker_address": "0xelse"}, 0),
        ({"owner": "", "maker_address": ""}, 0),
    ],
)
def test_our_part_is_recognised_by_key_or_wallet(row: dict[str, str], count: int) -> None:
    assert len(fills_of(trade_of(maker_orders=[maker(**row)]), US)) == count


def test_two_rows_of_one_order_are_one_fill_and_two_orders_are_two() -> None:
    rows = [maker(), maker(matched_amount="2.5"), maker(order_id="0xN")]
    assert [fill.size_e6 for fill in fills_of(trade_of(maker_orders=rows), US)] == [12_500_000, 10_000_000]


def test_a_fill_has_one_id_wherever_it_is_seen() -> None:
    row = {**trade_frame(), "status": "TRADE_STATUS_CONFIRMED", "err_msg": None, "match_time_nano": "1"}
    del row["event_type"]
    listed = UserDecoder().trade_row(msgspec.json.encode(row))
    assert listed.settling is Settling.CONFIRMED
    assert fills_of(listed, US)[0].fill_id == fills_of(trade_of(status="MINED"), US)[0].fill_id


@pytest.mark.parametrize(
    ("field", "value", "settling"),
    [("status", "MATCHED_NOT_BROADCASTED", Settling.MATCHED), ("status", "TRADE_STATUS_RETRYING", Settling.RETRYING),
     ("matchtime", "1790000000", Settling.MATCHED), ("match_time", 1_790_000_000_000, Settling.MATCHED)],
)  # fmt: skip
def test_the_spellings_of_a_trade(field: str, value: Any, settling: Settling) -> None:
    frame = trade_frame(**{field: value})
    if field == "matchtime":
        del frame["match_time"]
    (event,) = UserDecoder().frame(msgspec.json.encode([frame]))
    assert isinstance(event, TradeSeen)
    assert (event.settling, event.matched_s) == (settling, 1_790_000_000)


@pytest.mark.parametrize(
    ("more", "status", "over"),
    [
        ({}, "LIVE", False),
        ({"status": "ORDER_STATUS_LIVE"}, "LIVE", False),
        ({"type": "UPDATE", "status": "MATCHED", "size_matched": "10"}, "MATCHED", False),  # its trades tell the end
        ({"type": "CANCELLATION", "status": "CANCELED"}, "CANCELED", True),
        ({"type": "CANCELLATION", "status": "INVALID"}, "INVALID", True),
        ({"status": "CANCELED_MARKET_RESOLVED"}, "CANCELED_MARKET_RESOLVED", True),
    ],
)
def test_what_an_order_event_says(more: dict[str, str], status: str, over: bool) -> None:
    event = told(**more)
    assert (event.order.venue_id, event.order.status, event.over) == ("0xa", status, over)


def test_a_killed_orders_blanks_are_tolerated() -> None:
    words = "CANCELED_order couldn't be fully filled. FOK orders are fully filled or killed."
    blank = {
        "size_matched": "",
        "outcome": "",
        "created_at": "",
        "price": "",
        "original_size": "",
        "associate_trades": None,
    }
    event = told(status=words, **blank)
    assert (event.over, event.order.matched_e6, event.order.price_e4) == (True, None, None)


def test_lists_may_count_in_millionths() -> None:
    row = {**order_frame(), "original_size": "10000000", "size_matched": "2500000"}
    seen = UserDecoder(integer_sizes=True).order_row(msgspec.json.encode(row))
    assert (seen.size_e6, seen.matched_e6) == (10_000_000, 2_500_000)
    with pytest.raises(WireError, match="other form"):
        UserDecoder(integer_sizes=True).order_row(msgspec.json.encode({**row, "original_size": "10.5"}))


@pytest.mark.parametrize(
    "bad",
    [
        {"price": "NaN"}, {"price": "1.5"}, {"price": "-0.1"}, {"price": "0.12345"}, {"price": 0.5}, {"price": "1e400"},
        {"original_size": "-1"}, {"original_size": "1" * 33}, {"original_size": "9" * 20}, {"original_size": "Infinity"},
        {"size_matched": [1]}, {"side": "HOLD"}, {"id": ""}, {"id": "0x" + "9" * 200}, {"market": 7},
        {"associate_trades": "t1"}, {"status": None},
    ],
)  # fmt: skip
def test_a_hostile_order_is_refused_and_counted_alone(bad: dict[str, Any]) -> None:
    decoder = UserDecoder()
    events = decoder.frame(msgspec.json.encode([order_frame(**bad), order_frame()]))
    assert (len(events), decoder.rejected, decoder.unknown) == (1, 1, 0)
    with pytest.raises(WireError):
        decoder.order_row(msgspec.json.encode(order_frame(**bad)))


@pytest.mark.parametrize(
    "bad",
    [{"status": "PAID"}, {"match_time": "soon"}, {"maker_orders": {}}, {"maker_orders": [maker(price="0.00001")]},
     {"maker_orders": [maker(matched_amount=None)]}, {"maker_orders": [], "price": "0.564286"}],
)  # fmt: skip
def test_a_hostile_trade_is_refused_and_counted(bad: dict[str, Any]) -> None:
    decoder = UserDecoder()
    assert decoder.frame(msgspec.json.encode(trade_frame(**bad))) == []
    assert decoder.rejected == 1
    with pytest.raises(WireError):
        decoder.trade_row(msgspec.json.encode(trade_frame(**bad)))


@pytest.mark.parametrize(
    ("frame", "rejected", "unknown"),
    [
        (b"PONG", 0, 0), ("PONG", 0, 0), (b"", 1, 0), (b"hello", 1, 0), (b"[1,2]", 2, 0), (b"[", 1, 0), (b"null", 1, 0),
        (b'{"event_type":"weather"}', 0, 1), (b'{"event_type":7}', 1, 0), (b"[" * 200_000, 1, 0),
        (b'{"event_type":"order","x":' + b"[" * 200_000, 1, 0), (b" " * (FRAME_BYTES_MAX + 1), 1, 0), ("\ud800", 1, 0),
    ],
)  # fmt: skip
def test_what_is_no_event_is_counted(frame: bytes | str, rejected: int, unknown: int) -> None:
    decoder = UserDecoder()
    assert decoder.frame(frame) == []
    assert (decoder.rejected, decoder.unknown) == (rejected, unknown)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@given(st.sampled_from([trade_frame(), order_frame()]), st.data())
def test_a_changed_frame_never_raises(frame: dict[str, Any], data: st.DataObject) -> None:
    field = data.draw(st.sampled_from(sorted(frame)))
    decoder = UserDecoder()
    events = decoder.frame(msgspec.json.encode({**frame, field: data.draw(JSON)}))
    assert len(events) + decoder.rejected + decoder.unknown == 1


@given(st.binary(max_size=200))
def test_noise_never_raises(noise: bytes) -> None:
    assert UserDecoder().frame(noise) == []
