"""The ledger against the venue: what has to be cancelled, adopted, proven, booked or reported so that both agree.

The ledger's view is taken after the venue's answers are in. An intent is durable before its order leaves, so an order
that is listed and that the ledger does not know cannot be one that is just being sent: it is an orphan.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, unique
from typing import Final

from astra_actors.execution.order import OrderState
from astra_actors.market.instrument import Side
from astra_actors.venues.clob.fills import Fill, Us, fills_of
from astra_actors.venues.clob.inventory import CASH, Holding
from astra_actors.venues.clob.questions import AskOpenOrders, AskTrades, Question
from astra_actors.venues.clob.sightings import Order as Relation
from astra_actors.venues.clob.sightings import relation
from astra_actors.venues.clob.user_rows import OrderSeen, Settling, TradeSeen

TIMES_APART_S: Final = (
    10  # between the venue's clock and ours: a fill so near to the beginning of a list proves nothing
)
_E10_PER_E6: Final = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class OurOrder:
    """An order as the ledger has it."""

    order_id: str
    venue_id: str
    condition_id: str
    token_id: str
    side: Side
    price_e4: int
    size_e6: int
    filled_e6: int
    state: OrderState
    sent_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Ours:
    """The ledger's view: every order it remembers, by venue id, and every fill, by its id."""

    orders: Mapping[str, OurOrder]
    fills: Mapping[str, tuple[Fill, Settling]]
    holdings: Mapping[str, Holding]  # as `Inventory` counts them; dollars under ""
    markets: frozenset[str]  # those that somebody owns; elsewhere nothing of ours may rest


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketSeen:
    """One market's answers. `open_whole`: its open orders came on one page; `trades_whole`: to the last page."""

    condition_id: str
    asked_ms: int
    open_orders: Sequence[OrderSeen]
    trades: Sequence[TradeSeen]
    since_s: int
    open_whole: bool = True
    trades_whole: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Theirs:
    """The venue's view; balances in base units as the order checker has them, dollars under ""."""

    markets: Sequence[MarketSeen]
    balances_e6: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CancelOrphan:
    """It rests, and nobody here stands behind it."""

    venue_id: str
    condition_id: str
    why: str


@dataclass(frozen=True, slots=True)
class AdoptOrder:
    """It rests, and we were not sure of it."""

    order_id: str
    venue_id: str


@dataclass(frozen=True, slots=True)
class ProveOrder:
    """We take it for open, and it is not listed: evidence for `proof`, asked at this time."""

    order_id: str
    venue_id: str
    asked_ms: int


@dataclass(frozen=True, slots=True)
class AdoptFill:
    """The venue has it and the ledger does not; `order_id` is empty when the order is unknown as well."""

    fill: Fill
    order_id: str
    settling: Settling


@dataclass(frozen=True, slots=True)
class MoveSettling:
    """The settlement stands elsewhere than the ledger has it."""

    trade_id: str
    settling: Settling


