"""A recorded tape as a feed: the same events for the same stretch of time, however often they are asked for."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from astra_actors.feeds.tape_formats import FrameRecord, Record, TapeFile, expand
from astra_actors.feeds.tape_rows import RowReader
from astra_actors.kernel.errors import TapeError, WireError
from astra_actors.kernel.ids import content_id
from astra_actors.kernel.units import NS_PER_S
from astra_actors.market.events import BookChanged, BookSnapshot, Event, TickChanged, TopQuoted, TradePrinted
from astra_actors.market.instrument import Category, Instrument, MarketListing
from astra_actors.market.wire import Decoder

STEP_BACK_NS_MAX: Final = 60 * NS_PER_S  # venues restate times by seconds; more is no recording in arrival order
STEP_AHEAD_NS_MAX: Final = 3_600 * NS_PER_S  # a pause of the recorder, unless the next record takes it back
_CRYPTO_SLUGS: Final = ("btc-", "eth-", "sol-", "xrp-", "doge-", "bitcoin-", "ethereum-")


@dataclass(frozen=True, slots=True, kw_only=True)
class TapeStats:
    """What a tape holds. A frame is one recorded line or row; `rejected_frames` are those that could not be used."""

    files: tuple[str, ...]
    frames: int
    rejected_frames: int
    entries: int
    trades: int
    markets: int
    assets: int
    hash_checked: int
    hash_ok: int


class Tape:
    """Implements `feeds.port.ReplayableFeed` over events split by market when the tape is opened."""

    name = "tape"

    def __init__(self, listings: Sequence[MarketListing], events: dict[str, list[Event]], stats: TapeStats) -> None:
        self._listings = tuple(listings)
        self._events = events
        self._times = {market_id: [event.local_ns for event in found] for market_id, found in events.items()}
        self.stats = stats
        self.start_ns = min(times[0] for times in self._times.values())
        self.end_ns = max(times[-1] for times in self._times.values()) + 1

    def listings(self) -> Sequence[MarketListing]:
        """Every market that speaks on the tape, in the order of its first word."""
        return self._listings

    def events(self, market_id: str, from_ns: int, to_ns: int) -> Iterable[Event]:
        """The market's events with from_ns ≤ local_ns < to_ns, in time order; an unknown market has none."""
        times = self._times.get(market_id)
        if times is None:
            return ()
        start = bisect_left(times, from_ns)
        return self._events[market_id][start : bisect_left(times, to_ns, start)]


def open_tape(paths: Iterable[Path | str]) -> Tape:
    """Read tape files whole, oldest first; what cannot be a tape raises `TapeError` with file, field and remedy."""
    reader = _Reader()
    files = expand(paths)
    for path in files:
        reader.add(TapeFile(path))
    return reader.tape(files)


