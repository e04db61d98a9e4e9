"""Fills of the account: each written once and then told once, with its settlement, whichever way it was seen first."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from astra_actors.kernel.units import NS_PER_MS, fee_e10
from astra_actors.market.instrument import Side, Token
from astra_actors.venues.clob.account_rows import AccountFillRow
from astra_actors.venues.clob.account_shared import Shared
from astra_actors.venues.clob.fills import Fill
from astra_actors.venues.clob.inventory import Inventory, Stage, stage_of
from astra_actors.venues.clob.tracked import Tracked
from astra_actors.venues.clob.user_rows import Settling
from astra_actors.venues.clob.user_stream import FillNews, SettlingNews, UserStream
from astra_actors.venues.clob.user_stream import News as StreamNews
from astra_actors.venues.clob.words import Settled, Voided
from astra_actors.venues.port import Filled


@dataclass(slots=True, eq=False)
class Booked:
    """One fill, its order where one is known, and where its settlement stands."""

    row: AccountFillRow
    token: Token | None
    is_told: bool = True  # its order is one of this lineage
    durable: bool = False

    @property
    def stage(self) -> Stage:
        """How far its trade has come."""
        return stage_of(Settling(self.row.settling))

    def filled(self) -> Filled:
        """How its owner hears of it."""
        row = self.row
        return Filled(
            fill_id=row.fill_id,
            order_id=row.order_id,
            at_ns=row.seen_ns,
            price_e4=row.price_e4,
            size_e6=row.size_e6,
            fee_e10=row.fee_e10,
        )

    def settlement(self) -> Settled | Voided | None:
        """How its owner hears of what became of it; None while it is under way."""
        row = self.row
        if self.stage is Stage.VOID:
            return Voided(fill_id=row.fill_id, order_id=row.order_id, at_ns=row.moved_ns)
        if self.stage is Stage.MOVED and self.token is not None:
            return Settled(fill_id=row.fill_id, token=self.token, side=Side(row.side), size_e6=row.size_e6)
        return None


class Filling:
    """Every fill that is remembered, what it did to the holdings, and the rows and the news it makes."""

    def __init__(self, shared: Shared) -> None:
        self._shared = shared
        self.stream = UserStream(shared.us, shared.params.stream)
        self.inventory = Inventory(kept=shared.params.stream.kept)
        self._fills: dict[str, Booked] = {}
        self._by_market: dict[str, dict[str, Booked]] = {}
        self._unsettled: dict[str, Booked] = {}
        self.spent_e10 = 0  # on what was bought, less what was sold
        self.seen = self.foreign = self.late = self.taken = self.voided = self.revived = 0

    def restore(self, rows: Iterable[AccountFillRow], now_ms: int) -> None:
        """Take up the fills that are written; none of them is given out again by the stream."""
        pairs: list[tuple[Fill, Settling]] = []
        for row in rows:
            fill, settling = fill_of(row), Settling(row.settling)
            one = self._shared.register.by_venue(row.venue_id)
            if one is not None:
                one.filled_e6 += fill.size_e6
            token, is_told = (one.order.token, not one.foreign) if one is not None else (None, True)
            self._keep(Booked(row, token, is_told=is_told, durable=True))
            self._count(fill, row.fee_e10, settling)
            pairs.append((fill, settling))
        self.stream.restore(pairs, now_ms)

    def take(self, news: Iterable[StreamNews], now_ms: int) -> list[Tracked]:
        """Write what is new; returns the orders it concerns."""
        orders: list[Tracked] = []
        for one in news:
            if isinstance(one, FillNews):
                if one.fill.fill_id not in self._fills and (order := self._book(one.fill, one.settling, now_ms)):
                    orders.append(order)
            elif isinstance(one, SettlingNews):
                self._move(one, now_ms)
        return orders

    def of_market(self, market_id: str) -> Iterator[Booked]:
        """The remembered fills of a market in the order they were seen."""
        yield from self._by_market.get(market_id, {}).values()

    def view(self, market_id: str) -> dict[str, tuple[Fill, Settling]]:
        """The fills of a market as a comparison has them."""
        return {
            each.row.fill_id: (fill_of(each.row), Settling(each.row.settling)) for each in self.of_market(market_id)
        }

    @property
    def settling(self) -> int:
        """Fills whose settlement is under way."""
        return len(self._unsettled)

    def unsettled_markets(self) -> list[str]:
        """Markets with a settlement under way."""
        return list(dict.fromkeys(each.row.market_id for each in self._unsettled.values()))

    def _book(self, fill: Fill, settling: Settling, now_ms: int) -> Tracked | None:
        one = self._shared.register.by_venue(fill.venue_id)
        fee = 0 if fill.is_maker else self._fee_e10(fill)
        row = _row_of(fill, one.order_id if one else "", fee, settling, now_ms)
        booked = Booked(row, one.order.token if one else None, is_told=one is not None and not one.foreign)
        self._keep(booked)
        self._count(fill, fee, settling)
        self.seen += 1
        self.taken += not fill.is_maker
        self.foreign += not row.order_id
        if one is not None:
            one.filled_e6 += fill.size_e6
            if one.end is not None:
                self.late += 1
                one.end = replace(one.end, filled_e6=one.filled_e6, at_ns=max(one.end.at_ns + 1, now_ms * NS_PER_MS))
                if one.order_id:
                    self._shared.journal.write(one.end)
            else:
                one.show(now_ms)
        stage = booked.stage
        self._shared.journal.write(row, lambda _: self._tell_fill(booked, stage))
        return one

    def _move(self, news: SettlingNews, now_ms: int) -> None:
        self.inventory.on_settling(news.trade_id, news.settling)
        for fill in news.fills:
            booked = self._fills.get(fill.fill_id)
            if booked is None:
                continue
            before = booked.stage
            booked.row = replace(booked.row, settling=news.settling.value, moved_ns=now_ms * NS_PER_MS)
            self._watch(booked)
            self._shared.journal.write(booked.row, self._teller(booked, before))
            value_e10 = _value_e10(fill, booked.row.fee_e10)
            if booked.stage is Stage.VOID:
                self.spent_e10 -= value_e10
                self.voided += 1
            elif before is Stage.VOID:
                self.spent_e10 += value_e10
                self.revived += 1

    def _teller(self, booked: Booked, before: Stage) -> Callable[[int], None]:
        after = booked.stage

        def durable(_: int) -> None:
            if after is not before and booked.stage is after and (news := booked.settlement()) is not None:
                self._tell(booked, news)

        return durable

    def _tell_fill(self, booked: Booked, stage: Stage) -> None:
        booked.durable = True
        self._tell(booked, booked.filled())
        if booked.stage is stage and (news := booked.settlement()) is not None:  # settled when it was first heard of
            self._tell(booked, news)

    def _tell(self, booked: Booked, news: Filled | Settled | Voided) -> None:
        if booked.row.order_id and booked.is_told:
            self._shared.telling.to_market(booked.row.market_id, news)

    def _keep(self, booked: Booked) -> None:
        self._fills[booked.row.fill_id] = booked
        self._by_market.setdefault(booked.row.market_id, {})[booked.row.fill_id] = booked
        self._watch(booked)

    def _watch(self, booked: Booked) -> None:
        if booked.stage is Stage.CLAIMED:
            self._unsettled[booked.row.fill_id] = booked
        else:
            self._unsettled.pop(booked.row.fill_id, None)

    def _count(self, fill: Fill, fee: int, settling: Settling) -> None:
        self.inventory.on_fill(fill, settling, fee_e10=fee)
        if settling is not Settling.FAILED:
            self.spent_e10 += _value_e10(fill, fee)

    def _fee_e10(self, fill: Fill) -> int:
        fees = self._shared.params.taker_fees
        return fee_e10(fill.price_e4, fill.size_e6, rate=fees.rate, exponent=fees.exponent)


def _value_e10(fill: Fill, fee: int) -> int:
    """Dollars that a fill costs; less than zero for a sale."""
    dollars_e10 = fill.price_e4 * fill.size_e6
    return fee + (dollars_e10 if fill.side is Side.BUY else -dollars_e10)


def fill_of(row: AccountFillRow) -> Fill:
    """The fill of a row."""
    return Fill(
        fill_id=row.fill_id,
        trade_id=row.trade_id,
        venue_id=row.venue_id,
        condition_id=row.market_id,
        token_id=row.token_id,
        side=Side(row.side),
        price_e4=row.price_e4,
        size_e6=row.size_e6,
        is_maker=row.is_maker,
        matched_s=row.matched_s,
    )


def _row_of(fill: Fill, order_id: str, fee: int, settling: Settling, now_ms: int) -> AccountFillRow:
    return AccountFillRow(
        fill_id=fill.fill_id,
        trade_id=fill.trade_id,
        venue_id=fill.venue_id,
        order_id=order_id,
        market_id=fill.condition_id,
        token_id=fill.token_id,
        side=fill.side.value,
        price_e4=fill.price_e4,
        size_e6=fill.size_e6,
        fee_e10=fee,
        is_maker=fill.is_maker,
        matched_s=fill.matched_s,
        settling=settling.value,
        seen_ns=now_ms * NS_PER_MS,
        moved_ns=now_ms * NS_PER_MS,
    )
