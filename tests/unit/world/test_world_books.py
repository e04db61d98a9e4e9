"""Guards promise 5: what a synthetic market says adds up to one uncrossed book on both tokens."""

from __future__ import annotations

from itertools import pairwise

import pytest

from astra_actors.feeds.world.params import WorldParams
from astra_actors.feeds.world.world import World
from astra_actors.market.events import (
    BookChanged,
    BookSnapshot,
    Event,
    FeedInterrupted,
    LevelChange,
    MarketResolved,
    PhaseNoted,
    TickChanged,
    TradePrinted,
)
from astra_actors.market.instrument import MarketListing

TROUBLED = WorldParams(interruptions_per_day=8.0, dispute_share=0.5, events_per_minute=3.0)


class ModelToken:
    """The simplest book that could be right: two dictionaries."""

    def __init__(self) -> None:
        self.bids: dict[int, int] = {}
        self.asks: dict[int, int] = {}

    def replace(self, snapshot: BookSnapshot) -> None:
        self.bids, self.asks = dict(snapshot.bids), dict(snapshot.asks)

    def change(self, change: LevelChange) -> None:
        side = self.bids if change.is_bid else self.asks
        assert change.size_e6 >= 0
        if change.size_e6:
            side[change.price_e4] = change.size_e6
        else:
            del side[change.price_e4]  # removing what was never shown is a mistake

    @property
    def top(self) -> tuple[int, int]:
        return max(self.bids, default=0), min(self.asks, default=10_000)


class Reader:
    """Follows one market's events and checks each against the model."""

    def __init__(self, listing: MarketListing) -> None:
        self.listing = listing
        self.yes, self.no = ModelToken(), ModelToken()
        self.tick = listing.instrument.tick_e4
        self.blind = True  # until both snapshots are there
        self.fresh: set[str] = set()
        self.eaten: tuple[bool, int, int] | None = None

    def token(self, asset: str) -> ModelToken:
        return self.yes if self.listing.instrument.token_of(asset).value == "YES" else self.no

    def read(self, event: Event) -> None:
        match event:
            case BookSnapshot():
                self.snapshot(event)
            case BookChanged():
                assert not self.blind
                self.changed(event)
            case TradePrinted():
                assert not self.blind
                self.traded(event)
            case TickChanged():
                assert event.old_tick_e4 == 100
                assert event.new_tick_e4 == 10
                self.blind, self.fresh = True, set()
            case FeedInterrupted():
                self.blind, self.fresh = True, set()
            case _:
                pass

    def snapshot(self, event: BookSnapshot) -> None:
        assert event.tick_e4 in (10, 100)
        self.tick = event.tick_e4
        assert [p for p, _ in event.bids] == sorted((p for p, _ in event.bids), reverse=True)
        assert [p for p, _ in event.asks] == sorted(p for p, _ in event.asks)
        self.token(event.asset_id).replace(event)
        self.fresh.add(event.asset_id)
        self.blind = len(self.fresh) < 2
        if not self.blind:
            self.check()

    def changed(self, event: BookChanged) -> None:
        yes, no = event.changes
        assert (yes.is_bid, yes.price_e4, yes.size_e6) == (not no.is_bid, 10_000 - no.price_e4, no.size_e6)
        if self.eaten is not None:
            assert (yes.is_bid, yes.price_e4, yes.size_e6) == self.eaten
            self.eaten = None
        assert yes.price_e4 % self.tick == 0
        assert self.tick <= yes.price_e4 <= 10_000 - self.tick
        for change in event.changes:
            token = self.token(change.asset_id)
            token.change(change)
            assert token.top == (change.best_bid_e4, change.best_ask_e4)
        self.check()

    def traded(self, event: TradePrinted) -> None:
        assert self.eaten is None  # each print is followed by the change that shows what it consumed
        price = event.price_e4 if self.token(event.asset_id) is self.yes else 10_000 - event.price_e4
        bid, ask = self.yes.top
        assert price in (bid, ask)
        side = self.yes.bids if price == bid else self.yes.asks
        assert 0 < event.size_e6 <= side[price]
        self.eaten = (price == bid, price, side[price] - event.size_e6)

    def check(self) -> None:
        bid, ask = self.yes.top
        assert bid < ask
        assert self.no.bids == {10_000 - price: size for price, size in self.yes.asks.items()}
        assert self.no.asks == {10_000 - price: size for price, size in self.yes.bids.items()}


