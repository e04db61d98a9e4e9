"""What a live owner hears in a simulated house: the small world as frames of the venue's stream, and what spoils them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final

import msgspec

from astra_actors.engine.live_shard import LiveShard
from astra_actors.feeds.stream_words import Alive, BooksSeen, Connected, Disconnected, Frame, Heard, Subscribed
from astra_actors.kernel.units import NS_PER_MS, NS_PER_S, PRICE_ONE_E4, SIZE_ONE_E6
from astra_actors.market.book import MarketBook
from astra_actors.market.events import BookChanged, BookSnapshot, Event, TradePrinted
from astra_actors.market.instrument import Instrument
from astra_actors.simulation.harness.faults import Fault
from astra_actors.simulation.harness.small_world import SmallWorld

TICK_NS: Final = NS_PER_S // 2
_ALIVE_NS: Final = NS_PER_S  # how often the other side answers a PING
_AWAY_NS: Final = 2 * NS_PER_S  # times the fault's amount
GARBAGE: Final = (
    b"{",
    b"\xff\xfe\x00",
    b'[{"event_type":"book"}]',
    b'{"event_type":"price_change","market":"?","timestamp":"-1","price_changes":[]}',
    b"[" * 20_000,
    b'{"event_type":"book","market":"x","timestamp":"1","asset_id":"y","bids":[{"price":"2","size":"NaN"}],"asks":[]}',
)


class Exchange:
    """The venue as it really is: every market's true book, and the events since the last moment."""

    def __init__(self, world: SmallWorld) -> None:
        self.world = world
        self.now_ns = world.start_ns
        self.instruments = {listing.market_id: listing.instrument for listing in world.listings()}
        self.books = {market_id: MarketBook(instrument) for market_id, instrument in self.instruments.items()}
        self.news: list[Event] = []
        self.said: dict[str, list[Event]] = {}  # notes and outcomes: whoever asks later is told them as well
        self.asleep = False  # nothing happens any more, but time passes

    def advance(self, to_ns: int) -> None:
        """Let time pass; `news` holds what happened."""
        markets = () if self.asleep else self.books
        self.news = [event for market_id in markets for event in self.world.events(market_id, self.now_ns, to_ns)]
        self.news.sort(key=lambda event: event.local_ns)
        for event in self.news:
            self.books[event.market_id].apply(event)
            if not isinstance(event, BookChanged | BookSnapshot | TradePrinted):
                self.said.setdefault(event.market_id, []).append(event)
        self.now_ns = to_ns

    def whole(self, market_id: str, at_ns: int) -> tuple[BookSnapshot, BookSnapshot]:
        """Both tokens' books as they stand."""
        book, instrument = self.books[market_id], self.instruments[market_id]
        bids, asks = tuple(book.levels(True)), tuple(book.levels(False))
        head = (market_id, self.now_ns, at_ns)
        return (
            BookSnapshot(*head, instrument.yes_asset, bids, asks, book.tick_e4),
            BookSnapshot(*head, instrument.no_asset, _mirrored(asks), _mirrored(bids), book.tick_e4),
        )


