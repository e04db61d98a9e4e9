"""What is refused and why, how long orders stand, how settlement ends, and what resolution pays."""

from __future__ import annotations

import pytest
from exchange_room import Room

from astra_actors.kernel.errors import BadInput, ConfigError, IllegalTransition
from astra_actors.venues.exchange import positions, resolving
from astra_actors.venues.exchange.cancelling import cancel, cancel_where
from astra_actors.venues.exchange.faults import Faults
from astra_actors.venues.exchange.market import Market
from astra_actors.venues.exchange.order import Standing
from astra_actors.venues.exchange.refusal import (
    CROSSING,
    DELAYED_ORDER,
    EXPIRATION,
    FAK_KILLED,
    FOK_KILLED,
    NOT_CANCELLED,
    NOT_READY,
)
from astra_actors.venues.exchange.switches import CHOICES, Switches, flipped
from astra_actors.venues.exchange.trade import SETTLEMENT, Happening, TradeStatus


def short(balance: int, amount: int, *, active: int = 0, matched: int = 0) -> str:
    sums = f", sum of active orders: {active}" if active else ""
    sums += f", sum of matched orders: {matched}" if matched else ""
    head = "not enough balance / allowance: the balance is not enough"
    return f"{head} -> balance: {balance}{sums}, order amount: {amount}"


def test_open_orders_reserve_what_they_would_take() -> None:
    room = Room(usd=10, sets=10)
    room.post("ann", "BUY", "YES", 40, 20)  # 8 of 10 dollars
    assert room.refused("ann", "BUY", "YES", 30, 7) == short(10_000_000, 2_100_000, active=8_000_000)
    room.post("ann", "BUY", "YES", 40, 5)
    room.post("ann", "SELL", "NO", 30, 6)
    assert room.refused("ann", "SELL", "NO", 30, 5) == short(10_000_000, 5_000_000, active=6_000_000)


def test_a_reservation_may_count_within_its_market_alone() -> None:
    room = Room(usd=10, sets=0, switches={"reservation": "market"})
    room.post("ann", "BUY", "YES", 50, 20)
    first, room.market = room.market, Market("0xd", 2, "3", "4", "?", "t", "f")
    room.x.list_market(room.market)
    assert room.refused("ann", "BUY", "YES", 50, 20) == ""
    room.market = first
    assert room.refused("ann", "BUY", "YES", 50, 20).startswith("not enough balance")


def test_a_fee_belongs_to_what_a_buy_costs() -> None:
    room = Room(usd=50, sets=100, fee_rate="0.05")
    room.post("bob", "SELL", "YES", 50, 100)
    assert room.refused("ann", "BUY", "YES", 50, 100) == short(50_000_000, 51_250_000)
    assert room.refused("ann", "BUY", "YES", 50, 90) == ""


def test_what_was_bought_cannot_be_sold_before_it_is_mined() -> None:
    room = Room(usd=100, sets=0)
    room.post("bob", "BUY", "NO", 50, 10)
    room.post("ann", "BUY", "YES", 50, 10)
    assert room.refused("ann", "SELL", "YES", 50, 10) == short(0, 10_000_000)
    assert room.wallets["ann"].claimed_cash_e6 == 5_000_000
    room.pass_ms(1_000)
    assert room.refused("ann", "SELL", "YES", 50, 10) == ""


def test_matched_orders_are_named_in_the_refusal() -> None:
    room = Room(usd=10, sets=0)
    room.post("bob", "BUY", "NO", 50, 10)
    room.post("ann", "BUY", "YES", 50, 10)
    assert room.refused("ann", "BUY", "YES", 10, 60) == short(10_000_000, 6_000_000, matched=5_000_000)


def test_an_allowance_that_is_missing_is_named() -> None:
    room = Room()
    room.wallets["ann"].allowance_e6 = 0
    room.wallets["ann"].approved = False
    head = "not enough balance / allowance: the allowance is not enough -> allowance: 0, order amount: "
    assert room.refused("ann", "BUY", "YES", 50, 10) == head + "5000000"
    assert room.refused("ann", "SELL", "YES", 50, 10) == head + "10000000"


