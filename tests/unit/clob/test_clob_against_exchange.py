"""Oracle: the exchange's own account. Whatever the channel loses, repeats or reorders, our fills and holdings end up equal."""

from __future__ import annotations

import random
from typing import Any

import msgspec
import pytest
from exchange_room import START_MS, Room

from astra_actors.execution.order import OrderState
from astra_actors.market.instrument import Side
from astra_actors.venues.clob.fills import Us
from astra_actors.venues.clob.inventory import CASH, Inventory
from astra_actors.venues.clob.questions import AskOpenOrders, AskTrade, Question
from astra_actors.venues.clob.reconcile import MarketSeen, OurOrder, Ours, Theirs, reconcile
from astra_actors.venues.clob.user_frames import UserDecoder
from astra_actors.venues.clob.user_rows import Settling
from astra_actors.venues.clob.user_stream import FillNews, News, SettlingNews, UserStream
from astra_actors.venues.exchange.user_frames import open_order, trade_row

ANN = Us(api_key="ann", funder="0xann")


class Feed:
    """Ann's side of the wire: a channel that misbehaves, lists that answer, and what she makes of both."""

    def __init__(self, room: Room, dice: random.Random, *, drop: float, integer: bool) -> None:
        self.room, self.dice, self.drop = room, dice, drop
        self.decoder = UserDecoder(integer_sizes=integer)
        self.stream = UserStream(ANN)
        self.inventory = Inventory()
        self.inventory.adjust(CASH, 1_000 * 10**10)
        for token in ("1", "2"):
            self.inventory.adjust(token, 100_000_000)
        self.given: dict[str, FillNews] = {}
        self.settled: dict[str, Settling] = {}
        self.late: list[bytes] = []

    def hear(self) -> None:
        """Frames arrive: some never, some twice, none in order, a few much later."""
        users, self.room.x.users = self.room.x.users, []
        frames = [msgspec.json.encode(frame) for owner, _, frame in users if owner == "ann"]
        frames = [each for each in frames if self.dice.random() >= self.drop]
        frames += [each for each in frames if self.dice.random() < 0.3]
        held = [each for each in frames if self.dice.random() < 0.2]
        frames = [each for each in frames if each not in held] + self.late
        self.late = held
        self.dice.shuffle(frames)
        for each in frames:
            self.take(self.stream.on_events(self.decoder.frame(each), self.room.now_ms))

    def take(self, news: list[News]) -> None:
        for each in news:
            if isinstance(each, FillNews):
                assert each.fill.fill_id not in self.given, "a fill is given once"
                assert each.order_id == f"mine-{each.fill.venue_id}"
                self.given[each.fill.fill_id] = each
                self.settled[each.fill.trade_id] = each.settling
                self.inventory.on_fill(each.fill, each.settling, fee_e10=0)
            elif isinstance(each, SettlingNews):
                self.settled[each.trade_id] = each.settling
                self.inventory.on_settling(each.trade_id, each.settling)

    def answer(self, question: Question) -> None:
        """What the venue's lists say."""
        now_ms = self.room.now_ms
        if isinstance(question, AskOpenOrders):
            for row in self.open_rows():
                self.take(self.stream.on_order(self.decoder.order_row(row), now_ms))
        else:
            wanted = question.trade_id if isinstance(question, AskTrade) else None
            for row in self.trade_rows(wanted):
                self.take(self.stream.on_trade(self.decoder.trade_row(row), now_ms, listed=True))
        self.stream.on_answered(question)

    def open_rows(self) -> list[bytes]:
        x, market = self.room.x, self.room.market
        return [msgspec.json.encode(open_order(each, market, x.switches)) for each in x.open_of("0xann").values()]

    def trade_rows(self, wanted: str | None = None) -> list[bytes]:
        x, market = self.room.x, self.room.market
        return [
            msgspec.json.encode(trade_row(each, market, "ann", x.switches))
            for each in reversed(x.trades.values())
            if "ann" in each.owners and wanted in (None, each.id)
        ]