class OwnerStream:
    """One owner's connection: what it is told, and what is lost, doubled, spoilt or late on the way."""

    def __init__(self, shard: LiveShard, exchange: Exchange, spoil: Callable[[], Fault | None]) -> None:
        self.shard, self._exchange, self._spoil = shard, exchange, spoil
        self._follows: dict[str, Instrument] = {}
        self._away_until_ns = self._alive_ns = 0
        self._silent = self._up = False
        self._late: Frame | None = None

    def advance(self, clock: Callable[[int], int]) -> None:
        """Hear what happened up to the exchange's now, by this owner's clock."""
        exchange, at_ns = self._exchange, clock(self._exchange.now_ns)
        self._connect(at_ns)
        for event in exchange.news:
            if event.market_id in self._follows:
                self._tell(event, clock(event.local_ns))
        if self._up and not self._silent and exchange.now_ns - self._alive_ns >= _ALIVE_NS:
            self._alive_ns = exchange.now_ns
            self.shard.hear(Alive(at_ns, 0))
        self.shard.tick(at_ns)
        self._answer(at_ns)

    # -- inside -------------------------------------------------------------------------------------------------------

    def _connect(self, at_ns: int) -> None:
        now_ns = self._exchange.now_ns
        if now_ns < self._away_until_ns:
            return
        if self._silent:  # nothing came for too long: whoever watches the connection ends it
            self._silent = False
            self._end(at_ns, "no answer to PING", self._alive_ns)
        added, removed = self.shard.take_subscriptions()
        self._follows |= {instrument.market_id: instrument for instrument in added}
        for instrument in removed:
            self._follows.pop(instrument.market_id, None)
        fresh = [instrument.market_id for instrument in added if instrument.market_id in self._follows]
        if not self._up:
            self._up = True
            self.shard.hear(Connected(at_ns, 0))
            fresh = list(self._follows)
        for market_id in fresh:
            instrument = self._follows[market_id]
            self.shard.hear(Subscribed(at_ns, 0, (instrument.yes_asset, instrument.no_asset)))
            for snapshot in self._exchange.whole(market_id, at_ns):
                self.shard.hear(Frame(at_ns, 0, encoded(snapshot)))
            for event in self._exchange.said.get(market_id, ()):
                if event not in self._exchange.news:
                    self.shard.hear(Heard(at_ns, event))

    def _tell(self, event: Event, at_ns: int) -> None:
        if not isinstance(event, BookChanged | BookSnapshot | TradePrinted):
            self.shard.hear(Heard(at_ns, event))  # found out beside the stream
            return
        if not self._up or self._silent:
            return
        frame = Frame(at_ns, 0, encoded(event))
        fault = self._spoil()
        kind = "" if fault is None else fault.kind
        if fault is not None and kind == "feed.disconnect":
            self._end(at_ns, "closed by the other side", at_ns)
            self._away_until_ns = self._exchange.now_ns + fault.amount * _AWAY_NS
        elif fault is not None and kind == "feed.silence":
            self._silent = True
            self._away_until_ns = self._exchange.now_ns + fault.amount * _AWAY_NS
        elif fault is not None and kind == "feed.garbage":
            self._hear(Frame(at_ns, 0, GARBAGE[fault.nth % len(GARBAGE)]))
            self._hear(frame)
        elif kind == "feed.reorder":
            self._late = frame
        elif kind != "feed.drop":
            self._hear(frame)
            if kind == "feed.duplicate":
                self._hear(frame)

    def _hear(self, frame: Frame) -> None:
        self.shard.hear(frame)
        if self._late is not None:
            late, self._late = self._late, None
            self.shard.hear(late)

    def _end(self, at_ns: int, reason: str, alive_ns: int) -> None:
        self._up = False
        self.shard.hear(Disconnected(at_ns, 0, alive_ns, reason))

    def _answer(self, at_ns: int) -> None:
        """Books that the owner asks the venue for, beside its stream."""
        wanted = self.shard.wanted(at_ns).books
        markets = dict.fromkeys(self.shard.market_of[asset] for asset in wanted if asset in self.shard.market_of)
        if markets and not self._silent:
            books = tuple(book for market_id in markets for book in self._exchange.whole(market_id, at_ns))
            self.shard.hear(BooksSeen(at_ns, at_ns, books))


def encoded(event: Event) -> bytes:
    """One event as the venue would send it."""
    return msgspec.json.encode(dict(_fields(event)))


def _fields(event: Event) -> Iterator[tuple[str, object]]:
    yield "market", event.market_id
    yield "timestamp", str(event.venue_ns // NS_PER_MS)
    if isinstance(event, BookSnapshot):
        yield "event_type", "book"
        yield "asset_id", event.asset_id
        yield "bids", [{"price": _price(p), "size": _size(s)} for p, s in reversed(event.bids)]
        yield "asks", [{"price": _price(p), "size": _size(s)} for p, s in reversed(event.asks)]
    elif isinstance(event, BookChanged):
        yield "event_type", "price_change"
        yield (
            "price_changes",
            [
                {
                    "asset_id": change.asset_id,
                    "price": _price(change.price_e4),
                    "size": _size(change.size_e6),
                    "side": "BUY" if change.is_bid else "SELL",
                    "best_bid": _price(change.best_bid_e4 or 0),
                    "best_ask": _price(PRICE_ONE_E4 if change.best_ask_e4 is None else change.best_ask_e4),
                }
                for change in event.changes
            ],
        )
    elif isinstance(event, TradePrinted):
        yield "event_type", "last_trade_price"
        yield "asset_id", event.asset_id
        yield "price", _price(event.price_e4)
        yield "size", _size(event.size_e6)
        yield "side", "BUY" if event.taker_buys else "SELL"


def _price(price_e4: int) -> str:
    return f"{price_e4 // PRICE_ONE_E4}.{price_e4 % PRICE_ONE_E4:04d}"


def _size(size_e6: int) -> str:
    return f"{size_e6 // SIZE_ONE_E6}.{size_e6 % SIZE_ONE_E6:06d}"


def _mirrored(levels: Sequence[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    return tuple((PRICE_ONE_E4 - price_e4, size_e6) for price_e4, size_e6 in levels)