@unique
class Gap(Enum):
    """What does not agree; a person reads it."""

    TERMS = "an order rests with other terms than we signed"
    MATCHED = "an order matched more or less than its trades explain"
    FOREIGN_FILL = "a fill of an order that we never wrote down"
    LOST_FILL = "a fill of ours that the venue does not list"
    BALANCE = "a balance that no outcome of the open settlements explains"


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that cannot be mended from here: reported as a fact, with both numbers."""

    gap: Gap
    subject: str
    ours: str
    theirs: str


@dataclass(frozen=True, slots=True)
class AskAgain:
    """The answer had holes, so nothing is concluded from what it lacks."""

    question: Question


Action = CancelOrphan | AdoptOrder | ProveOrder | AdoptFill | MoveSettling | Difference | AskAgain
_PASSES: Final = (CancelOrphan, AdoptOrder, AdoptFill, MoveSettling, ProveOrder, AskAgain, Difference)


def reconcile(ours: Ours, theirs: Theirs, us: Us) -> list[Action]:
    """Everything to do, cancels first and reports last. The same views give the same actions; agreement gives none."""
    actions: list[Action] = []
    for market in theirs.markets:
        adopted = list(_fills(ours, market, us))
        actions += adopted
        actions += _listed(ours, market, [each for each in adopted if isinstance(each, AdoptFill)])
        actions += _missing(ours, market, us)
    actions += _balances(ours, theirs)
    return sorted(actions, key=lambda action: _PASSES.index(type(action)))


def persisting(before: Sequence[Action], after: Sequence[Action]) -> list[Difference]:
    """Differences of both runs: money that is on its way explains itself within one interval."""
    known = [(each.gap, each.subject) for each in before if isinstance(each, Difference)]
    return [each for each in after if isinstance(each, Difference) and (each.gap, each.subject) in known]


def _listed(ours: Ours, market: MarketSeen, adopted: Sequence[AdoptFill]) -> Iterator[Action]:
    """What rests at the venue."""
    for seen in market.open_orders:
        order = ours.orders.get(seen.venue_id)
        why = _orphan(ours, seen, order)
        if order is None or why:
            yield CancelOrphan(seen.venue_id, seen.condition_id, why)
            continue
        if order.state in (OrderState.SENT, OrderState.UNKNOWN):
            yield AdoptOrder(order.order_id, order.venue_id)
        told = (seen.token_id, seen.side, seen.price_e4, seen.size_e6)
        signed = (order.token_id, order.side, order.price_e4, order.size_e6)
        if told != signed:
            yield Difference(Gap.TERMS, order.venue_id, _text(signed), _text(told))
        filled_e6 = order.filled_e6 + sum(each.fill.size_e6 for each in adopted if each.fill.venue_id == order.venue_id)
        if market.trades_whole and seen.matched_e6 is not None and seen.matched_e6 != filled_e6:
            yield Difference(Gap.MATCHED, order.venue_id, str(filled_e6), str(seen.matched_e6))


def _orphan(ours: Ours, seen: OrderSeen, order: OurOrder | None) -> str:
    """Why an order that rests has nobody behind it; empty when it has."""
    if order is None:
        return "the ledger does not know it"
    if not order.state.is_open:
        return f"the ledger has it as {order.state.value}"
    return "" if seen.condition_id in ours.markets else "nobody owns its market"


def _missing(ours: Ours, market: MarketSeen, us: Us) -> Iterator[Action]:
    """What the ledger has, and the venue does not list."""
    if market.open_whole:
        listed = {seen.venue_id for seen in market.open_orders}
        for order in ours.orders.values():
            here = order.condition_id == market.condition_id and order.state.is_open
            if here and order.venue_id not in listed and order.sent_ms < market.asked_ms:
                yield ProveOrder(order.order_id, order.venue_id, market.asked_ms)
    else:
        yield AskAgain(AskOpenOrders(market.condition_id))
    if not market.trades_whole:
        yield AskAgain(AskTrades(market.condition_id, market.since_s))
        return
    theirs = {fill.fill_id for trade in market.trades for fill in fills_of(trade, us)}
    for fill, settling in ours.fills.values():
        within = market.since_s + TIMES_APART_S <= fill.matched_s <= market.asked_ms // 1_000 - TIMES_APART_S
        here = fill.condition_id == market.condition_id and settling is not Settling.FAILED
        if here and within and fill.fill_id not in theirs:
            yield Difference(Gap.LOST_FILL, fill.fill_id, str(fill.size_e6), "0")


def _fills(ours: Ours, market: MarketSeen, us: Us) -> Iterator[Action]:
    """What the venue says traded. A list is the venue's last word, so it may also contradict what was final."""
    for trade in market.trades:
        moved = False
        for fill in fills_of(trade, us):
            known = ours.fills.get(fill.fill_id)
            if known is not None:
                moved |= relation(known[1], trade.settling) is not Relation.OLD
            elif trade.settling is not Settling.FAILED:
                order = ours.orders.get(fill.venue_id)
                yield AdoptFill(fill, order.order_id if order else "", trade.settling)
                if order is None:
                    yield Difference(Gap.FOREIGN_FILL, fill.venue_id, "0", str(fill.size_e6))
        if moved:
            yield MoveSettling(trade.trade_id, trade.settling)


def _balances(ours: Ours, theirs: Theirs) -> Iterator[Action]:
    """Balances that were asked, against what we hold with every open settlement done or not."""
    for key, balance_e6 in theirs.balances_e6.items():
        holding = ours.holdings.get(key, Holding())
        balance = balance_e6 * _E10_PER_E6 if key == CASH else balance_e6
        if not holding.may_read(balance):
            low, high = holding.settled - holding.outgoing, holding.settled + holding.incoming
            yield Difference(Gap.BALANCE, key or "dollars", f"{low}..{high}", str(balance))


def _text(terms: tuple[str, Side, int | None, int | None]) -> str:
    token_id, side, price_e4, size_e6 = terms
    return f"{side.value} {size_e6} of {token_id} at {price_e4}"
