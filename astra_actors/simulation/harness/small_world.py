"""A tiny market world for fault runs: few markets, short lives, thin queues, many takers; everything follows from the seed.

Times are dense: an order is placed, rests, fills or is cancelled within a window or two, and markets settle all the time.
What the feed does to a market on the way (gaps, silence, doubles, disorder) is a list handed in, so it can be replayed.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import cycle
from typing import Final

import msgspec

from astra_actors.feeds.world import questions
from astra_actors.feeds.world.makers import Makers
from astra_actors.feeds.world.params import WorldParams
from astra_actors.feeds.world.shown_book import ShownBook
from astra_actors.kernel.rng import stream, unit
from astra_actors.kernel.units import NS_PER_DAY, NS_PER_S, PRICE_ONE_E4
from astra_actors.market.events import BookChanged, BookSnapshot, Event, LevelChange, MarketResolved, PhaseNoted
from astra_actors.market.instrument import Instrument, MarketListing
from astra_actors.simulation.harness.faults import Fault

START_NS: Final = 1_795_000_000 * NS_PER_S
WINDOW_NS: Final = 10 * NS_PER_S
ACTIONS_A_WINDOW: Final = 3.0  # of the crowd, in each market
LIFE_WINDOWS: Final = (8, 18)  # how long a market lives, from and to
DELAY_NS: Final = 40_000_000
_CLOSE_NS: Final = 30 * NS_PER_DAY  # what the listing says; the outcome comes sooner, as it may
_TAKERS: Final = 0.45  # of the actions; the rest are the makers'
_GAP_ACTIONS: Final = 4  # how long a stream stays away
_CENT_SHARE: Final = 10_000
_MAKERS: Final = WorldParams(
    depth_median_shares=9.0,
    depth_market_sigma=0.2,
    depth_level_sigma=0.5,
    spread_ticks=(2, 3, 3),
    levels_min=3,
    levels_max=5,
)
OUTCOMES: Final = ("YES", "NO", "VOID")


@dataclass(frozen=True, slots=True, kw_only=True)
class WorldShape:
    """How much of a world a seed draws: slots are markets that live at the same time."""

    seed: int
    slots: int
    windows: int
    unreadable: bool = False  # the last slot's rules cannot be read: nothing may ever be placed there

    @property
    def end_ns(self) -> int:
        """When the world is over."""
        return START_NS + self.windows * WINDOW_NS


@dataclass(frozen=True, slots=True)
class _Spec:
    listing: MarketListing
    slot: int
    stop_ns: int


class SmallWorld:
    """A replayable feed (`feeds.port.ReplayableFeed`); two of the same shape and faults say the same."""

    name = "small"
    start_ns = START_NS

    def __init__(self, shape: WorldShape, faults: Sequence[Fault] = ()) -> None:
        self.end_ns = shape.end_ns
        self._shape = shape
        self._specs = {spec.listing.market_id: spec for spec in _specs(shape)}
        self._faults: dict[int, list[Fault]] = {}
        for fault in faults:
            self._faults.setdefault(fault.slot, []).append(fault)
        self._lives: dict[str, tuple[list[Event], list[int]]] = {}

    def listings(self) -> Sequence[MarketListing]:
        """Every market, in the order in which they open."""
        return tuple(spec.listing for spec in self._specs.values())

    def slot_of(self, market_id: str) -> int:
        """Which of the places in the world a market takes."""
        return self._specs[market_id].slot

    def events(self, market_id: str, from_ns: int, to_ns: int) -> Sequence[Event]:
        """The market's events with from_ns ≤ local_ns < to_ns."""
        life = self._lives.get(market_id)
        if life is None:
            spec = self._specs[market_id]
            events = _live(spec, self._shape.seed, self._faults.get(spec.slot, ()))
            life = self._lives[market_id] = events, [event.local_ns for event in events]
        events, times = life
        low = bisect_left(times, from_ns)
        return events[low : bisect_left(times, to_ns, low)]


@cache
def _wordings(seed: int) -> tuple[questions.Wording, ...]:
    """A deck of readable questions; made once, for the rules are read by the definition parser as they stand."""
    rng = stream(seed, "small", "words")
    close_ns = START_NS + _CLOSE_NS
    race = questions.race(rng, "politics", 4, close_ns)
    return (*race, *(questions.single(rng, kind, close_ns) for kind in ("sports", "macro", "weather")))


def _specs(shape: WorldShape) -> Iterator[_Spec]:
    """Markets follow each other in their slots; two slots of three belong to one event, so that a cluster cap can bind."""
    found = []
    words = _wordings(0)
    for slot in range(shape.slots):
        opens, turn = slot % 2, 0
        while opens < shape.windows:
            life = LIFE_WINDOWS[0] + int(unit(shape.seed, "life", slot, turn) * (LIFE_WINDOWS[1] - LIFE_WINDOWS[0]))
            market_id = f"0x{shape.seed & 0xFFFFFFFF:08x}{slot:02x}{turn:04x}"
            wording = words[(slot + turn) % 4] if slot % 3 < 2 else words[4 + (slot + turn) % 3]
            event_id = f"race-{shape.seed}" if slot % 3 < 2 else f"single-{market_id}"
            open_ns = START_NS + opens * WINDOW_NS
            listing = _listing(market_id, event_id, wording, open_ns)
            if shape.unreadable and slot == shape.slots - 1:
                listing = replace(listing, rules="It resolves as the crowd feels.", question="Well?")
            found.append(_Spec(listing, slot, open_ns + life * WINDOW_NS))
            opens += life + 1
            turn += 1
    yield from sorted(found, key=lambda spec: (spec.listing.open_ns, spec.listing.market_id))


