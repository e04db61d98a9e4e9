"""What a live shard makes of each word of its stream."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

import msgspec

from astra_actors.engine.live_links import Link, last_sign_ns
from astra_actors.feeds.staleness import Step
from astra_actors.feeds.stream_words import (
    Alive,
    BooksSeen,
    Connected,
    Disconnected,
    Failing,
    Frame,
    Heard,
    Subscribed,
    Word,
)
from astra_actors.kernel.errors import WireError
from astra_actors.market.book import BookState
from astra_actors.market.events import BookSnapshot, MarketResolved, PhaseNoted
from astra_actors.reporting.alerts import Alert, AlertKind

if TYPE_CHECKING:
    from astra_actors.engine.live_shard import LiveShard

_OURS: Final = (Step.TOO_OLD.value, "closed")  # connections that we ended as planned


def hear(shard: LiveShard, word: Word) -> None:
    """Take one word of the stream."""
    _HEARING[type(word)](shard, word)


def _connected(shard: LiveShard, word: Connected) -> None:
    shard.links.setdefault(word.connection, Link(word.connection)).open(word.at_ns)


def _subscribed(shard: LiveShard, word: Subscribed) -> None:
    link = shard.links[word.connection]
    for asset_id in word.asset_ids:
        market_id = shard.market_of.get(asset_id)
        if market_id is not None:
            link.market_ids[market_id] = None
            fresh = shard.fresh[market_id]
            fresh.link, fresh.doubted_ns = link, word.at_ns


def _frame(shard: LiveShard, word: Frame) -> None:
    link = shard.links[word.connection]
    link.frames += 1
    link.alive_ns = link.data_ns = word.at_ns
    try:
        events = shard.decoder.decode(word.data, word.at_ns)
    except WireError:
        link.rejected += 1
        shard.counters.rejected_frames += 1
        return
    for event in events:
        shard.on_event(event, link=link)


def _alive(shard: LiveShard, word: Alive) -> None:
    shard.links[word.connection].alive_ns = word.at_ns


def _disconnected(shard: LiveShard, word: Disconnected) -> None:
    link = shard.links[word.connection]
    if not link.up:
        return  # already put on record as ended
    link.up = False
    shard.interrupt(word.connection, word.at_ns, word.reason)
    if word.reason not in _OURS:
        _alert(shard, AlertKind.FEED_DISCONNECTED, word.at_ns, word.connection, word.reason)
    shard.session_over(link, word.at_ns, last_sign_ns(word.reason, word.at_ns, word.alive_ns), word.reason)


def _books(shard: LiveShard, word: BooksSeen) -> None:
    by_market: dict[str, list[BookSnapshot]] = {}
    for snapshot in word.books:
        market_id = shard.market_of.get(snapshot.asset_id)
        if market_id is not None and market_id == snapshot.market_id:
            by_market.setdefault(market_id, []).append(msgspec.structs.replace(snapshot, local_ns=word.at_ns))
    for market_id, seen in by_market.items():
        engine, fresh = shard.engines[market_id], shard.fresh[market_id]
        if engine.book.state is BookState.LIVE:
            fresh.watch.on_books(engine.book, seen, word.asked_ns, word.at_ns)
            continue
        asked_since = fresh.link is not None and fresh.link.up and fresh.doubted_ns < word.asked_ns
        newest = min(snapshot.venue_ns for snapshot in seen) >= fresh.venue_ns  # else the stream knows better
        if asked_since and newest:
            shard.on_events(seen)


def _heard(shard: LiveShard, word: Heard) -> None:
    event = word.event
    engine = shard.engines.get(event.market_id)
    if engine is None:
        return
    if isinstance(event, MarketResolved) and engine.outcomes.get(event.source) == event.outcome:
        return
    if isinstance(event, PhaseNoted):
        nothing_to_take_back = event.note == "" and engine.note not in ("proposed", "disputed")
        if event.note == engine.note or nothing_to_take_back:
            return
    shard.on_event(event)


def _failing(shard: LiveShard, word: Failing) -> None:
    _alert(shard, AlertKind.FEED_UNREACHABLE, word.at_ns, word.connection, f"failed {word.attempts} times in a row")


def frozen(shard: LiveShard, connection: int, at_ns: int, *, silent_s: float) -> None:
    """A connection is renewed; of one that answered and said nothing for `silent_s`, a person hears at the next barrier."""
    if silent_s:
        _alert(shard, AlertKind.FEED_SILENT, at_ns, connection, f"no data for {silent_s:g} s")


def _alert(shard: LiveShard, kind: AlertKind, at_ns: int, connection: int, message: str) -> None:
    scope = f"shard {shard.index} connection {connection}"
    shard.alerts.append(Alert(kind=kind, scope=scope, message=message, run_ns=at_ns))


_HEARING: Final[dict[type[Word], Callable[[Any, Any], None]]] = {
    Connected: _connected,
    Subscribed: _subscribed,
    Frame: _frame,
    Alive: _alive,
    Disconnected: _disconnected,
    BooksSeen: _books,
    Heard: _heard,
    Failing: _failing,
}
