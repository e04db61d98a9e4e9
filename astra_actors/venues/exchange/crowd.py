"""Everybody else at the exchange: a feed's makers and takers as orders that meet ours, at the speed that was asked for.

The feed says what the rest of the market shows. A level of it becomes the crowd's own resting orders up to that size, a print
becomes a taker's order, and both match whatever stands there, ours included: who came first is filled first.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from astra_actors.feeds.port import ReplayableFeed
from astra_actors.kernel.units import NS_PER_MS, PRICE_ONE_E4
from astra_actors.market.events import (
    BookChanged,
    BookSnapshot,
    Event,
    MarketResolved,
    PhaseNoted,
    TickChanged,
    TradePrinted,
)
from astra_actors.market.instrument import MarketListing
from astra_actors.venues.exchange import resolving
from astra_actors.venues.exchange.crowd_listing import market_of
from astra_actors.venues.exchange.market import Market
from astra_actors.venues.exchange.matching import plan_match
from astra_actors.venues.exchange.money import CENT_SHARE_E6
from astra_actors.venues.exchange.order import Order, OrderType
from astra_actors.venues.exchange.placing import enter
from astra_actors.venues.exchange.state import CROWD, BookTold, Exchange, LevelMoved, Listed

EVENTS_A_TICK_MAX: Final = (
    3_000  # about 50 ms of work: requests are answered in between, the crowd falls behind instead
)


class Crowd:
    """Plays one feed into one exchange. `anchor_ms` is the venue's time at which the feed began."""

    def __init__(self, x: Exchange, feed: ReplayableFeed, *, anchor_ms: int, speed: float) -> None:
        self._x, self._feed, self._anchor_ms, self._speed = x, feed, anchor_ms, speed
        self._waiting = sorted(feed.listings(), key=lambda one: one.open_ns)
        self._numbers = {one.market_id: 500_001 + at for at, one in enumerate(feed.listings())}
        self._playing: dict[str, MarketListing] = {}
        self._played_ns = feed.start_ns
        self._backlog: list[Event] = []

    def feed_ns(self, now_ms: int) -> int:
        """The feed's time at the venue's time."""
        passed = max(0, now_ms - self._anchor_ms)
        return min(self._feed.start_ns + round(passed * NS_PER_MS * self._speed), self._feed.end_ns)

    def venue_ms(self, feed_ns: int) -> int:
        """The venue's time at the feed's time."""
        return self._anchor_ms + round((feed_ns - self._feed.start_ns) / NS_PER_MS / self._speed)

    def begin(self, now_ms: int) -> None:
        """List what is open by now and show its books; what was missed is not traded."""
        now_ns = self.feed_ns(now_ms)
        self._list(now_ns, now_ms)
        for listing in list(self._playing.values()):
            self._catch_up(self._x.markets[listing.market_id], now_ns, now_ms)
        self._played_ns = now_ns

    def __call__(self, now_ms: int) -> None:
        """Play what has happened since the last call, as far as one tick allows."""
        now_ns = self.feed_ns(now_ms)
        if now_ns > self._played_ns:
            self._list(now_ns, now_ms)
            fresh: list[Event] = []
            for listing in self._playing.values():
                fresh += self._feed.events(listing.market_id, self._played_ns, now_ns)
            fresh.sort(key=lambda event: event.local_ns)
            self._backlog += fresh
            self._played_ns = now_ns
        todo, self._backlog = self._backlog[:EVENTS_A_TICK_MAX], self._backlog[EVENTS_A_TICK_MAX:]
        for event in todo:
            self._play(event, now_ms)

    def _list(self, now_ns: int, now_ms: int) -> None:
        while self._waiting and self._waiting[0].open_ns <= now_ns:
            listing = self._waiting.pop(0)
            known = self._x.markets.get(listing.market_id)
            if known is None:
                market = market_of(listing, self._numbers[listing.market_id], self.venue_ms, self._feed.start_ns)
                self._x.list_market(market)
                self._x.tell_market(listing.market_id, Listed())
            if known is None or not known.closed:
                self._playing[listing.market_id] = listing

    def _catch_up(self, market: Market, now_ns: int, now_ms: int) -> None:
        """The crowd's book as it stands now, and the words on the market's life so far."""
        bids: dict[int, int] = {}
        asks: dict[int, int] = {}
        for event in self._feed.events(market.condition_id, self._feed.start_ns, now_ns):
            if isinstance(event, BookSnapshot) and event.asset_id == market.yes:
                bids, asks = dict(event.bids), dict(event.asks)
            elif isinstance(event, BookChanged):
                for change in event.changes:
                    if change.asset_id == market.yes:
                        (bids if change.is_bid else asks)[change.price_e4] = change.size_e6
            elif not isinstance(event, TradePrinted):
                self._play(event, now_ms)
        if not market.closed:
            self._show(market, bids.items(), asks.items(), now_ms)

    def _play(self, event: Event, now_ms: int) -> None:
        market = self._x.markets[event.market_id]
        if market.closed:
            return
        if isinstance(event, BookChanged):
            for change in event.changes:
                if change.asset_id == market.yes:
                    self._level(market, change.is_bid, change.price_e4, change.size_e6, now_ms)
        elif isinstance(event, TradePrinted):
            self._take(market, event, now_ms)
        elif isinstance(event, BookSnapshot):
            if event.asset_id == market.yes:
                self._show(market, event.bids, event.asks, now_ms)
        elif isinstance(event, TickChanged):
            resolving.change_tick(self._x, market, event.new_tick_e4, now_ms)
        else:
            self._live(market, event, now_ms)

    def _live(self, market: Market, event: Event, now_ms: int) -> None:
        """A word on the market's life: a first outcome is a proposal, the order book's own word is final unless disputed."""
        x = self._x
        if isinstance(event, PhaseNoted):
            if event.note == "closed" and market.accepting:
                resolving.pause(x, market, accepting=False, now_ms=now_ms)
            elif event.note == "disputed" and market.proposed:
                resolving.dispute(x, market, now_ms)
        elif isinstance(event, MarketResolved):
            outcome = "NO" if event.outcome == "VOID" and market.neg_risk else event.outcome
            disputed = market.uma[-1:] == ["disputed"]
            if not market.uma and "clob" not in event.source:
                resolving.propose(x, market, outcome, now_ms)
            elif disputed or ("clob" in event.source and market.proposed in ("", outcome)):
                resolving.resolve(x, market, outcome, now_ms)
                self._playing.pop(market.condition_id, None)

    def _show(
        self,
        market: Market,
        bids: Iterable[tuple[int, int]],
        asks: Iterable[tuple[int, int]],
        now_ms: int,
    ) -> None:
        """Make the crowd's whole book this one."""
        book = self._x.books[market.condition_id]
        wanted = {(is_bid, price): size for is_bid, side in ((True, bids), (False, asks)) for price, size in side}
        for is_bid in (True, False):
            for price in book.side(is_bid=is_bid).prices():
                if (is_bid, price) not in wanted:
                    self._level(market, is_bid, price, 0, now_ms)
        for (is_bid, price), size in wanted.items():
            self._level(market, is_bid, price, size, now_ms)
        self._x.tell_market(market.condition_id, BookTold())

    def _level(self, market: Market, is_bid: bool, price: int, size_e6: int, now_ms: int) -> None:
        """Bring the crowd's own size at one price to `size_e6`: new orders come last, and the last ones leave first."""
        book = self._x.books[market.condition_id]
        side = book.side(is_bid=is_bid)
        mine = [order for order in side.levels.get(price, {}).values() if not order.owner]
        change = size_e6 // CENT_SHARE_E6 * CENT_SHARE_E6 - sum(order.left_e6 for order in mine)
        if change > 0 and 0 < price < PRICE_ONE_E4:
            native = price // market.tick_e4 % 2 == 0  # half of the crowd trades the one token, half the other
            order = self._order(market, native, native is is_bid, price if native else PRICE_ONE_E4 - price, change)
            order.created_ms = now_ms
            enter(self._x, order, plan_match(book, order, market, self._x.switches), now_ms)
        elif change < 0:
            for order in reversed(mine):
                cut = min(order.left_e6, -change)
                side.take(order, cut)
                change += cut
                if not change:
                    break
            self._x.tell_market(market.condition_id, LevelMoved(is_bid, price))

    def _take(self, market: Market, event: TradePrinted, now_ms: int) -> None:
        """A taker's order at the print's price. Which side it hit is read from the book: the feed's own flag errs."""
        native = event.asset_id == market.yes
        yes_e4 = event.price_e4 if native else PRICE_ONE_E4 - event.price_e4
        book = self._x.books[market.condition_id]
        bid, ask = book.top(yes=True)
        if ask is not None and yes_e4 >= ask:
            buys_yes = True
        elif bid is not None and yes_e4 <= bid:
            buys_yes = False
        else:
            return
        size = event.size_e6 // CENT_SHARE_E6 * CENT_SHARE_E6
        order = self._order(market, native, buys_yes is native, event.price_e4, size, OrderType.FAK)
        plan = plan_match(book, order, market, self._x.switches)
        if plan.fills:
            enter(self._x, order, plan, now_ms)

    def _order(
        self, market: Market, is_yes: bool, buys: bool, price: int, size: int, kind: OrderType = OrderType.GTC
    ) -> Order:
        seq = self._x.next_seq()
        return Order(
            id=f"crowd-{seq}",
            owner="",
            maker=CROWD,
            market=market.condition_id,
            asset=market.asset(yes=is_yes),
            is_yes=is_yes,
            buys=buys,
            price_e4=price,
            size_e6=size,
            left_e6=size,
            budget_e6=0,
            kind=kind,
            seq=seq,
            created_ms=0,
        )
