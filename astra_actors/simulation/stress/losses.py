"""What a market loses, at mark and at cost, and the book that a loss leaves behind."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from astra_actors.kernel.units import PRICE_ONE_E4
from astra_actors.market.instrument import Outcome, Token
from astra_actors.risk.exposure import outcome_values_e10
from astra_actors.simulation.stress.book import Book, Holding
from astra_actors.strategies.quoting import expit, logit


@dataclass(frozen=True, slots=True)
class Loss:
    """Positive is lost, in 10⁻¹⁰ dollar."""

    mark_e10: int
    cost_e10: int

    def __add__(self, other: Loss) -> Loss:
        return Loss(self.mark_e10 + other.mark_e10, self.cost_e10 + other.cost_e10)


NOTHING: Final = Loss(0, 0)
_EDGE: Final = 1e-12  # a market that far gone is over
CASH: Final = "(collateral)"  # what is lost of cash belongs to no market


def resolved_against(book: Book, market_id: str, *, with_orders: bool = False) -> Loss:
    """What a market loses at its worst outcome, YES or NO, with the worst of its orders filled if they count (§12.1)."""
    orders = [order.row for order in book.resting_in(market_id)] if with_orders else []
    yes_e6, no_e6, mark_e10, cost_e10 = sums(book, market_id)
    at_mark = _worst(outcome_values_e10(yes_e6, no_e6, -mark_e10, orders))
    realised_e10 = book.markets[market_id].realised_e10
    at_cost = _worst(outcome_values_e10(yes_e6, no_e6, realised_e10 - cost_e10, orders))
    return in_dollars(book, at_mark, at_cost)


def _worst(values: Mapping[Outcome, int]) -> int:
    return max(0, -min(values[Outcome.YES], values[Outcome.NO]))


def settled(book: Book, struck: Mapping[str, Loss]) -> Book:
    """The book without these markets: nothing is held in them, and nothing rests there."""
    return left_of(
        book,
        replace(
            book,
            holdings=tuple(row for row in book.holdings if row.market_id not in struck),
            orders=tuple(order for order in book.orders if order.market_id not in struck),
        ),
        struck,
    )


def left_of(book: Book, after: Book, losses: Mapping[str, Loss]) -> Book:
    """What is left, with the profit of the markets that were struck no longer apart from their cost."""
    markets = {
        name: replace(market, realised_e10=0) if name in losses and market.realised_e10 else market
        for name, market in after.markets.items()
    }
    return with_equity(book, replace(after, markets=markets), losses)


def with_equity(book: Book, after: Book, losses: Mapping[str, Loss]) -> Book:
    """Cash such that equity has fallen by the losses and by nothing else."""
    lost_e10 = sum(loss.mark_e10 for loss in losses.values())
    worth_e10 = book.equity_e10 - lost_e10
    in_collateral_e10 = round(worth_e10 / book.unit) if book.unit not in (0.0, 1.0) else worth_e10
    return replace(after, cash_e10=in_collateral_e10 - after.mark_e10)


def revalued(book: Book, market_id: str, lost: float) -> Loss:
    """A loss at mark of everything held in a market, and what that is at cost."""
    _, _, mark_e10, cost_e10 = sums(book, market_id)
    apart_e10 = cost_e10 - book.markets[market_id].realised_e10 - mark_e10
    return in_dollars(book, lost, lost + apart_e10)


def in_dollars(book: Book, at_mark: float, at_cost: float) -> Loss:
    """A loss in collateral, at what a dollar of that is worth."""
    if book.unit == 1.0:
        return Loss(round(at_mark), round(at_cost))
    return Loss(round(book.unit * at_mark), round(book.unit * at_cost))


def sums(book: Book, market_id: str) -> tuple[int, int, int, int]:
    """YES shares, NO shares, worth at mid, cost."""
    yes_e6 = no_e6 = mark_e10 = cost_e10 = 0
    for holding in book.held_in(market_id):
        if holding.token is Token.YES:
            yes_e6 += holding.shares_e6
        else:
            no_e6 += holding.shares_e6
        mark_e10 += holding.mark_e10
        cost_e10 += holding.cost_e10
    return yes_e6, no_e6, mark_e10, cost_e10


def by_market(book: Book) -> list[tuple[str, tuple[Holding, ...]]]:
    """The markets in which something is held, by name."""
    return [(name, rows) for name in sorted(book.markets) if (rows := book.held_in(name))]


def beyond_pairs(holdings: Iterable[Holding]) -> list[tuple[Holding, int, int]]:
    """Each holding with the shares that have to be sold and those that merge with the other token to a dollar."""
    rows = list(holdings)
    held = {token: sum(row.shares_e6 for row in rows if row.token is token) for token in Token}
    pairs = dict.fromkeys(Token, min(held.values()))
    split = []
    for row in rows:
        paired_e6 = min(row.shares_e6, pairs[row.token])
        pairs[row.token] -= paired_e6
        split.append((row, row.shares_e6 - paired_e6, paired_e6))
    return split


def after_gap(holdings: Iterable[Holding], step: float) -> list[Holding]:
    """The market's YES moved by `step` in log-odds, its NO by as much the other way; a bid keeps its distance."""
    moved: list[Holding] = []
    for row in holdings:
        mid_e4 = moved_price(row.mid_e4, step if row.token is Token.YES else -step)
        bid_e4 = None if row.bid_e4 is None else max(0.0, mid_e4 - (row.mid_e4 - row.bid_e4))
        moved.append(replace(row, mid_e4=mid_e4, bid_e4=bid_e4))
    return moved


def moved_price(price_e4: float, step: float) -> float:
    """A price moved by `step` in log-odds; never quite 0 or a dollar, where there are none."""
    p = expit(logit(price_e4 / PRICE_ONE_E4) + step)
    return min(max(p, _EDGE), 1.0 - _EDGE) * PRICE_ONE_E4


def sold(holdings: Iterable[Holding], market_id: str, token: Token, shares_e6: int) -> list[Holding]:
    """The holdings after a sale; cost leaves in proportion."""
    left = []
    for row in holdings:
        if row.market_id == market_id and row.token is token and shares_e6 > 0:
            sold_e6 = min(shares_e6, row.shares_e6)
            shares_e6 -= sold_e6
            if sold_e6 == row.shares_e6:
                continue
            kept_e6 = row.shares_e6 - sold_e6
            row = replace(row, shares_e6=kept_e6, cost_e10=row.cost_e10 * kept_e6 // row.shares_e6)
        left.append(row)
    return left


def largest(
    losses: Mapping[str, Loss], chosen: Iterable[str], count: int | None, *, by_mark: bool = False
) -> dict[str, Loss]:
    """The chosen markets that lose anything, the largest losses first, at cost or at mark; at most `count` of them."""
    rows = [(name, losses.get(name, NOTHING)) for name in chosen]
    ranked = sorted((row for row in rows if row[1] != NOTHING), key=lambda row: (*_rank(row[1], by_mark), row[0]))
    return dict(ranked[:count])


def worst_of(choices: Mapping[str, Loss]) -> str:
    """The name of the largest loss at cost; of equal ones the first name. Empty where there is none."""
    return min(choices, key=lambda name: (*_rank(choices[name]), name), default="")


def _rank(loss: Loss, by_mark: bool = False) -> tuple[int, int]:
    return (-loss.mark_e10, -loss.cost_e10) if by_mark else (-loss.cost_e10, -loss.mark_e10)


def total_of(losses: Mapping[str, Loss]) -> Loss:
    """Losses less gains."""
    return sum(losses.values(), NOTHING)