@pytest.mark.parametrize(
    ("name", "order", "text"),
    [
        ("post-only that crosses", ("BUY", "YES", 52, 10, "GTC"), CROSSING),
        ("FOK without depth", ("BUY", "YES", 52, 30, "FOK"), FOK_KILLED),
        ("FOK beside the price", ("BUY", "YES", 51, 10, "FOK"), FOK_KILLED),
        ("FAK beside the price", ("BUY", "YES", 51, 10, "FAK"), FAK_KILLED),
        ("too small", ("BUY", "YES", 40, 4, "GTC"), "order 0x2 is invalid. Size (4) lower than the minimum: 5"),
        ("under a dollar", ("BUY", "YES", 52, 1, "FAK"), "invalid amount for a marketable BUY order ($0.52), min size: $1"),
        ("an expiry without GTD", ("BUY", "YES", 40, 10, "GTC"), EXPIRATION),
        ("GTD too soon", ("BUY", "YES", 40, 10, "GTD"), EXPIRATION),
    ],
)  # fmt: skip
def test_orders_are_refused_in_the_venues_words(
    name: str, order: tuple[str, str, float, float, str], text: str
) -> None:
    room = Room()
    room.post("bob", "SELL", "YES", 52, 20)
    soon = room.now_ms // 1_000 + (179 if order[4] == "GTD" else 3_600) if text == EXPIRATION else 0
    assert room.refused("ann", *order, post_only=text == CROSSING, expiration_s=soon) == text
    assert room.depth() == ([], [(52, 20)])


def test_a_fok_sale_of_a_few_shares_may_know_the_minimum() -> None:
    room = Room(switches={"market_min_size": "held"})
    room.post("bob", "BUY", "YES", 50, 20)
    assert (
        room.refused("ann", "SELL", "YES", 50, 4, "FOK") == "order 0x2 is invalid. Size (4) lower than the minimum: 5"
    )
    assert Room().refused("ann", "SELL", "YES", 50, 4, "FOK") == FOK_KILLED


def test_the_same_order_twice_is_a_duplicate() -> None:
    room = Room()
    room.post("ann", "BUY", "YES", 40, 10, order_id="0xa")
    assert room.refused("ann", "BUY", "YES", 40, 10, order_id="0xa") == "order 0xa is invalid. Duplicated."