class _Reader:
    """Collects the events of several files; several segments of one recording continue each other."""

    def __init__(self) -> None:
        self._decoder = Decoder(prove_books=True)
        self._rows = RowReader()
        self._events: dict[str, list[Event]] = {}
        self._slugs: dict[str, str] = {}
        self._assets: dict[str, list[str]] = {}
        self._levels: dict[tuple[int, int], tuple[int, int]] = {}  # successive books share nearly all their levels
        self._frames = self._rejected = 0

    def add(self, file: TapeFile) -> None:
        """Take one file's records in."""
        kept = 0
        for venue_ns, local_ns, record in in_arrival_order(file):
            kept += 1
            if isinstance(record, FrameRecord):
                self._add_frame(record, local_ns)
            else:
                self._rows.add(record, venue_ns, local_ns)
        self._frames += file.seen
        self._rejected += file.seen - kept

    def tape(self, files: Sequence[Path]) -> Tape:
        """The tape of everything taken in."""
        for event in self._rows.events():
            self._keep(event)
        self._rejected += self._rows.rejected
        if not self._events:
            raise TapeError("frame", [str(path) for path in files], "not one frame could be read; is it a market feed?")
        for events in self._events.values():
            events.sort(key=lambda event: event.local_ns)  # stable: arrival order stays within one nanosecond
        self._know_new_markets()
        listings = [self._listing(market_id) for market_id in self._events]
        return Tape(listings, self._events, self._stats(files))

    def _add_frame(self, record: FrameRecord, local_ns: int) -> None:
        try:
            events = self._decoder.decode(record.frame, local_ns)
        except WireError:
            self._rejected += 1
            return
        for event in events:
            self._keep(self._shared(event) if type(event) is BookSnapshot else event)
            if record.slug:
                self._slugs.setdefault(event.market_id, record.slug)

    def _keep(self, event: Event) -> None:
        self._events.setdefault(event.market_id, []).append(event)
        known = self._assets.setdefault(event.market_id, [])
        for asset_id in _assets_of(event):
            if asset_id not in known:
                known.append(asset_id)

    def _shared(self, event: BookSnapshot) -> BookSnapshot:
        one = self._levels
        return BookSnapshot(
            event.market_id,
            event.venue_ns,
            event.local_ns,
            event.asset_id,
            tuple([one.setdefault(level, level) for level in event.bids]),
            tuple([one.setdefault(level, level) for level in event.asks]),
            event.tick_e4,
            event.last_trade_e4,
            event.hash_ok,
        )

    def _know_new_markets(self) -> None:
        for frame in self._decoder.new_markets:
            assets = frame.assets_ids or frame.asset_ids
            if frame.market in self._events and len(assets) == 2:
                self._assets[frame.market] = list(assets)
                self._slugs.setdefault(frame.market, frame.slug)

    def _listing(self, market_id: str) -> MarketListing:
        assets = self._assets[market_id]
        slug = self._slugs.get(market_id, "")
        yes = assets[0] if assets else content_id("asset", market_id, "yes")
        # the tape never heard the other token speak; its name only has to be different
        no = assets[1] if len(assets) > 1 else content_id("asset", market_id, "no")
        events = self._events[market_id]
        ticks = (event.tick_e4 for event in events if type(event) is BookSnapshot and event.tick_e4 is not None)
        return MarketListing(
            instrument=Instrument(market_id=market_id, yes_asset=yes, no_asset=no, tick_e4=next(ticks, 100)),
            question=slug or market_id,
            rules="",
            category=Category.CRYPTO if slug.startswith(_CRYPTO_SLUGS) else Category.OTHER,
            event_id=slug or market_id,
            slug=slug,
            event_type="crypto" if slug.startswith(_CRYPTO_SLUGS) else "other",
            open_ns=events[0].local_ns,
        )

    def _stats(self, files: Sequence[Path]) -> TapeStats:
        every = [event for events in self._events.values() for event in events]
        proofs = [event.hash_ok for event in every if type(event) is BookSnapshot and event.hash_ok is not None]
        return TapeStats(
            files=tuple(str(path) for path in files),
            frames=self._frames,
            rejected_frames=self._rejected,
            entries=sum(len(event.changes) for event in every if type(event) is BookChanged),
            trades=sum(type(event) is TradePrinted for event in every),
            markets=len(self._events),
            assets=sum(len(assets) for assets in self._assets.values()),
            hash_checked=len(proofs),
            hash_ok=sum(proofs),
        )


def in_arrival_order(file: TapeFile) -> Iterator[tuple[int, int, Record]]:
    """The file's records with their own time and one that never goes back; wild disorder raises `TapeError`.

    Recorded times step back by milliseconds to seconds, so what counts is the latest time so far. One record far behind
    it, or far ahead and taken back by the next, is a bad record and left out; many of them are no tape.
    """
    latest_ns = bad = 0
    records = file.records()
    waiting = next(records, None)
    while waiting is not None:
        time_ns, record = waiting
        waiting = next(records, None)
        after_ns = waiting[0] if waiting else time_ns
        behind = time_ns <= 0 or time_ns < latest_ns - STEP_BACK_NS_MAX
        ahead = time_ns > (latest_ns or after_ns) + STEP_AHEAD_NS_MAX and after_ns < time_ns - STEP_BACK_NS_MAX
        if behind or ahead:
            bad += 1
            continue
        latest_ns = max(latest_ns, time_ns)
        yield time_ns, latest_ns, record
    if bad > max(10, file.seen // 100):
        raise file.error("time", f"{bad} of {file.seen} records are out of order; keep the order in which they arrived")


def _assets_of(event: Event) -> list[str]:
    if isinstance(event, BookChanged):
        return [change.asset_id for change in event.changes]
    if isinstance(event, BookSnapshot | TradePrinted | TickChanged | TopQuoted):
        return [event.asset_id]
    return []
