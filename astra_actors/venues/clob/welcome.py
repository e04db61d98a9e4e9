"""What an owner is told when it joins: all that is known of its market and that its ledger may lack."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

from astra_actors.kernel.units import NS_PER_MS
from astra_actors.market.instrument import Side
from astra_actors.venues.clob.account_shared import Shared
from astra_actors.venues.clob.ending import end_news
from astra_actors.venues.clob.filling import Booked, Filling
from astra_actors.venues.clob.inventory import Stage as Settlement
from astra_actors.venues.clob.tracked import Stage, Tracked
from astra_actors.venues.clob.words import NEVER_LEFT, Adopted, Claimed, Joined, News, void_id
from astra_actors.venues.port import Accepted, Rejected

UNHEARD = NEVER_LEFT + "no intent stands on record: the word was lost with an earlier holder of the account"


def welcome(shared: Shared, filling: Filling, known: Collection[str], market_id: str, now_ms: int) -> None:
    """Tell the market's owner everything; `known` are the fills and reversals that its ledger has."""
    owner = shared.telling.owners[market_id]
    owner.welcomed = True

    def tell(news: News) -> None:
        shared.telling.to_market(market_id, news)

    by_order: dict[str, list[Booked]] = {}
    for booked in filling.of_market(market_id):
        if booked.durable and booked.row.order_id:  # the others follow when they are written
            by_order.setdefault(booked.row.venue_id, []).append(booked)
    for one in shared.register.of_market(market_id):
        fills = by_order.pop(one.venue_id, [])
        if not one.foreign:
            _order(one, fills, known, tell, now_ms)
    for fills in by_order.values():
        _fills(fills, known, tell)
    for order_id in owner.believed:
        if shared.register.by_order(order_id) is None:
            tell(Rejected(order_id, now_ms * NS_PER_MS, UNHEARD))
    tell(Joined(incarnation=owner.incarnation))


def _order(
    one: Tracked, fills: Iterable[Booked], known: Collection[str], tell: Callable[[News], None], now_ms: int
) -> None:
    """An order that is not over, or whose fills its owner lacks, is taken up first."""
    over = one.stage is Stage.OVER
    if not over or any(each.row.fill_id not in known for each in fills):
        tell(Adopted(order=one.order))
        if one.acked:
            tell(Accepted(one.order_id, now_ms * NS_PER_MS))
    _fills(fills, known, tell)
    if over and (news := end_news(one)) is not None:
        tell(news)


def _fills(fills: Iterable[Booked], known: Collection[str], tell: Callable[[News], None]) -> None:
    for booked in fills:
        fill_id, news = booked.row.fill_id, booked.settlement()
        if fill_id not in known:
            tell(booked.filled())
        elif booked.token is not None and _is_claim(booked, known):
            tell(_claimed(booked))
        if news is not None and void_id(fill_id) not in known:
            tell(news)


def _is_claim(booked: Booked, known: Collection[str]) -> bool:
    """Whether its owner counts the fill and has to know that it may still fail, or that it did."""
    failed = booked.stage is Settlement.VOID and void_id(booked.row.fill_id) not in known
    return failed or booked.stage is Settlement.CLAIMED


def _claimed(booked: Booked) -> Claimed:
    row, token = booked.row, booked.token
    assert token is not None, "looked at before"
    return Claimed(
        fill_id=row.fill_id,
        order_id=row.order_id,
        token=token,
        side=Side(row.side),
        price_e4=row.price_e4,
        size_e6=row.size_e6,
    )
