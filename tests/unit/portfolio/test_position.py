"""Oracles O1.4 and O1.5, and what a position refuses."""

from __future__ import annotations

import pytest

from astra_actors.market.instrument import Outcome, Side, Token
from astra_actors.portfolio.position import MarketPosition

SHARE = 1_000_000
USD = 10**10


def _o14() -> MarketPosition:
    position = MarketPosition()
    position.apply_fill(Token.YES, Side.BUY, 4000, 100 * SHARE)
    position.apply_fill(Token.YES, Side.BUY, 4600, 50 * SHARE)
    position.apply_fill(Token.YES, Side.SELL, 5500, 120 * SHARE, fee_e10=USD * 35 // 100)
    return position


def test_o1_4_realised_and_unrealised() -> None:
    position = _o14()
    assert position.realised_e10("fifo") == 1645 * USD // 100
    assert position.unrealised_e10(5200, "fifo") == 180 * USD // 100
    assert position.realised_e10("average") == 1525 * USD // 100
    assert position.unrealised_e10(5200, "average") == 3 * USD
    assert position.realised_e10() + position.unrealised_e10(5200) == 1825 * USD // 100


@pytest.mark.parametrize(
    ("outcome", "cents"), [(Outcome.YES, 3265), (Outcome.NO, 265), (Outcome.VOID, 1765)], ids=["YES", "NO", "void"]
)
def test_o1_4_after_settlement(outcome: Outcome, cents: int) -> None:
    position = _o14()
    position.settle(outcome)
    assert position.realised_e10("fifo") == position.realised_e10("average") == cents * USD // 100


def test_o1_5_netting() -> None:
    position = MarketPosition()
    position.apply_fill(Token.YES, Side.BUY, 4400, 120 * SHARE)
    position.apply_fill(Token.NO, Side.BUY, 5300, 80 * SHARE)
    assert position.basis_e10() == 952 * USD // 10
    assert position.pairs_e6 == 80 * SHARE
    assert [position.profit_e10(o) for o in Outcome] == [248 * USD // 10, -152 * USD // 10, 48 * USD // 10]
    assert position.worst_loss_e10 == 152 * USD // 10
    assert position.locked_e10() == 24 * USD // 10
    assert position.net_e6 == 40 * SHARE


def test_marked_at_the_bid_pairs_are_worth_their_dollar() -> None:
    position = MarketPosition()
    position.apply_fill(Token.YES, Side.BUY, 4400, 120 * SHARE)
    position.apply_fill(Token.NO, Side.BUY, 5300, 80 * SHARE)
    assert position.mark_bid_e10(4500, 5200) == 80 * USD + 18 * USD  # 80 pairs, 40 YES at 45 c
    assert position.mark_bid_e10(None, None) == 80 * USD


def test_a_mid_between_two_ticks_is_exact() -> None:
    position = MarketPosition()
    position.apply_fill(Token.YES, Side.BUY, 4000, 2)
    assert position.mark_e10(4500.5) == 9001


@pytest.mark.parametrize(
    ("token", "side", "price_e4", "size_e6"),
    [
        pytest.param(Token.YES, Side.SELL, 5000, 1, id="more sold than held"),
        pytest.param(Token.YES, Side.BUY, 0, 1, id="a price of nothing"),
        pytest.param(Token.YES, Side.BUY, 10_000, 1, id="a price of a dollar"),
        pytest.param(Token.YES, Side.BUY, 5000, 0, id="no size"),
    ],
)
def test_a_fill_that_cannot_be_is_a_bug(token: Token, side: Side, price_e4: int, size_e6: int) -> None:
    with pytest.raises(AssertionError):
        MarketPosition().apply_fill(token, side, price_e4, size_e6)


def test_a_market_settles_once_and_fills_no_more() -> None:
    position = MarketPosition()
    position.settle(Outcome.NO)
    with pytest.raises(AssertionError):
        position.settle(Outcome.YES)
    with pytest.raises(AssertionError):
        position.apply_fill(Token.YES, Side.BUY, 5000, SHARE)
