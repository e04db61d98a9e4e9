"""Price-time priority over both tokens of a market: normal, mint and merge, worked out by hand."""

from __future__ import annotations

from typing import Any

import pytest
from exchange_room import Room

# name, who rests what, the taker's order, (status, gave, got), what rests of YES afterwards as (bids, asks) in cents
Given = list[tuple[str, str, str, float, float]]
CASES: list[tuple[str, Given, tuple[Any, ...], tuple[str, float, float], tuple[Any, Any]]] = [
    ("nobody is there", [], ("BUY", "YES", 52, 10), ("live", 0, 0), ([(52, 10)], [])),
    ("a bid of NO is an ask of YES", [("bob", "BUY", "NO", 40, 10)], ("BUY", "YES", 59, 10), ("live", 0, 0),
     ([(59, 10)], [(60, 10)])),
    ("an ask of NO is a bid of YES", [("bob", "SELL", "NO", 40, 10)], ("SELL", "YES", 61, 10), ("live", 0, 0),
     ([(60, 10)], [(61, 10)])),
    ("a buy meets a sale", [("bob", "SELL", "YES", 52, 10)], ("BUY", "YES", 52, 10), ("matched", 5.2, 10), ([], [])),
    ("two buys mint", [("bob", "BUY", "NO", 48, 10)], ("BUY", "YES", 52, 10), ("matched", 5.2, 10), ([], [])),
    ("two sales merge", [("bob", "SELL", "NO", 48, 10)], ("SELL", "YES", 52, 10), ("matched", 10, 5.2), ([], [])),
    ("a sale meets a buy", [("bob", "BUY", "YES", 52, 10)], ("SELL", "YES", 50, 10), ("matched", 10, 5.2), ([], [])),
    ("a sale of NO meets a buy of YES in a merge of neither", [("bob", "BUY", "NO", 52, 10)], ("SELL", "NO", 52, 10),
     ("matched", 10, 5.2), ([], [])),
    ("the better price goes first", [("bob", "SELL", "YES", 53, 10), ("cat", "SELL", "YES", 52, 10)],
     ("BUY", "YES", 53, 10), ("matched", 5.2954, 10.18), ([], [(53, 9.82)])),
    ("the maker's price counts, and a budget buys more", [("bob", "SELL", "YES", 50, 30)], ("BUY", "YES", 60, 10),
     ("matched", 6, 12), ([], [(50, 18)])),
    ("a seller is limited by shares", [("bob", "BUY", "YES", 60, 30)], ("SELL", "YES", 50, 10), ("matched", 10, 6),
     ([(60, 20)], [])),
    ("what is left rests", [("bob", "SELL", "YES", 52, 6)], ("BUY", "YES", 52, 10), ("matched", 3.12, 6),
     ([(52, 4)], [])),
    ("FAK kills what is left", [("bob", "SELL", "YES", 52, 6)], ("BUY", "YES", 52, 10, "FAK"), ("matched", 3.12, 6),
     ([], [])),
    ("FOK fills over several prices", [("bob", "SELL", "YES", 50, 5), ("cat", "BUY", "NO", 49, 10)],
     ("BUY", "YES", 51, 10, "FOK"), ("matched", 5.0959, 10.09), ([], [(51, 4.91)])),
    ("a taker sweeps native and mirrored orders by price", [("bob", "BUY", "NO", 48, 5), ("cat", "SELL", "YES", 51, 5)],
     ("SELL", "NO", 48, 10), ("matched", 10, 4.85), ([], [])),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0])
def test_a_taker_meets_what_rests(case: Any) -> None:
    _, resting, order, (status, gave, got), book = case
    room = Room()
    for who, *each in resting:
        room.post(who, *each)
    placed = room.post("ann", *order)
    assert placed.status == status
    assert (placed.making_e6, placed.taking_e6) == (round(gave * 1e6), round(got * 1e6))
    assert room.depth() == book
    room.settle()
    room.check_conserved()


def test_who_came_first_is_filled_first_whatever_the_token() -> None:
    room = Room()
    first = room.post("bob", "BUY", "NO", 48, 10)
    second = room.post("cat", "SELL", "YES", 52, 10)
    room.post("ann", "BUY", "YES", 52, 15)
    assert (room.order(first).left_e6, room.order(second).left_e6) == (0, 5_000_000)


def test_tokens_and_dollars_of_a_mint_a_merge_and_a_plain_trade() -> None:
    room = Room(usd=100, sets=100)
    room.post("bob", "BUY", "NO", 48, 10)
    room.post("ann", "BUY", "YES", 52, 10)  # mint
    room.settle()
    assert room.holds("ann") == (94.8, 110, 100)
    assert room.holds("bob") == (95.2, 100, 110)
    room.post("cat", "SELL", "NO", 30, 20)
    room.post("ann", "SELL", "YES", 70, 20)  # merge
    room.settle()
    assert room.holds("cat") == (106, 100, 80)
    assert room.holds("ann") == (108.8, 90, 100)
    room.post("bob", "SELL", "YES", 40, 10)
    room.post("ann", "BUY", "YES", 40, 10)  # from hand to hand
    room.settle()
    assert room.holds("bob") == (99.2, 90, 110)
    assert room.holds("ann") == (104.8, 100, 100)
    room.check_conserved()


def test_a_mirror_shows_the_same_sizes() -> None:
    room = Room()
    room.post("ann", "BUY", "YES", 40, 10)
    room.post("bob", "BUY", "YES", 41, 7)
    room.post("cat", "SELL", "YES", 60, 5)
    assert room.depth("YES") == ([(40, 10), (41, 7)], [(60, 5)])
    assert room.depth("NO") == ([(40, 5)], [(60, 10), (59, 7)])


@pytest.mark.parametrize(
    ("switch", "left", "got"), [("allow", 0, 10), ("skip", 10, 0), ("cancel_resting", None, 0), ("refuse", 10, None)]
)
def test_trading_with_oneself_is_a_switch(switch: str, left: float | None, got: float | None) -> None:
    room = Room(switches={"self_trade": switch})
    own = room.post("ann", "SELL", "YES", 52, 10)
    if got is None:
        assert room.refused("ann", "BUY", "YES", 52, 10) == "order 0x2 crosses the book"
    else:
        assert room.post("ann", "BUY", "YES", 52, 10).taking_e6 == got * 1_000_000
    assert room.order(own).open is (left == 10)


def test_a_crossing_buy_may_be_limited_by_its_shares_instead() -> None:
    room = Room(switches={"marketable_buy": "shares"})
    room.post("bob", "SELL", "YES", 50, 30)
    placed = room.post("ann", "BUY", "YES", 60, 10)
    assert (placed.making_e6, placed.taking_e6) == (5_000_000, 10_000_000)


def test_fees_are_the_takers_and_the_makers_pay_nothing() -> None:
    room = Room(fee_rate="0.05")
    room.post("bob", "SELL", "YES", 30, 100)
    room.post("ann", "BUY", "YES", 30, 100)
    room.settle()
    assert room.holds("ann")[0] == 1_000 - 30 - 1.05  # the worked example of polymarket.md 8.1
    assert room.holds("bob")[0] == 1_030
    room.post("bob", "BUY", "YES", 30, 100)
    room.post("ann", "SELL", "YES", 30, 100)
    room.settle()
    assert room.holds("ann")[0] == 1_000 - 2.10
    assert room.x.fees_e6 == 2_100_000
    room.check_conserved()
