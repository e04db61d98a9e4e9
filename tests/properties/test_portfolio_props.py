"""Money is conserved to the integer after every fill, and the trades of a market add up to its profit."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from astra_actors.market.instrument import Outcome, Side, Token
from astra_actors.portfolio.pnl import Method
from astra_actors.portfolio.position import MarketPosition
from astra_actors.portfolio.trades import TradeBuilder

METHODS: tuple[Method, ...] = ("fifo", "average")
FILLS = st.lists(
    st.tuples(
        st.sampled_from(Token),
        st.sampled_from(Side),
        st.integers(1, 9_999),
        st.integers(1, 300_000_000),
        st.integers(0, 10**9),
        st.integers(0, 10**8),
    ),
    max_size=30,
)


def _possible(fills: list[tuple[Token, Side, int, int, int, int]]) -> list[tuple[Token, Side, int, int, int, int]]:
    """The same fills, where a sale of more than is held becomes a purchase of the other token."""
    held = {Token.YES: 0, Token.NO: 0}
    kept = []
    for token, side, price_e4, size_e6, fee, rebate in fills:
        if side is Side.SELL and held[token] < size_e6:
            token, side, price_e4 = token.other, Side.BUY, 10_000 - price_e4
        held[token] += size_e6 if side is Side.BUY else -size_e6
        kept.append((token, side, price_e4, size_e6, fee, rebate))
    return kept


@given(FILLS, st.integers(0, 20_000), st.sampled_from(Outcome))
def test_money_is_conserved_and_trades_add_up(fills: list[Any], twice_mid: int, outcome: Outcome) -> None:
    position, builder = MarketPosition(), TradeBuilder("m", "s")
    profit = 0
    for number, fill in enumerate(_possible(fills)):
        token, side, price_e4, size_e6, fee, rebate = fill
        position.apply_fill(*fill)
        trade = builder.on_fill(token, side, price_e4, size_e6, number, fee, rebate)
        if trade is not None:
            profit += trade.pnl_e10
            assert trade.cost_e10 > 0
            assert trade.pnl_e10 == trade.proceeds_e10 - trade.cost_e10 - trade.fees_e10 + trade.rebates_e10
        assert builder.net_e6 == position.net_e6
        for method in METHODS:
            made = position.realised_e10(method) + position.unrealised_e10(twice_mid / 2, method)
            assert made == position.cash_e10 + position.mark_e10(twice_mid / 2)
            assert position.basis_e10(method) >= 0
        assert position.mark_bid_e10(twice_mid // 2, (20_000 - twice_mid) // 2) <= position.mark_e10(twice_mid / 2)
    assert position.worst_loss_e10 == max(0, -min(position.profit_e10(o) for o in Outcome))
    last = builder.on_settle(outcome, 99)
    profit += last.pnl_e10 if last is not None else 0
    position.settle(outcome)
    assert profit == position.cash_e10 == position.realised_e10("fifo") == position.realised_e10("average")
