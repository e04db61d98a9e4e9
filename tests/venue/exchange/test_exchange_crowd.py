"""The crowd plays a synthetic world: its books appear, its takers meet our orders first come first served, its markets end."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from astra_actors.feeds.world.params import WorldParams
from astra_actors.feeds.world.world import World
from astra_actors.market.events import BookChanged, BookSnapshot
from astra_actors.venues.exchange import clockwork
from astra_actors.venues.exchange.account import Account
from astra_actors.venues.exchange.amounts import Terms
from astra_actors.venues.exchange.crowd import Crowd
from astra_actors.venues.exchange.order import OrderType
from astra_actors.venues.exchange.placing import Draft, place
from astra_actors.venues.exchange.refusal import Refused
from astra_actors.venues.exchange.state import CROWD, BookTold, Exchange, LevelMoved, Listed, Printed, Resolved, Timing

START_MS = 1_790_000_000_000
SPEED = 600.0
PARAMS = WorldParams(dispute_share=0.5, void_share=0.2)


class Play:
    """A world of half a day at a speed of 600: seventy seconds of the venue's time."""

    def __init__(self, *, days: float = 0.5, markets: int = 6) -> None:
        self.world = World(PARAMS, 3, days, markets)
        self.x = Exchange(3, timing=Timing(mine_ms=(200, 200), confirm_ms=(200, 200)))
        self.ann = Account(address="0xann", signer="0xann", signature_type=0)
        self.x.deposit(self.ann, 10**10)
        self.crowd = Crowd(self.x, self.world, anchor_ms=START_MS, speed=SPEED)
        self.now_ms = START_MS
        self.words: Counter[str] = Counter()
        self.crowd.begin(self.now_ms)

    @property
    def end_ms(self) -> int:
        return self.crowd.venue_ms(self.world.end_ns) + 1_000

    def until(self, ms: int, step: int = 100) -> None:
        while self.now_ms < ms:
            self.now_ms += step
            self.crowd(self.now_ms)
            clockwork.advance(self.x, self.now_ms)
            self.words.update(type(word).__name__ for _, word in self.x.words)
            self.x.words.clear()

    def quote(self, market: Any, buys: bool, price: int) -> None:
        draft = Draft(
            order_id=f"0x{self.x.seq}", owner="ann", account=self.ann, market=market, asset=market.yes if buys else market.no,
            buys=True, terms=Terms(price_e4=price, size_e6=20_000_000, budget_e6=price * 2_000), kind=OrderType.GTC,
            post_only=True,
        )  # fmt: skip
        try:
            place(self.x, draft, self.now_ms)
        except Refused:
            return

    def check_conserved(self) -> None:
        x = self.x
        assert sum(a.cash_e6 for a in x.accounts.values()) + x.escrow_e6 + x.fees_e6 == x.deposits_e6
        assert all(a.cash_e6 >= 0 and all(size >= 0 for size in a.tokens_e6.values()) for a in x.accounts.values())


def test_the_crowds_book_is_the_worlds() -> None:
    play = Play()
    play.until(START_MS + 20_000)
    now_ns = play.crowd.feed_ns(play.now_ms)
    compared = 0
    for market in play.x.markets.values():
        if market.closed or not market.accepting:
            continue
        bids: dict[int, int] = {}
        asks: dict[int, int] = {}
        for event in play.world.events(market.condition_id, play.world.start_ns, now_ns):
            if isinstance(event, BookSnapshot) and event.asset_id == market.yes:
                bids, asks = dict(event.bids), dict(event.asks)
            elif isinstance(event, BookChanged):
                for change in event.changes:
                    if change.asset_id == market.yes:
                        (bids if change.is_bid else asks)[change.price_e4] = change.size_e6
        book = play.x.books[market.condition_id]
        assert book.bids.totals == {price: size for price, size in bids.items() if size}
        assert book.asks.totals == {price: size for price, size in asks.items() if size}
        compared += 1
    assert compared >= 2


def test_our_orders_are_filled_by_the_crowd_and_every_dollar_is_accounted_for() -> None:
    play = Play()
    for step in range(60):
        play.until(START_MS + 1_000 * (step + 1))
        for market in play.x.markets.values():
            bid, ask = play.x.books[market.condition_id].top(yes=True)
            if market.accepting and bid is not None and ask is not None:
                play.quote(market, True, bid)
                play.quote(market, False, 10_000 - ask)
        play.check_conserved()
    trades = list(play.x.trades.values())
    assert len(trades) >= 20
    kinds = {(leg.buys, trade.taker.buys, leg.is_yes is trade.taker.is_yes) for trade in trades for leg in trade.makers
             if leg.owner == "ann"}  # fmt: skip
    assert len(kinds) >= 2  # from hand to hand, and minted with another buyer
    for trade in trades:
        assert trade.taker.maker == CROWD or all(leg.maker == CROWD for leg in trade.makers)
        assert sum(leg.size_e6 for leg in trade.makers) == trade.taker.size_e6
    assert {LevelMoved.__name__, Printed.__name__, BookTold.__name__, Listed.__name__} <= play.words.keys()


def test_every_market_ends_as_the_world_says_and_pays() -> None:
    play = Play()
    play.until(START_MS + 5_000)
    for market in play.x.markets.values():
        bid, ask = play.x.books[market.condition_id].top(yes=True)
        if bid is not None and ask is not None:
            play.quote(market, True, bid)
    play.until(play.end_ms, 250)
    assert len(play.x.markets) == 6
    for market in play.x.markets.values():
        truth = play.world.truth_at(market.condition_id, play.world.end_ns)
        assert market.closed and market.winner in ("VOID", "YES" if truth == 1.0 else "NO")
        assert market.uma[0] == "proposed" and market.uma[-1] == "resolved"
        assert play.x.books[market.condition_id].top(yes=True) == (None, None)
    assert not play.x.open_of("0xann")
    assert play.words[Resolved.__name__] == 6
    play.check_conserved()


def test_a_crowd_that_was_away_goes_on_where_it_would_be_by_now() -> None:
    first, second = Play(), Play()
    first.until(START_MS + 30_000)
    second.now_ms = START_MS + 30_000
    second.crowd = Crowd(second.x, second.world, anchor_ms=START_MS, speed=SPEED)
    second.crowd.begin(second.now_ms)
    assert {m.condition_id: (m.accepting, m.winner, m.tick_e4) for m in second.x.markets.values()} == {
        m.condition_id: (m.accepting, m.winner, m.tick_e4) for m in first.x.markets.values()
    }
    for market_id, book in first.x.books.items():
        assert second.x.books[market_id].bids.totals == book.bids.totals


@pytest.mark.parametrize("name", ["question", "rules"])
def test_dates_in_the_words_move_with_the_market(name: str) -> None:
    play = Play(markets=12)
    play.until(play.end_ms - 5_000, 1_000)
    for market in play.x.markets.values():
        if market.close_ms is not None:
            assert START_MS <= market.open_ms < market.close_ms <= play.end_ms
            assert "2026-03" not in getattr(market, name) and "March" not in getattr(market, name)
