"""The worst case: the most that positions and open orders can make us lose, whatever resolves and whatever fills.

V(o) = P&L of the positions at outcome o + Σ over open orders of min(0, their P&L at o), and the loss is max(0, −min V):
the worst outcome with the worst subset of orders filled (methods §12.1). Read on cash flow, so that it never grows when
an order fills: what rested was already counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from astra_actors.kernel.units import PRICE_ONE_E4
from astra_actors.market.instrument import Outcome, Side, Token

OrderRow = tuple[Token, Side, int, int]  # token, side, price_e4 of that token, remaining_e6

_HALF_E4 = PRICE_ONE_E4 // 2
_PAYS_E4 = {
    (Token.YES, Outcome.YES): PRICE_ONE_E4,
    (Token.YES, Outcome.NO): 0,
    (Token.YES, Outcome.VOID): _HALF_E4,
    (Token.NO, Outcome.YES): 0,
    (Token.NO, Outcome.NO): PRICE_ONE_E4,
    (Token.NO, Outcome.VOID): _HALF_E4,
}


def worst_case_e10(
    yes_e6: int, no_e6: int, cash_e10: int, orders: Iterable[OrderRow] = (), void_possible: bool = True
) -> int:
    """The most this market can lose from here, as a positive amount; 0 where every outcome wins."""
    values = outcome_values_e10(yes_e6, no_e6, cash_e10, orders)
    worst_e10 = min(values[Outcome.YES], values[Outcome.NO])
    if void_possible:  # never the worst: it pays the middle, and min(0, ·) bends the right way. Kept to the formula
        worst_e10 = min(worst_e10, values[Outcome.VOID])
    return max(0, -worst_e10)


def outcome_values_e10(yes_e6: int, no_e6: int, cash_e10: int, orders: Iterable[OrderRow] = ()) -> dict[Outcome, int]:
    """V by outcome, for the sum itself and for whoever must explain it."""
    values = {
        Outcome.YES: cash_e10 + yes_e6 * PRICE_ONE_E4,
        Outcome.NO: cash_e10 + no_e6 * PRICE_ONE_E4,
        Outcome.VOID: cash_e10 + (yes_e6 + no_e6) * _HALF_E4,
    }
    for token, side, price_e4, remaining_e6 in orders:
        sign = 1 if side is Side.BUY else -1
        for outcome in values:
            values[outcome] += min(0, sign * remaining_e6 * (_PAYS_E4[token, outcome] - price_e4))
    return values


def order_losses_e10(token: Token, side: Side, price_e4: int, remaining_e6: int) -> tuple[int, int]:
    """What one order can lose if YES resolves, and if NO does: a bid loses its price, an ask what it forgoes."""
    own_e4 = price_e4 if side is Side.BUY else PRICE_ONE_E4 - price_e4
    loss_e10 = own_e4 * remaining_e6
    return (0, loss_e10) if (token is Token.YES) == (side is Side.BUY) else (loss_e10, 0)


def event_worst_case_e10(legs: Mapping[str, tuple[int, int, int]], winners: Sequence[str], *, complete: bool) -> int:
    """The most an event with one winner can lose; `legs` are (yes_e6, no_e6, cash_e10) by candidate (methods §12.2).

    A list of candidates that may be incomplete has one winner more, nobody on it.
    """
    cash_e10 = sum(cash for _, _, cash in legs.values())
    no_e10 = {name: no * PRICE_ONE_E4 for name, (_, no, _) in legs.items()}
    yes_e10 = {name: yes * PRICE_ONE_E4 for name, (yes, _, _) in legs.items()}
    all_no_e10 = sum(no_e10.values())
    values = [cash_e10 + all_no_e10 - no_e10.get(name, 0) + yes_e10.get(name, 0) for name in winners]
    if not complete:
        values.append(cash_e10 + all_no_e10)
    return max(0, -min(values))
