"""Promise: what is matched is not spendable until it settled, and every sum is exact."""

from __future__ import annotations

from fractions import Fraction

import pytest
from clob_values import fill
from hypothesis import given
from hypothesis import strategies as st

from astra_actors.kernel.errors import BadInput
from astra_actors.market.instrument import Side
from astra_actors.venues.clob.inventory import CASH, Holding, Inventory
from astra_actors.venues.clob.user_rows import Settling

M, R, N, C, F = Settling.MATCHED, Settling.RETRYING, Settling.MINED, Settling.CONFIRMED, Settling.FAILED
USD = 10**10


def rich() -> Inventory:
    """A hundred dollars and twenty shares of token 1."""
    inventory = Inventory()
    inventory.adjust(CASH, 100 * USD)
    inventory.adjust("1", 20_000_000)
    return inventory


@pytest.mark.parametrize(
    ("case", "side", "path", "shares", "spendable", "dollars", "spendable_dollars"),
    [  # ten shares at half a dollar; shares and dollars as owned
        ("bought, matched", Side.BUY, (M,), 30, 20, 95, 95),
        ("bought, retrying", Side.BUY, (M, R), 30, 20, 95, 95),
        ("bought, mined", Side.BUY, (M, N), 30, 30, 95, 95),
        ("bought, confirmed", Side.BUY, (M, N, C), 30, 30, 95, 95),
        ("bought, failed", Side.BUY, (M, F), 20, 20, 100, 100),
        ("bought, mined and undone", Side.BUY, (M, N, F), 20, 20, 100, 100),
        ("bought, failed and restored by a list", Side.BUY, (M, F, C), 30, 30, 95, 95),
        ("sold, matched", Side.SELL, (M,), 10, 10, 105, 100),
        ("sold, mined", Side.SELL, (M, N), 10, 10, 105, 105),
        ("sold, failed", Side.SELL, (M, R, F), 20, 20, 100, 100),
    ],
)
def test_a_fill_on_its_way_through_settlement(
    case: str, side: Side, path: tuple[Settling, ...], shares: int, spendable: int, dollars: int, spendable_dollars: int
) -> None:
    inventory = rich()
    inventory.on_fill(fill(side=side), path[0])
    for settling in path[1:]:
        inventory.on_settling("t1", settling)
    token, cash = inventory.holding("1"), inventory.holding()
    assert (token.owned, token.spendable) == (shares * 1_000_000, spendable * 1_000_000)
    assert (cash.owned, cash.spendable) == (dollars * USD, spendable_dollars * USD)


def test_a_fee_is_paid_on_top_of_a_buy_and_out_of_a_sale() -> None:
    inventory = rich()
    inventory.on_fill(fill(), C, fee_e10=USD // 100)
    inventory.on_fill(fill(fill_id="f2", trade_id="t2", side=Side.SELL), C, fee_e10=USD // 100)
    assert inventory.holding().owned == 100 * USD - 2 * USD // 100


def test_what_open_orders_offer_is_not_sold_twice() -> None:
    inventory = rich()
    inventory.on_fill(fill(side=Side.SELL), M)
    assert inventory.sellable_e6("1", resting_e6=4_000_000) == 6_000_000
    assert inventory.sellable_e6("1", resting_e6=40_000_000) == 0
    assert inventory.sellable_e6("none") == 0


def test_a_fill_is_booked_once() -> None:
    inventory = rich()
    inventory.on_fill(fill(), M)
    with pytest.raises(BadInput, match="once"):
        inventory.on_fill(fill(), C)


def test_two_fills_of_one_trade_settle_together() -> None:
    inventory = rich()
    inventory.on_fill(fill(), M)
    inventory.on_fill(fill(fill_id="f2", price_e4=4_900), N)  # its status came with the second
    assert inventory.holding("1") == Holding(settled=40_000_000)
    inventory.on_settling("t1", F)
    assert inventory.holding("1") == Holding(settled=20_000_000)


def test_a_settlement_of_a_strangers_trade_changes_nothing() -> None:
    inventory = rich()
    inventory.on_settling("t9", F)
    assert inventory.token_ids == ["1"]
    assert inventory.holding("1") == Holding(settled=20_000_000)


@pytest.mark.parametrize(("balance", "may"), [(9, False), (10, True), (15, True), (27, True), (28, False)])
def test_a_balance_lies_between_nothing_settled_and_everything(balance: int, may: bool) -> None:
    assert Holding(settled=20, incoming=7, outgoing=10).may_read(balance) is may


def test_trades_that_are_over_are_remembered_in_bounds() -> None:
    inventory = Inventory(kept=2)
    for number in range(5):
        inventory.on_fill(fill(fill_id=f"f{number}", trade_id=f"t{number}"), C)
    assert len(inventory._trades) == 2
    assert inventory.holding("1").settled == 50_000_000


STEPS = st.lists(st.tuples(st.integers(0, 3), st.sampled_from(Settling)), max_size=30)
SIZES = st.tuples(st.sampled_from(Side), st.integers(1, 9_999), st.integers(1, 10**9))


@given(st.lists(SIZES, min_size=4, max_size=4), STEPS)
def test_holdings_are_the_sum_of_their_fills_in_every_stage(
    terms: list[tuple[Side, int, int]], steps: list[tuple[int, Settling]]
) -> None:
    """Against a model in fractions that adds everything up anew."""
    inventory, now = rich(), {}
    for number, settling in steps:
        side, price_e4, size_e6 = terms[number]
        if number in now:
            inventory.on_settling(f"t{number}", settling)
        else:
            each = fill(fill_id=f"f{number}", trade_id=f"t{number}", side=side, price_e4=price_e4, size_e6=size_e6)
            inventory.on_fill(each, settling)
        now[number] = settling
    shares, dollars = Fraction(20), Fraction(100)
    for number, settling in now.items():
        side, price_e4, size_e6 = terms[number]
        if settling is not F:
            sign = 1 if side is Side.BUY else -1
            shares += sign * Fraction(size_e6, 10**6)
            dollars -= sign * Fraction(size_e6, 10**6) * Fraction(price_e4, 10**4)
    assert Fraction(inventory.holding("1").owned, 10**6) == shares
    assert Fraction(inventory.holding().owned, USD) == dollars
    assert inventory.holding("1").incoming == sum(
        terms[n][2] for n, s in now.items() if terms[n][0] is Side.BUY and s in (M, R)
    )
