"""A trade is closed when the net inventory is flat again, whichever token made it so."""

from __future__ import annotations

import msgspec

from astra_actors.market.instrument import Outcome, Side, Token
from astra_actors.portfolio.trades import TradeBuilder

SHARE = 1_000_000
USD = 10**10


def test_a_trade_says_what_was_committed_and_what_came_back() -> None:
    builder = TradeBuilder("m", "making")
    assert builder.on_fill(Token.NO, Side.BUY, 4000, 10 * SHARE, 5, fee_e10=3, rebate_e10=1) is None
    assert builder.is_open
    assert builder.opened_ns == 5
    trade = builder.on_fill(Token.NO, Side.SELL, 4500, 10 * SHARE, 9, fee_e10=2)
    assert trade is not None
    assert (trade.direction, trade.exit_kind, trade.opened_ns, trade.closed_ns) == ("BUY_NO", "flat", 5, 9)
    assert (trade.size_e6, trade.cost_e10, trade.proceeds_e10) == (10 * SHARE, 4 * USD, 45 * USD // 10)
    assert (trade.fees_e10, trade.rebates_e10, trade.pnl_e10) == (5, 1, USD // 2 - 4)
    assert not builder.is_open


def test_one_fill_through_flat_closes_one_trade_and_opens_the_next_with_its_share_of_the_fee() -> None:
    builder = TradeBuilder("m", "making")
    builder.on_fill(Token.YES, Side.BUY, 5000, 1 * SHARE, 1)
    first = builder.on_fill(Token.NO, Side.BUY, 4000, 3 * SHARE, 2, fee_e10=10)
    assert first is not None
    assert first.fees_e10 == 3  # a third of 10, rounded down; 7 stay with the rest
    assert builder.net_e6 == -2 * SHARE
    second = builder.on_settle(Outcome.NO, 3)
    assert second is not None
    assert (second.direction, second.opened_ns, second.exit_kind, second.fees_e10) == ("BUY_NO", 2, "settled", 7)
    assert (second.cost_e10, second.proceeds_e10) == (8 * USD // 10, 2 * USD)
    assert first.trade_id != second.trade_id


def test_nothing_open_is_nothing_to_settle() -> None:
    assert TradeBuilder("m").on_settle(Outcome.YES, 1) is None


def test_the_same_history_gives_the_same_ids() -> None:
    def trade_id() -> str:
        builder = TradeBuilder("m", "s")
        builder.on_fill(Token.YES, Side.BUY, 5000, SHARE, 1)
        closed = builder.on_settle(Outcome.VOID, 2)
        assert closed is not None
        assert msgspec.json.decode(msgspec.json.encode(closed), type=type(closed)) == closed
        return closed.trade_id

    assert trade_id() == trade_id()