@pytest.mark.parametrize(
    ("params", "seed"),
    [
        pytest.param(WorldParams(), 5, id="a default world"),
        pytest.param(TROUBLED, 6, id="a feed that fails often"),
    ],
)
def test_every_event_leaves_one_uncrossed_mirrored_book(params: WorldParams, seed: int) -> None:
    world = World(params, seed=seed, days=4, markets=14)
    seen: set[type[Event]] = set()
    for listing in world.listings():
        reader = Reader(listing)
        for event in world.events(listing.market_id, world.start_ns, world.end_ns):
            seen.add(type(event))
            reader.read(event)
        assert reader.eaten is None
    assert seen >= {BookSnapshot, BookChanged, TradePrinted, TickChanged, PhaseNoted, MarketResolved}


def test_a_life_begins_with_snapshots_and_ends_with_two_agreeing_sources() -> None:
    world = World(TROUBLED, seed=2, days=3, markets=30)
    disputed = 0
    for listing in world.listings():
        events = list(world.events(listing.market_id, world.start_ns, world.end_ns))
        assert [type(event) for event in events[:2]] == [BookSnapshot, BookSnapshot]
        assert {event.asset_id for event in events[:2] if isinstance(event, BookSnapshot)} == {
            listing.instrument.yes_asset,
            listing.instrument.no_asset,
        }
        words = [event for event in events if isinstance(event, MarketResolved)]
        assert {event.source for event in words} == {"world-oracle", "world-clob"}
        last = {event.source: event.outcome for event in words}
        assert last["world-oracle"] == last["world-clob"]
        notes = [event.note for event in events if isinstance(event, PhaseNoted)]
        assert notes[:2] == ["closed", "proposed"]
        if len(words) == 3:
            disputed += 1
            assert notes[2] == "disputed"
            assert words[0].outcome != words[1].outcome == words[2].outcome
        closed = next(at for at, event in enumerate(events) if isinstance(event, PhaseNoted))
        assert not any(isinstance(event, BookChanged | TradePrinted) for event in events[closed:])
    assert 5 <= disputed <= 25  # half of thirty


def test_times_are_ordered_and_never_from_before_their_own_market() -> None:
    world = World(TROUBLED, seed=3, days=2, markets=12)
    for listing in world.listings():
        events = list(world.events(listing.market_id, world.start_ns, world.end_ns))
        times = [event.local_ns for event in events]
        assert times == sorted(times)
        assert all(event.local_ns >= event.venue_ns >= listing.open_ns for event in events)
        assert world.start_ns <= times[0]
        assert times[-1] < world.end_ns


def test_after_an_interruption_nothing_is_told_until_both_tokens_have_a_snapshot() -> None:
    world = World(TROUBLED, seed=4, days=2, markets=12)
    outages = 0
    for listing in world.listings():
        events = list(world.events(listing.market_id, world.start_ns, world.end_ns))
        for at, event in enumerate(events):
            if isinstance(event, FeedInterrupted):
                outages += 1
                assert [type(after) for after in events[at + 1 : at + 3]] == [BookSnapshot, BookSnapshot]
                assert events[at + 1].local_ns - event.local_ns >= 900_000_000  # a second, less what the delay varies
    assert outages > 10


def test_silence_never_reaches_the_two_minutes_that_make_a_book_stale() -> None:
    world = World(WorldParams(interruptions_per_day=0.0), seed=8, days=3, markets=12)
    for listing in world.listings():
        events = world.events(listing.market_id, world.start_ns, world.end_ns)
        times = [event.local_ns for event in events if not isinstance(event, MarketResolved | PhaseNoted)]
        assert max(b - a for a, b in pairwise(times)) < 120_000_000_000


def test_the_feeds_flag_is_wrong_about_as_often_as_recorded() -> None:
    world = World(WorldParams(), seed=9, days=6, markets=20)
    right = total = 0
    for listing in world.listings():
        reader = Reader(listing)
        for event in world.events(listing.market_id, world.start_ns, world.end_ns):
            if isinstance(event, TradePrinted):
                on_yes = event.asset_id == listing.instrument.yes_asset
                price = event.price_e4 if on_yes else 10_000 - event.price_e4
                buys_yes = price == reader.yes.top[1]
                total += 1
                right += event.taker_buys == (buys_yes if on_yes else not buys_yes)
            reader.read(event)
    assert total > 2_000
    assert abs(right / total - 0.87) < 4 * (0.87 * 0.13 / total) ** 0.5