@pytest.mark.parametrize("seed", range(12))
def test_holdings_and_fills_equal_the_exchanges_own(seed: int) -> None:
    dice = random.Random(seed)
    forms = {"trade_status": "prefixed", "order_status": "prefixed", "rest_sizes": "integer"} if seed % 2 else {}
    faults = {"ghost_fill": 0.2, "retrying": 0.3} if seed % 3 else {}
    room = Room(faults=faults, switches={**forms, "self_trade": "skip"}, tick_e4=100, usd=1_000, sets=100)
    feed = Feed(room, dice, drop=0.3 if seed % 4 else 0.0, integer=bool(forms))
    feed.stream.on_connected(["0xc"], room.now_ms)
    mine = trade_for_a_while(room, feed, dice)
    for _ in range(40):  # the market rests, and what is open is asked for
        room.pass_ms(5_000)
        feed.hear()
        for question in feed.stream.due(room.now_ms):
            feed.answer(question)
    check_equal(room, feed, mine)


def trade_for_a_while(room: Room, feed: Feed, dice: random.Random) -> dict[str, Side]:
    """Ann rests and takes, the others do the same against her."""
    mine: dict[str, Side] = {}
    for number in range(60):
        who = dice.choice(("ann", "ann", "bob", "cat"))
        side, outcome = dice.choice(("BUY", "SELL")), dice.choice(("YES", "NO"))
        cents, shares = dice.randint(45, 55), dice.randint(5, 12)
        order_id = f"0x{who}{number}"
        if who == "ann":  # announced before it is posted, as the write-ahead intent is
            feed.stream.announce(order_id, f"mine-{order_id}", "0xc", room.now_ms)
            mine[order_id] = Side(side)
        room.refused(who, side, outcome, cents, shares, order_id=order_id)
        room.pass_ms(dice.randint(0, 900))
        if dice.random() < 0.5:
            feed.hear()
        for question in feed.stream.due(room.now_ms):
            feed.answer(question)
    return mine


def check_equal(room: Room, feed: Feed, mine: dict[str, Side]) -> None:
    account, inventory = room.wallets["ann"], feed.inventory
    assert feed.given, "a test without a fill shows nothing"
    assert feed.stream.gaps == 0
    assert feed.decoder.rejected == feed.decoder.unknown == 0
    for token in ("1", "2"):
        holding = inventory.holding(token)
        assert (holding.settled, holding.incoming, holding.outgoing) == (account.tokens(token), 0, 0)
    assert inventory.holding().settled == account.cash_e6 * 10_000
    theirs = {each.id: each for each in room.x.orders.values() if each.owner == "ann"}
    ours: dict[str, int] = {}
    for news in feed.given.values():
        ours[news.fill.venue_id] = ours.get(news.fill.venue_id, 0) + news.fill.size_e6
        assert news.fill.side is mine[news.fill.venue_id]
    failed = [each for each in room.x.trades.values() if each.status.value == "FAILED"]
    if not failed:
        assert ours == {name: order.matched_e6 for name, order in theirs.items() if order.matched_e6}
    assert reconcile(view_of(room, feed, ours), listed(room, feed, account), ANN) == []


def view_of(room: Room, feed: Feed, filled: dict[str, int]) -> Ours:
    orders = {
        each.id: OurOrder(
            order_id=f"mine-{each.id}", venue_id=each.id, condition_id="0xc", token_id=each.asset,
            side=Side(each.side), price_e4=each.price_e4, size_e6=each.size_e6, filled_e6=each.matched_e6,
            state=OrderState.LIVE if each.open else OrderState.FILLED, sent_ms=START_MS,
        )
        for each in room.x.orders.values()
        if each.owner == "ann"
    }  # fmt: skip
    fills = {name: (news.fill, feed.settled[news.fill.trade_id]) for name, news in feed.given.items()}
    holdings: dict[str, Any] = {key: feed.inventory.holding(key) for key in ("1", "2", CASH)}
    return Ours(orders=orders, fills=fills, holdings=holdings, markets=frozenset({"0xc"}))


def listed(room: Room, feed: Feed, account: Any) -> Theirs:
    market = MarketSeen(
        condition_id="0xc",
        asked_ms=room.now_ms,
        open_orders=[feed.decoder.order_row(each) for each in feed.open_rows()],
        trades=[feed.decoder.trade_row(each) for each in feed.trade_rows()],
        since_s=0,
    )
    balances = {"1": account.tokens("1"), "2": account.tokens("2"), CASH: account.cash_e6}
    return Theirs(markets=(market,), balances_e6=balances)
