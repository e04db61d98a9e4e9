"""What each kind of disaster does to a book: the loss of every market, and the book that is left (methods §14).

A loss at mark is measured from marked equity. A loss at cost adds what cost and mark are apart: it is what the caps
count, profit already made in an unsettled market included. What is left is valued at the shock, so that a second one
loses nothing twice.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from astra_actors.kernel.units import PRICE_ONE_E4, SIZE_ONE_E6, YEAR_S, usd
from astra_actors.market.instrument import Side
from astra_actors.simulation.stress import scenarios as kinds
from astra_actors.simulation.stress.book import Book, Holding
from astra_actors.simulation.stress.losses import (
    CASH,
    NOTHING,
    Loss,
    after_gap,
    beyond_pairs,
    by_market,
    in_dollars,
    largest,
    left_of,
    moved_price,
    resolved_against,
    revalued,
    settled,
    sold,
    total_of,
    with_equity,
    worst_of,
)
from astra_actors.venues.impact import impact_points
from astra_actors.venues.paper_params import PaperParams

_HALF_E4: Final = PRICE_ONE_E4 / 2


@dataclass(frozen=True, slots=True)
class Struck:
    """What one scenario came to. `choices` are what it could have struck instead: a loss for each cluster."""

    losses: Mapping[str, Loss]
    after: Book
    detail: Mapping[str, Any] = field(default_factory=dict)
    choices: Mapping[str, Loss] = field(default_factory=dict)

    @property
    def total(self) -> Loss:
        """All losses less all gains."""
        return sum(self.losses.values(), NOTHING)


def strike(book: Book, scenario: kinds.Single) -> Struck:
    """Let one scenario happen to a book. Names in it are taken to be there: `load.check_names` has looked."""
    return _SHOCKS[scenario.kind](book, scenario)


def _resolve(book: Book, scenario: kinds.Resolve) -> Struck:
    clusters = book.clusters()
    losses = {market_id: resolved_against(book, market_id) for market_id in sorted(book.markets)}
    choices = {name: total_of(largest(losses, markets, scenario.markets_max)) for name, markets in clusters.items()}
    if scenario.markets:
        chosen, said = scenario.markets, {"markets": ", ".join(scenario.markets)}
    elif scenario.cluster == kinds.ALL:
        chosen, said = tuple(losses), {"cluster": kinds.ALL}
    else:
        name = worst_of(choices) if scenario.cluster == kinds.WORST else scenario.cluster
        chosen, said = clusters.get(name, ()), {"cluster": name}
    struck = largest(losses, chosen, scenario.markets_max)
    told = choices if scenario.cluster == kinds.WORST and not scenario.markets else {}
    return Struck(struck, settled(book, struck), {**said, "markets_struck": len(struck)}, told)


def _venue_outage(book: Book, scenario: kinds.VenueOutage) -> Struck:
    losses = {market_id: resolved_against(book, market_id, with_orders=True) for market_id in sorted(book.markets)}
    left = left_of(book, replace(book, holdings=(), orders=()), losses)
    return Struck(losses, left, {"orders_filled": len(book.orders)})


def _liquidity_drain(book: Book, scenario: kinds.Drain) -> Struck:
    params = PaperParams(impact_k=scenario.impact_k)

    def exit_e4(holding: Holding, shares_e6: int) -> float:
        bid_e4 = 0.0 if holding.bid_e4 is None else holding.bid_e4
        half_e4 = scenario.spread_times * max(0.0, holding.mid_e4 - bid_e4)
        impact = impact_points(
            size_shares=shares_e6 / SIZE_ONE_E6,
            liquidity_shares=scenario.liquidity_shares,
            spread_points=2.0 * half_e4 / PRICE_ONE_E4,
            params=params,
        )
        assert isinstance(impact, float), "a scenario says how much liquidity is left"
        return max(holding.mid_e4 - half_e4 - impact * PRICE_ONE_E4, 0.0)

    losses = {}
    for market_id, holdings in by_market(book):
        lost = 0.0
        for holding, shares_e6, pairs_e6 in beyond_pairs(holdings):
            lost += shares_e6 * (holding.mid_e4 - exit_e4(holding, shares_e6)) if shares_e6 else 0.0
            lost += pairs_e6 * (holding.mid_e4 - _HALF_E4)  # a pair is worth its dollar, whatever the book
        losses[market_id] = revalued(book, market_id, lost)
    return Struck(losses, left_of(book, replace(book, holdings=()), losses))


def _feed_outage(book: Book, scenario: kinds.FeedOutage) -> Struck:
    step = scenario.z * scenario.sigma_x_per_year * math.sqrt(scenario.seconds / YEAR_S)
    losses: dict[str, Loss] = {}
    bound_e10, holdings = 0, list(book.holdings)
    for order in book.orders:
        buys = order.side is Side.BUY
        there_e4 = moved_price(order.price_e4, -step if buys else step)
        lost = order.remaining_e6 * abs(order.price_e4 - there_e4)
        losses[order.market_id] = losses.get(order.market_id, NOTHING) + in_dollars(book, lost, lost)
        bound_e10 += order.remaining_e6 * (order.price_e4 if buys else PRICE_ONE_E4 - order.price_e4)
        if buys:
            worth_e10 = round(order.remaining_e6 * there_e4)
            holdings.append(
                Holding(
                    market_id=order.market_id,
                    token=order.token,
                    shares_e6=order.remaining_e6,
                    cost_e10=worth_e10,
                    mid_e4=there_e4,
                    bid_e4=there_e4,
                )
            )
        else:
            holdings = sold(holdings, order.market_id, order.token, order.remaining_e6)
    left = with_equity(book, replace(book, holdings=tuple(holdings), orders=()), losses)
    return Struck(losses, left, {"log_odds": step, "bound_usd": usd(round(book.unit * bound_e10))})


def _gap(book: Book, scenario: kinds.Gap) -> Struck:
    chosen = None if scenario.cluster == kinds.ALL else book.clusters().get(scenario.cluster, ())
    losses: dict[str, Loss] = {}
    moved: list[Holding] = []
    for market_id, holdings in by_market(book):
        if chosen is not None and market_id not in chosen:
            moved += holdings
            continue
        after = min(
            (after_gap(holdings, scenario.log_odds * sign) for sign in (-1.0, 1.0)),
            key=lambda rows: sum(row.shares_e6 * row.mid_e4 for row in rows),
        )
        lost = sum(was.shares_e6 * (was.mid_e4 - now.mid_e4) for was, now in zip(holdings, after, strict=True))
        losses[market_id] = revalued(book, market_id, lost)
        moved += [replace(row, cost_e10=row.mark_e10) for row in after]
    return Struck(losses, left_of(book, replace(book, holdings=tuple(moved)), losses))


def _fee_change(book: Book, scenario: kinds.FeeChange) -> Struck:
    losses = {}
    for market_id, holdings in by_market(book):
        fees = 0.0
        for holding, shares_e6, _ in beyond_pairs(holdings):
            p = (holding.bid_e4 or 0.0) / PRICE_ONE_E4
            per_share = (scenario.rate_to - scenario.rate_from) * (p * (1.0 - p)) ** scenario.exponent
            fees += shares_e6 * per_share * PRICE_ONE_E4 if 0.0 < p < 1.0 else 0.0
        losses[market_id] = in_dollars(book, fees, fees)
    return Struck(losses, with_equity(book, book, losses))


def _dispute(book: Book, scenario: kinds.Dispute) -> Struck:
    half = scenario.settles == "half"
    every = {
        market_id: _settled_half(book, market_id) if half else resolved_against(book, market_id)
        for market_id, _ in by_market(book)
    }
    if scenario.markets:
        struck = {market_id: every.get(market_id, NOTHING) for market_id in scenario.markets}
    else:
        struck = largest(every, tuple(every), scenario.count, by_mark=True)
    return Struck(struck, settled(book, struck), {"markets": list(struck), "settles": scenario.settles})


def _settled_half(book: Book, market_id: str) -> Loss:
    lost = sum(holding.shares_e6 * (holding.mid_e4 - _HALF_E4) for holding in book.held_in(market_id))
    return revalued(book, market_id, lost)


def _depeg(book: Book, scenario: kinds.Depeg) -> Struck:
    lost_e10 = round(scenario.loss * book.equity_e10)
    return Struck({CASH: Loss(lost_e10, lost_e10)}, replace(book, unit=book.unit * (1.0 - scenario.loss)))


_SHOCKS: Final[dict[str, Callable[[Book, Any], Struck]]] = {
    "resolve": _resolve,
    "liquidity_drain": _liquidity_drain,
    "feed_outage": _feed_outage,
    "venue_outage": _venue_outage,
    "gap": _gap,
    "fee_change": _fee_change,
    "dispute": _dispute,
    "collateral_depeg": _depeg,
}