def test_a_dated_order_leaves_a_minute_before_its_date() -> None:
    room = Room()
    placed = room.post("ann", "BUY", "YES", 40, 10, "GTD", expiration_s=room.now_ms // 1_000 + 180)
    room.pass_ms(119_999)
    assert room.order(placed).open
    room.pass_ms(1)
    assert room.order(placed).standing is Standing.CANCELED
    assert room.x.users[-1][2]["type"] == "CANCELLATION"


def test_a_delayed_order_matches_later_and_cannot_be_cancelled() -> None:
    room = Room(seconds_delay=3)
    room.post("bob", "SELL", "YES", 52, 20)
    placed = room.post("ann", "BUY", "YES", 52, 10)
    assert placed.status == "delayed" and room.depth() == ([], [(52, 20)])
    assert cancel(room.x, "ann", [placed.order_id], room.now_ms).not_canceled == {placed.order_id: DELAYED_ORDER}
    room.pass_ms(3_000)
    assert room.order(placed).standing is Standing.MATCHED
    assert room.depth() == ([], [(52, 10)])


def test_a_delayed_order_that_finds_nobody_rests() -> None:
    room = Room(seconds_delay=3)
    ask = room.post("bob", "SELL", "YES", 52, 20)
    placed = room.post("ann", "BUY", "YES", 52, 10)
    cancel(room.x, "bob", [ask.order_id], room.now_ms)
    room.pass_ms(3_000)
    assert room.order(placed).standing is Standing.LIVE and room.depth() == ([(52, 10)], [])


def test_cancels_say_what_left_and_what_did_not() -> None:
    room = Room()
    mine, other = room.post("ann", "BUY", "YES", 40, 10), room.post("bob", "BUY", "YES", 40, 10)
    done = cancel(room.x, "ann", [mine.order_id, mine.order_id, other.order_id, "0x?"], room.now_ms)
    assert done.canceled == [mine.order_id]
    assert done.not_canceled == {other.order_id: NOT_CANCELLED, "0x?": NOT_CANCELLED}
    assert cancel(room.x, "ann", [mine.order_id], room.now_ms).not_canceled == {mine.order_id: NOT_CANCELLED}


def test_a_token_can_be_cancelled_alone() -> None:
    room = Room()
    yes, no = room.post("ann", "BUY", "YES", 40, 10), room.post("ann", "BUY", "NO", 40, 10)
    assert cancel_where(room.x, "ann", "0xann", room.now_ms, asset="2").canceled == [no.order_id]
    assert cancel_where(room.x, "ann", "0xann", room.now_ms, market="0xc").canceled == [yes.order_id]


@pytest.mark.parametrize(
    ("fault", "path", "moved"),
    [
        ("", ["MATCHED", "MINED", "CONFIRMED"], True),
        ("retrying", ["MATCHED", "RETRYING", "MINED", "CONFIRMED"], True),
        ("ghost_fill", ["MATCHED", "FAILED"], False),
        ("stuck_settlement", ["MATCHED"], False),
        ("late_settlement", ["MATCHED", "MINED", "CONFIRMED"], True),
    ],
)
def test_a_settlement_goes_its_way(fault: str, path: list[str], moved: bool) -> None:
    room = Room(faults={fault: 1.0} if fault else {})
    room.post("bob", "SELL", "YES", 52, 10)
    room.post("ann", "BUY", "YES", 52, 10)
    room.settle()
    told = [frame["status"] for owner, _, frame in room.x.users if owner == "ann" and frame["event_type"] == "trade"]
    assert told == path
    assert room.holds("ann")[1] == (110 if moved else 100)
    claimed = room.wallets["ann"].claimed_cash_e6
    assert claimed == (5_200_000 if fault == "stuck_settlement" else 0)
    room.check_conserved()


def test_money_that_left_before_the_settlement_fails_it() -> None:
    room = Room(usd=10)
    room.post("bob", "SELL", "YES", 52, 10)
    placed = room.post("ann", "BUY", "YES", 52, 10)
    room.x.deposit(room.wallets["ann"], -9_000_000)
    room.settle()
    trade = room.x.trades[placed.trades[0]]
    assert (trade.status, trade.error) == (TradeStatus.FAILED, "insufficient balance at settlement")
    room.check_conserved()


def test_a_stale_balance_waits_to_be_asked() -> None:
    room = Room(faults={"stale_balance": 1.0}, sets=0)
    room.post("bob", "BUY", "NO", 48, 10)
    room.post("ann", "BUY", "YES", 52, 10)
    room.settle()
    assert room.holds("ann")[1] == 10
    assert room.refused("ann", "SELL", "YES", 52, 10) == short(0, 10_000_000)
    room.wallets["ann"].look()
    assert room.refused("ann", "SELL", "YES", 52, 10) == ""


def test_every_row_of_the_settlement_and_no_other() -> None:
    ends = {TradeStatus.CONFIRMED, TradeStatus.FAILED}
    for status in TradeStatus:
        for happening in Happening:
            if SETTLEMENT.allows(status, happening):
                assert status not in ends
            else:
                with pytest.raises(IllegalTransition):
                    SETTLEMENT.step(status, happening)
    reached = {TradeStatus.MATCHED, *SETTLEMENT.rows.values()}
    assert reached == set(TradeStatus)


@pytest.mark.parametrize(("outcome", "paid"), [("YES", 100), ("NO", 40), ("VOID", 70)])
def test_a_resolution_pays_what_it_says(outcome: str, paid: float) -> None:
    room = Room(usd=0, sets=100)
    positions.merge(room.x, room.wallets["bob"], room.market, 60_000_000)
    room.x.deposit(room.wallets["bob"], 0)
    resting = room.post("ann", "SELL", "YES", 99, 10)
    resolving.propose(room.x, room.market, outcome, room.now_ms)
    assert room.refused("ann", "SELL", "YES", 98, 10) == NOT_READY
    resolving.resolve(room.x, room.market, outcome, room.now_ms)
    assert room.order(resting).standing.value == "CANCELED_MARKET_RESOLVED"
    assert positions.redeem(room.x, room.wallets["ann"], room.market) == 100_000_000
    room.wallets["cat"].move(0, "2", -60_000_000)  # cat kept all of YES and 40 of NO; the rest went to bob
    room.wallets["bob"].move(0, "2", 60_000_000)
    assert positions.redeem(room.x, room.wallets["cat"], room.market) == paid * 1_000_000
    room.check_conserved()


def test_a_dispute_comes_before_another_proposal() -> None:
    room = Room()
    with pytest.raises(BadInput, match="only an open proposal"):
        resolving.dispute(room.x, room.market, room.now_ms)
    resolving.propose(room.x, room.market, "YES", room.now_ms)
    resolving.dispute(room.x, room.market, room.now_ms)
    resolving.propose(room.x, room.market, "NO", room.now_ms)
    resolving.resolve(room.x, room.market, "NO", room.now_ms)
    assert room.market.uma == ["proposed", "disputed", "proposed", "resolved"]
    with pytest.raises(BadInput, match="resolved already"):
        resolving.resolve(room.x, room.market, "YES", room.now_ms)


def test_an_event_of_one_winner_knows_no_void_and_converts() -> None:
    room = Room(usd=0, sets=100, neg_risk=True)
    with pytest.raises(BadInput, match="no 50-50"):
        resolving.resolve(room.x, room.market, "VOID", room.now_ms)
    others = [Market(f"0x{n}", n, f"{n}1", f"{n}2", "?", f"m{n}", "e", neg_risk=True) for n in (5, 6)]
    for other in others:
        room.x.list_market(other)
    ann = room.wallets["ann"]
    room.x.deposit(ann, 30_000_000)
    positions.split(room.x, ann, others[0], 30_000_000)
    positions.convert(room.x, ann, [room.market, others[0]], 30_000_000)
    assert (ann.cash_e6, ann.tokens("61"), ann.tokens("2"), ann.tokens("52")) == (30_000_000, 30_000_000, 70_000_000, 0)
    with pytest.raises(BadInput, match="fewer NO tokens"):
        positions.convert(room.x, ann, [others[0]], 1)


def test_a_new_grid_keeps_what_rests() -> None:
    room = Room()
    placed = room.post("ann", "BUY", "YES", 40, 10)
    resolving.change_tick(room.x, room.market, 10, room.now_ms)
    assert room.order(placed).open and room.market.tick_e4 == 10
    with pytest.raises(BadInput, match="the venue's ticks"):
        resolving.change_tick(room.x, room.market, 7, room.now_ms)


@pytest.mark.parametrize(("rule", "ticks"), [("feed", [100, 100]), ("edges", [10, 10]), ("edges_and_back", [10, 100])])
def test_prices_at_the_edge_may_refine_the_grid(rule: str, ticks: list[int]) -> None:
    room = Room(switches={"tick_rule": rule})
    seen = []
    for cents in (97, 50):
        room.post("bob", "SELL", "YES", cents, 10)
        room.post("ann", "BUY", "YES", cents, 10)
        seen.append(room.market.tick_e4)
    assert seen == ticks


def test_switches_and_faults_refuse_what_they_do_not_know() -> None:
    assert all(len(forms) >= 2 for forms in CHOICES.values())
    assert all(getattr(Switches(), name) == forms[0] for name, forms in CHOICES.items())
    for pair in (("nothing", "x"), ("price_side", "x")):
        with pytest.raises(ConfigError):
            flipped(Switches(), [pair])
    for name, rate in (("nothing", 0.5), ("ghost_fill", -1.0), ("ghost_fill", float("nan"))):
        with pytest.raises(ConfigError):
            Faults(1).set(name, rate)