def _listing(market_id: str, event_id: str, wording: questions.Wording, open_ns: int) -> MarketListing:
    return MarketListing(
        instrument=Instrument(market_id=market_id, yes_asset=f"{market_id}1", no_asset=f"{market_id}2"),
        question=wording.question,
        rules=wording.rules,
        category=wording.category,
        event_id=event_id,
        slug=wording.slug,
        event_type=wording.event_type,
        tags=wording.tags,
        open_ns=open_ns,
        close_ns=START_NS + _CLOSE_NS,
        synthetic=True,
        liquidity_usd=1_000.0,
        outcomes=wording.outcomes,
    )


def _live(spec: _Spec, seed: int, faults: Sequence[Fault]) -> list[Event]:
    """One market from its first book to its outcome, told by a stream that has these troubles."""
    listing, open_ns = spec.listing, spec.listing.open_ns
    rng = stream(seed, "small", listing.market_id)
    length_s = (spec.stop_ns - open_ns) / NS_PER_S
    count = int(rng.poisson(ACTIONS_A_WINDOW * length_s * NS_PER_S / WINDOW_NS)) + 4
    seconds = sorted((rng.random(count) * length_s).tolist())
    dice, drift = rng.random(count).tolist(), rng.standard_normal(count).tolist()
    sizes = (3.0 + rng.exponential(14.0, count)).tolist()
    centre = 2_500.0 + 5_000.0 * float(rng.random())
    book = ShownBook(listing.instrument, venue_ns=open_ns, delay_ns=DELAY_NS)
    makers = Makers(_MAKERS, book, rng)
    makers.sizes = cycle((0.5 + rng.random(64)).tolist())
    makers.build(centre)
    book.snapshot()
    troubles = {1 + fault.nth % count: fault.kind for fault in faults}
    for number, (at_s, die, moved, size) in enumerate(zip(seconds, dice, drift, sizes, strict=True)):
        book.move_to(open_ns + int(at_s * NS_PER_S), DELAY_NS)
        if number in troubles:
            _begin(book, troubles[number])
        jump = 5.0 if die > 0.97 else 1.0  # now and then news
        centre = min(max(centre + 45.0 * jump * moved, 1_200.0), 8_800.0)
        if die < _TAKERS:
            limit = PRICE_ONE_E4 - 100 if moved > 0 else 100
            book.take(buys=moved > 0, size=int(size * 100) * _CENT_SHARE, limit=limit, dice=die)
        makers.act(centre, die)
        if number - _GAP_ACTIONS in troubles:
            book.resume()
    return [*book.out, *_ending(spec, seed, book.local_ns)]


def _begin(book: ShownBook, kind: str) -> None:
    """One trouble of the stream; the snapshot some actions later ends it."""
    if kind == "feed.disconnect":
        book.interrupt()
    elif kind == "feed.silence":
        book.mute = True
    elif kind == "feed.duplicate":
        book.out.append(book.out[-1])
    elif kind == "feed.reorder" and len(book.out) > 2:
        late, early = book.out[-2:]
        book.out[-2:] = [
            msgspec.structs.replace(early, local_ns=late.local_ns),
            msgspec.structs.replace(late, local_ns=early.local_ns),
        ]
    elif kind == "feed.drop" and len(book.out) > 2:
        book.out.pop()
    elif kind == "feed.garbage":
        book.out.append(_garbage(book))


def _garbage(book: ShownBook) -> Event:
    """A change that cannot be: another market's token, a price off every grid, and a top that is crossed."""
    head = book.out[-1]
    foreign = LevelChange("0", True, 4_321, 7, 9_000, 1_000)
    asset = next(e.asset_id for e in book.out if isinstance(e, BookSnapshot))
    crossed = LevelChange(asset, True, 9_999, 1, 9_999, 1)
    return BookChanged(head.market_id, book.venue_ns, book.local_ns, (foreign, crossed))


def _ending(spec: _Spec, seed: int, last_ns: int) -> list[Event]:
    market_id = spec.listing.market_id
    at_ns = max(last_ns, spec.stop_ns) + NS_PER_S
    outcome = OUTCOMES[int(unit(seed, "outcome", market_id) * 2.2)]
    first, second = at_ns + 3 * NS_PER_S, at_ns + 9 * NS_PER_S
    return [
        PhaseNoted(market_id, at_ns, at_ns, "proposed"),
        MarketResolved(market_id, first, first, outcome, "oracle"),
        MarketResolved(market_id, second, second, outcome, "clob"),
    ]
